# expect: it has to be learner
begin setpriv --no-new-privs sleep "$closed"
await "$closed"
