grep -qx "greeting=[\"']\?${word}[\"']\?" "/etc/$service.conf" || say "/etc/$service.conf does not say greeting=$word yet."
pid=$(cat "/run/lab/$service.pid")
[ "$(of_script "$service")" = "$pid" ] || say "/opt/$service is not running any more. Start it again: /opt/$service &, and look which signals it handles before you send one."
[ "$(cat "/run/lab/$service.loaded")" = "$word" ] || say "The file is right, but /opt/$service still has the old greeting in its mind: $(cat "/run/lab/$service.loaded")."
age=$(ps -o etimes= -p "$pid"); clock_age=$(stat -c %Y /opt/mule)
[ "$(($(date +%s) - age - clock_age))" -le 3 ] || say "/opt/$service has the new greeting, because it was started again. Reset the step, and send it HUP."
