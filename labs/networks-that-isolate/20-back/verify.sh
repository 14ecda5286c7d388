internal=$(docker network inspect -f '{{.Internal}}' "$net-back" 2>/dev/null) || { echo "There is no network $net-back."; exit 1; }
[ "$internal" = true ] || { echo "$net-back is not internal; a network cannot be changed, so remove it and make it again."; exit 1; }
running db
[ "$(nets db)" = "$net-back " ] || { echo "db is in the networks $(nets db); it must be in $net-back alone."; exit 1; }
