# expect: not two
begin unshare --pid --fork sleep "$deep"
await "$deep"
