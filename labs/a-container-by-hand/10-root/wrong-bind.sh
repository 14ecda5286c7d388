# expect: would go into the image
mkdir -p box && mount --bind image box
