file=/etc/mystery/$key.conf
made=$(ls /etc/mystery)
if [ ! -e "$file" ]; then
    [ -n "$made" ] && say "/etc/mystery/$(head -1 <<< "$made") is not the file that /opt/mystery looks for."
    say "/opt/mystery is still looking for its file."
fi
[ "$(cat "$file")" = ok ] || say "$file is the right one, but it does not say ok."
[ -e /run/lab/mystery.found ] || say "The file is right; /opt/mystery looks twice a second, and has not seen it yet."
