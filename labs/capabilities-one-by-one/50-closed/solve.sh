begin as-learner setpriv --no-new-privs sleep "$closed"
await "$closed"
