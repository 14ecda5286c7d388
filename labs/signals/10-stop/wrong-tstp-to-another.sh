# expect: is not stopped
kill -STOP "$(pgrep -f '^mule')"
