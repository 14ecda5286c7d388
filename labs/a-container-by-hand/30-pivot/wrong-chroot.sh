# expect: as after chroot
end_box
begin $all sh -c "hostname $name && mount -t proc proc /work/box/proc && exec chroot /work/box sleep 100000"
sleep 0.4
