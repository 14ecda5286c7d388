# expect: it has to be
mkdir -p "$tree/$slow"
set_quota "$slow" "${percent}0000"
