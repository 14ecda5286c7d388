begin setpriv --bounding-set=-all sleep "$none"
await "$none"
