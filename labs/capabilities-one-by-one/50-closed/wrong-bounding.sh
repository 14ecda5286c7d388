# expect: could still gain privileges
begin setpriv --bounding-set=-all --reuid=learner --regid=learner --clear-groups sleep "$closed"
await "$closed"
