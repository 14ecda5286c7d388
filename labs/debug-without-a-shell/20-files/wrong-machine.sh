# expect: There is no /visited in
cp "/proc/$pid/root/word" /root/word
cp /root/word /visited
