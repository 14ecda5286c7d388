[ "$(ask '{{.State.Running}}' "$name")" = true ] || { echo "No container named $name is running."; exit 1; }
docker diff "$name" | grep -qx 'D /etc/group' && exit 0
docker diff "$name" | grep -qx 'C /etc/group' && { echo "/etc/group was changed in $name, not deleted."; exit 1; }
echo "/etc/group is still there in $name."
exit 1
