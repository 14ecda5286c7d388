/* Starting another program with posix_spawn(3): the caller is never forked, so the size and the threads of a daemon cost nothing.
 *
 * The program gets a clean start with signals: none blocked, all with their default action (a daemon blocks and ignores some, and
 * both would be inherited through exec, signal(7)).
 */
#ifndef SLIPWAY_BASE_SPAWN_H
#define SLIPWAY_BASE_SPAWN_H

#include <spawn.h>
#include <sys/types.h>

/* `actions` (what the program finds on its descriptors) are destroyed. `more` is 0, POSIX_SPAWN_SETSID, or POSIX_SPAWN_SETPGROUP
 * for a process group of its own. 0, or -errno of what kept the program from being executed. */
int spawn_program(pid_t *pid, const char *path, posix_spawn_file_actions_t *actions, int more, char *const argv[],
                  char *const environment[]);

#endif
