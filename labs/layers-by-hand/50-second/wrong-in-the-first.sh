# expect: in the second container's layer yet
mkdir -p upper2 scratch2 merged2
mount -t overlay box2 -o lowerdir=/work/app:/work/base,upperdir=/work/upper2,workdir=/work/scratch2 /work/merged2
touch "merged/garden/$word"
