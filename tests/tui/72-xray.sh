#!/bin/bash
# The X-ray's tabs that act, against the live engine: privileges, a signal that is sent, a limit that is changed, a start replayed and
# compared, namespaces beside another container's.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
engine_start
S run -d --name rayone -m 32m --cap-add NET_ADMIN --cap-drop MKNOD busybox \
    sh -c 'trap "echo caught >/tmp/caught" USR1; while :; do sleep 1; done' >/dev/null
S run -d --name raytwo --network none busybox sleep 1000 >/dev/null
wait_for 10 S exec rayone true

ui_start 120 40
ui_keys 4 ; ui_keys / ; ui_type rayone ; ui_keys Enter
sees "the container" '1 of 2'
ui_keys Enter ; sees "its layers" 'upper, writable'

S exec rayone sh -c 'echo x >>/etc/group; rm /bin/vi'
ui_keys t ; sees "the merged tree" 'Layers 1 to 3'
sees "a directory in which it did something" 'etc/ +\* +1 '
ui_keys j j j Enter ; sees "unfolded: the file that was copied up" 'group +U +3 '
ui_keys p p ; sees "as it was in the image" 'Layers 1 to 1, not all'
sees "the file of the image" 'group +A +1 '
ui_keys o ; sees "the largest first" 'by size'
ui_keys Escape ; sees "and back to the stack" 'upper, writable'

ui_keys Tab ; sees "namespaces: one letter each" 'a line joins who shares it'
ui_keys c ; sees "beside which one" 'Compare rayone with'
ui_keys Enter
sees "the host's in both" 'user .*━.*both in the host'
sees "each its own" 'pid .*each its own'
sees "the processes of the other" 'sleep 1000'
ui_keys u ; sees "alone again" 'a line joins who shares it'

ui_keys Tab ; sees "cgroup: the limit, and what a file is called in the other version" 'of 32\.0M'
sees "and in the other version of cgroups" 'v[12] '
sees "pressure, or that there is none" 'waits +(cpu|the kernel)'
ui_keys e ; sees "which limit" 'memory +now 32\.0M'
ui_keys Enter ; sees "how much" 'how much, as in 64m or 1\.5g \(now 32\.0M\)'
ui_type 48m ; ui_keys Enter
sees "it asks" 'Set memory of rayone to 48m \(now 32\.0M\)\?'
ui_keys y
sees "what was done" 'memory: 48m, was 32\.0M'
sees "the command that does it" 'ran: slipway update --memory 48m --memory-swap 100663296 rayone'
sees "and the kernel has it" 'of 48\.0M'
check_eq "so has the engine" 50331648 "$(S inspect -f '{{.HostConfig.Memory}}' rayone)"

ui_keys Tab ; sees "network" 'slt0'
ui_keys n ; sees "the map of it" 'Both ends of the wire'
ui_keys Escape ; sees "and back" 'its links and wires'
ui_keys Tab Tab ; sees "signals: what USR1 does" 'caught .*USR1'
ui_keys s ; sees "TERM would do nothing" 'TERM +dropped: pid 1 has no default action'
sees "USR1 would run a handler" 'USR1 +its handler runs'
ui_keys j j j j j Enter
sees "it was sent" 'SIGUSR1 sent: its handler runs'
sees "before and after" 'before .*processes.*caught'
check "and it came" wait_for 10 S exec rayone test -e /tmp/caught

ui_keys Tab ; sees "privileges: added" 'EP-B- \+ NET_ADMIN +links'
sees "privileges: dropped" '----- - MKNOD'
sees "the filter" '[0-9]+ allowed +[0-9]+ refused'
sees "a call that is refused" 'swapon'
ui_keys Tab ; sees "steps: a time line" 'network, [0-9]+ acts +█'
ui_keys n ; sees "replay: the first act" 'act 1 of [0-9]+'
sees "nothing of the program yet" 'program +0 of 1'
ui_keys p p ; ui_keys n n n
sees "replay: the fourth" 'act 4 of [0-9]+'
sees "what it is for" 'The bridge is told|container.s address|bridge, the other in the container'
ui_keys t ; sees "the time line again" 'acts on the kernel'
ui_keys c ; sees "compare with" 'Compare rayone with' ; ui_keys Enter
sees "its own network is what the other has not" '< [0-9]+ only of rayone'
sees "acts side by side" 'veth[0-9a-f]+ +<'
ui_keys u ; sees "one start again" 'acts on the kernel'

ui_keys BTab BTab ; sees "signals again" 'SIGUSR1 sent'
ui_keys s j Enter ; sees "KILL is asked about" 'SIGKILL to pid 1 of rayone: ends it'
ui_keys y
sees "what became of it" 'after +Exited \(137\)' 15
check_eq "it has ended" exited "$(S inspect -f '{{.State.Status}}' rayone)"

# 80x24: the tabs fit, the menus too.
ui_stop
ui_start 80 24
ui_keys 4 ; ui_keys / ; ui_type raytwo ; ui_keys Enter ; ui_keys Enter
sees "all eight tabs at 80x24" 'Layers  Namespaces  Cgroup  Network  Chains  Signals  Privileges  Steps'
for _ in 1 2 3 4 5; do ui_keys Tab; done
sees "signals at 80x24" 'SIGTERM: dropped'
ui_keys s ; sees "the menu at 80x24" 'KILL +ends it: cannot be caught'
ui_keys Escape Tab ; sees "privileges at 80x24" 'EP-B- +CHOWN +give files'
ui_stop
finish
