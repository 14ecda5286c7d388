# expect: has no process
mkdir -p "$one"
echo 1 > "$one/notify_on_release"
