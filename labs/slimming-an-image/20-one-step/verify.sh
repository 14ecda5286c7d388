image app:lean
bytes=$(size_of app:lean)
[ "$bytes" -le 3000000 ] || { echo "app:lean still has $((bytes / 1000000)) MB: a file that a later step removes stays in the layer that made it."; exit 1; }
says app:lean
