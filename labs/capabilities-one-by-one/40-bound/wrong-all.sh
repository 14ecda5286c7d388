# expect: is too large
begin sleep "$bound"
await "$bound"
