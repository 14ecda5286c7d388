# expect: has no map
begin as-learner unshare --user sleep $first
await "$first"
