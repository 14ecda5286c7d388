# expect: it has to be root
begin as-learner sleep "$none"
await "$none"
