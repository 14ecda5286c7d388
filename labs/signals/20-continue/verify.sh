pid=$(of_script "$clock")
[ -n "$pid" ] || say "/opt/$clock is gone. It should go on, not begin anew; reset the step."
[ "$(state "$pid")" != T ] || say "/opt/$clock (process $pid) is still stopped."
