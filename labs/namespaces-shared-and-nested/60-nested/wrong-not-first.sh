# expect: not process 1 there
begin unshare --pid --fork unshare --pid --fork sh -c "sleep $deep; true"
await "$deep"
