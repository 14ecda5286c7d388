end_box
overlay
begin $all sh -c "${enter/\$name/$name} && exec sleep 100000"
settle
