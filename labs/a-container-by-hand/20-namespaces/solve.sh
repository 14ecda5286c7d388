end_box
begin $all sh -c "hostname $name && exec sleep 100000"
settle
