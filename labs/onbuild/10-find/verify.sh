[ -e /root/word ] || { echo "There is no file /root/word yet."; exit 1; }
[ "$(tr -d '[:space:]' < /root/word)" = "$word" ] || { echo "/root/word does not say the word that the instruction writes."; exit 1; }
