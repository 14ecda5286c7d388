# expect: was to be 0 inside
begin as-learner unshare --user --map-current-user sleep $first
await "$first"
