# expect: must not share it
mkdir -p merged2
mount --bind merged merged2
touch "merged2/garden/$word"
