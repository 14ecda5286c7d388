there talk
[ -L /root/log ] || { echo "There is no symbolic link /root/log."; exit 1; }
[ "$(readlink -f /root/log)" = "$(readlink -f "$(ask '{{.LogPath}}' talk)")" ] || { echo "/root/log does not point to the log of talk."; exit 1; }
grep -q "\"log\":\"$word" /root/log || { echo "The log of talk does not say $word."; exit 1; }
