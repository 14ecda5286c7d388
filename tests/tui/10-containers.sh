#!/bin/bash
# The containers screen and the X-ray against the live engine.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
engine_start
S run -d --name tuiweb -m 32m -p 18080:80 busybox sh -c 'echo hello from web; echo trouble >&2; exec sleep 1000' >/dev/null
S run -d --name tuidb --network none busybox sleep 1000 >/dev/null

ui_start 80 24
sees "home shows what runs" 'tuiweb'
sees "home suggests a lesson" '▸ Lesson'
ui_keys 4
sees "the table has state, limit and ports" 'tuiweb .*running.*32\.0M +18080→80'
ui_keys / ; ui_type tuiweb ; ui_keys Enter
sees "the filter leaves one" '1 of 2'
ui_keys Enter
sees "layers: the writable one on top" 'upper, writable'
S exec tuiweb sh -c 'echo changed >/tmp/seen-in-xray'
sees "layers: a new file appears by itself" 'A /tmp/seen-in-xray'
S exec tuiweb sh -c 'echo more >>/etc/passwd'
sees "layers: a file is copied up, and from where" '/etc/passwd copied up from 1'
sees "layers: how efficient the image is" 'efficiency 100\.0 %'
ui_keys Tab ; sees "namespaces: process numbers of its own" 'pid .*its first process is 1'
ui_keys Tab ; sees "cgroup: the limit" 'of 32\.0M'
ui_keys Tab ; sees "network: a wire between host and container" '●━+●|●━+╯'
sees "network: the bridge" 'slt0'
ui_keys Tab ; sees "chains: the published port" 'dport 80'
ui_keys Tab ; sees "signals: what SIGTERM does to pid 1" 'SIGTERM: dropped'
ui_keys Tab ; sees "privileges: what it holds" 'CHOWN +give files to any user'
ui_keys Tab ; sees "steps: with their commands" 'ip link add veth'
sees "the footer tells the command" 'ran: slipway xray tuiweb steps'
ui_keys Escape
ui_keys l ; sees "logs: standard output" 'hello from web'
sees "logs: standard error" 'trouble'
ui_keys Escape
ui_keys e ; sees "a shell in the container" '(/|~) #|\$'
ui_type 'echo inside-$((40 + 2)); hostname' ; ui_keys Enter
sees "the shell runs there" 'inside-42'
ui_keys 'C-]' ; ui_keys Escape
ui_keys p ; sees "pause shows paused" 'tuiweb .*paused'
ui_keys u ; sees "unpause shows running" 'tuiweb .*running'
ui_keys '?' ; sees "help explains the keys" 'SIGTERM, ten seconds, SIGKILL' ; ui_keys Escape
ui_keys D ; sees "removing asks" 'Remove tuiweb\?'
ui_keys y ; sees "and then removes" '0 of 1'
check_rc "it is gone" 1 S inspect tuiweb

ui_keys Escape
engine_kill9
sees "the engine gone: a banner" 'The engine is away'
engine_start
sees "and back by itself" 'tuidb .*running' 10
ui_stop
finish
