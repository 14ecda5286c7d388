begin unshare --pid --fork unshare --pid --fork sleep "$deep"
await "$deep"
