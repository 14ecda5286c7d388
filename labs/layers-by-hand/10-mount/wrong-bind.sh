# expect: is no overlay
mkdir -p upper scratch merged
mount --bind base merged
