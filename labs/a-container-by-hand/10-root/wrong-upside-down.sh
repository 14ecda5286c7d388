# expect: The lower layer
mkdir -p upper scratch box
mount -t overlay box -o lowerdir=/work/upper,upperdir=/work/image,workdir=/work/scratch /work/box
