# expect: The crew still lives
kill -TERM $(firsts '/opt/crew')
sleep 0.3
