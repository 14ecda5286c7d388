# expect: it cannot ignore
kill -TERM "$(of_script scribe)" "$(pgrep -f '^mule')"
sleep 0.3
