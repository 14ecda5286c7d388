[ "$(ask '{{.State.Running}}' writer)" = false ] || { echo "writer must be stopped, and must still be there."; exit 1; }
[ -s /root/backup.tar ] || { echo "There is no /root/backup.tar."; exit 1; }
list=$(tar tvf /root/backup.tar --numeric-owner 2>/dev/null) || { echo "/root/backup.tar is no tar."; exit 1; }
grep -qE " (\./)?$count\$" <<<"$list" || { echo "The archive has no file $count at its top."; exit 1; }
grep -E ' (\./)?1$' <<<"$list" | grep -q '^-rw------- 1000/' || { echo "The owner or the mode of file 1 is lost; it belongs to 1000 and has mode 600."; exit 1; }
