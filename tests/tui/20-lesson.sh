#!/bin/bash
# The lesson reader: a command is run from the page, and what it changed is shown.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
engine_start

ui_start 120 40
sees "home suggests the first lesson" '▸ Lesson What a container is'
ui_keys Enter
sees "the page, the terminal and what changed, side by side" '1 of 7.*Terminal'
sees "a shell waits" '││# '
ui_keys Enter
sees "the command is typed into the terminal" '# slipway run -d --name first'
sees "a new container" '\+ container first'
sees "its namespaces" '\+ [56] namespaces pid mnt net uts ipc' # the cgroup namespace is the host's on cgroup v1
sees "and the kernel steps" '[0-9]+ kernel steps'
sees "each with its command" 'ip link add veth'
check_eq "it really runs" true "$(S inspect -f '{{.State.Running}}' first)"
ui_keys 'C-]'
sees "the keyboard moves to the terminal" 'the keyboard is here'
ui_type 'slipway rm -f first'
sees "what is typed is seen" '# slipway rm -f first'
ui_keys Enter
sees "a command typed by hand is followed too" 'after slipway rm -f first'
ui_keys 'C-]'
sees "removing is seen too" '- container first'
for _ in 1 2 3 4 5 6; do ui_keys n; done
sees "the last page" '7 of 7'
ui_keys n
sees "the lesson is finished" 'lesson finished'
ui_keys 1
sees "home shows it done" '✓ Lesson'
ui_stop

ui_start 80 24
ui_keys 2 Enter
sees "80x24: the page above the terminal" 'Terminal.*Ctrl-\] types here'
ui_keys w
sees "80x24: w shows what changed instead" 'What changed'
ui_stop
finish
