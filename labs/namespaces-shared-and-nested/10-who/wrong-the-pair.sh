# expect: which two of them share
for n in anna bert cleo; do [ $n = "$odd" ] || nsenter --target "$(pgrep -x $n)" --uts hostname "$host"; done
