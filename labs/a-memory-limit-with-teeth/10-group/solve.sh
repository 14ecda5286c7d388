mkdir -p "$group"
