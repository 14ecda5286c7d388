# expect: MiB are
mkdir -p "$group"
switch_off
