# What tests may leave behind on the machine: the counts before and after must be the same. Sourced by run.sh.
# shellcheck shell=bash

leaks_list() {
    {
        awk '$3 != "nsfs" && ($2 ~ /slt-|slipway|slrt|slnw/ || $1 == "overlay") {print "mount", $2}' /proc/self/mounts
        find /sys/fs/cgroup -maxdepth 3 -type d \( -name 'slipway*' -o -name 'slt*' -o -name 'slrt*' -o -name 'slnw*' \) -printf 'cgroup %p\n' 2>/dev/null
        pgrep -a 'slipway' | sed -E 's/^[0-9]+ /process /'
        ip -o link 2>/dev/null | awk -F': ' '$2 ~ /^(veth|slt|sl)/ {print "link", $2}'
        ls /run/netns 2>/dev/null | sed 's/^/netns /'
        command -v iptables-save >/dev/null && { iptables-save 2>/dev/null | grep -E '^-A' | sed 's/^/rule /'; }
        losetup -l -n -O BACK-FILE 2>/dev/null | grep -E "/(slt-|slipway)" | sed "s/^/loop /"
        find /tmp -maxdepth 1 -name 'slt-*' -printf 'directory %p\n'
    } | sort
}

leaks_before() { LEAKS_BEFORE=$(leaks_list); }

leaks_after() {
    local new
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        new=$(comm -13 <(printf '%s\n' "$LEAKS_BEFORE") <(leaks_list))
        [ -z "$new" ] && break
        sleep 0.3
    done
    if [ -z "$new" ]; then
        echo "ok - leaks: nothing is left mounted, running or configured"
    else
        echo "not ok - leaks: left behind"
        printf '%s\n' "$new" | head -20 | sed 's/^/#   /'
    fi
}
