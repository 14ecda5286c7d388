# expect: does not run
/root/start-app
sleep 0.3
