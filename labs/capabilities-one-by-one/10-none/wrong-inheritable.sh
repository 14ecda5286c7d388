# expect: still has capabilities
begin setpriv --inh-caps=-all sleep "$none"
await "$none"
