/* slipwayd --look PID SECTION ID: one look of engine/observe at a process that no engine of ours started, as JSON on standard
 * output, and no engine. The UI asks so about containers of a Docker engine on this machine (root only). ID is the container's: a
 * process whose control group does not have it in its name is not looked at, for it may be another machine's number.
 * Sections: layers, namespaces, cgroup, network, chains, signals, privileges; shapes in observe.h, "seccomp" of the last left out.
 * Gives the exit code: 0, 1 with a line on standard error. */
#ifndef SLIPWAY_API_LOOK_H
#define SLIPWAY_API_LOOK_H

int look_main(int argc, char **argv); /* what stands after --look */

#endif
