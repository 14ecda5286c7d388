# expect: No hog runs in the group
/opt/hog 30 > /dev/null 2>&1 < /dev/null &
sleep 0.3
