begin as-learner unshare --user --map-root-user sleep $first
await "$first"
