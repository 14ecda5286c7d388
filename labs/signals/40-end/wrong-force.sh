# expect: try a gentler signal
kill -KILL "$(of_script scribe)" "$(pgrep -f '^mule')"
sleep 0.5
