# expect: shares the machine's UTS namespace
begin as-learner unshare --user --map-root-user sh -c "hostname $host; exec sleep $third"
await "$third"
