# expect: does not say the word
echo "$file" > /root/word
