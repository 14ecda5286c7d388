# expect: The upper layer
mkdir -p upper scratch merged
mount -t overlay box -o lowerdir=/work/app:/work/base /work/merged
