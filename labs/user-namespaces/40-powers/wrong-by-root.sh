# expect: learner (1000) was to do this alone
begin unshare --uts sh -c "hostname $host; exec sleep $third"
await "$third"
