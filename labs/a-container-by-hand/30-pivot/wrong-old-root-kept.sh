# expect: unmount the old root
end_box
begin $all sh -c "hostname $name && cd /work/box && mkdir -p old && pivot_root . old && cd / && mount -t proc proc /proc && exec sleep 100000"
sleep 0.4
