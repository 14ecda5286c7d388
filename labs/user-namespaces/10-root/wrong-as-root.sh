# expect: not to learner
begin unshare --user --map-root-user sleep "$first"
await "$first"
