mkdir -p upper scratch merged
[ -n "$(options merged)" ] || mount -t overlay box -o lowerdir=/work/app:/work/base,upperdir=/work/upper,workdir=/work/scratch /work/merged
