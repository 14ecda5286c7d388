# expect: The machine itself
begin unshare --pid --fork --mount --ipc --net sh -c "hostname $name && exec sleep 100000"
sleep 0.3
