mkdir -p "$tree/$slow"
set_quota "$slow" "${percent}000"
