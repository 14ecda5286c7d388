# expect: though it listens to TERM
kill -KILL $(firsts '/opt/polite') $(firsts '/opt/deaf')
sleep 0.4
