# expect: shares the machine's net namespace
begin unshare --pid --fork --mount --uts --ipc sh -c "hostname $name && exec sleep 100000"
sleep 0.3
