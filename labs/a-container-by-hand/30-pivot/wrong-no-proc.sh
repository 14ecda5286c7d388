# expect: There is no /proc
end_box
begin $all sh -c "hostname $name && cd /work/box && mkdir -p old && pivot_root . old && cd / && umount -l /old && exec sleep 100000"
sleep 0.4
