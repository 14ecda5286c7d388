begin as-learner unshare --user --map-root-user --uts sh -c "hostname $host; exec sleep $third"
await "$third"
