cp "/proc/$pid/root/word" /root/word
cp /root/word "/proc/$pid/root/visited"
