# expect: does not get TERM
kill -TERM $(firsts '/opt/polite') $(firsts '/opt/deaf')
sleep 0.4
