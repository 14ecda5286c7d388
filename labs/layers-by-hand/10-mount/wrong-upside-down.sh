# expect: upside down
mkdir -p upper scratch merged
mount -t overlay box -o lowerdir=/work/base:/work/app,upperdir=/work/upper,workdir=/work/scratch /work/merged
