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
ui_keys 2
sees "the course map stands at the lesson that comes next" '▌ .▸ +2 Eight kinds of namespaces'
ui_keys t
sees "and shows topics below lessons" 'K01 Eight namespaces'
ui_keys t k k k
sees "one that is read is marked" '▌ .✓ +1 What a container is'
ui_keys Enter
sees "80x24: the page above the terminal" 'Terminal.*Ctrl-\] types here'
ui_keys w
sees "80x24: w shows what changed instead" 'What changed'
ui_keys Enter
sees "a command that is not on the screen is shown before it is run" '▌▸ slipway run -d --name first'
ui_keys Enter
sees "and run then" '# slipway run -d --name first'
sees "for good" '^│[0-9a-f]{64}'
ui_keys n
sees "a question stands before the command" 'How many processes does ps show there'
ui_keys Tab Enter
sees "which waits for it" 'first say what you think'
ui_keys a
sees "what was said stands there" 'You say a. Now run the command'
ui_keys Enter
sees "and is explained when it was run" 'You said a; it is b'
check_eq "the container runs" true "$(S inspect -f '{{.State.Running}}' first)"
ui_keys n Tab Tab
sees "a picture of the container comes with its place on the page" '╭─ Namespaces of first'
sees "live" 'pid +[0-9]{10} +process numbers of its own'
S rm -f first >/dev/null
sees "gone with the container" 'There is no container first'
ui_keys n n n Tab Tab Enter
sees "questions are asked at the end" 'What stayed\? Question 1 of 2'
ui_keys b
sees "and judged at once" '1 of 1 right'
ui_keys Enter d
sees "with reasons" 'UTS stands for|Time namespaces shift'
ui_keys Enter
sees "and counted" '1 of 2 right'
ui_keys Escape q
sees "back on the map" 'The course'
ui_keys '/'; ui_type 'Eight kinds' ; ui_keys Enter j Enter
sees "a lesson in a machine of one's own" 'lab#'
ui_keys Enter
sees "runs its commands there" 'lab# '
ui_stop
finish
