read -r q p <<< "$(quota "$slow")"
[ "$q" -gt 0 ] || say "The group $slow has no quota any more."
n=$(stat_of "$slow" nr_throttled)
if [ "$n" -lt 3 ]; then
    grep -q . "$tree/$slow/cgroup.procs" || say "The group $slow is empty: start /opt/burn in it."
    say "The group $slow was throttled $n times so far. Does what runs in it want to run all the time?"
fi
