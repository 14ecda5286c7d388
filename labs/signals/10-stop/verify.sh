pid=$(of_script "$clock")
[ -n "$pid" ] || say "/opt/$clock is not running any more: it was ended, not stopped. Start it again: /opt/$clock &"
[ "$(state "$pid")" = T ] || say "/opt/$clock (process $pid) is not stopped: its state is $(state "$pid")."
