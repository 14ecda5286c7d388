/* posix_spawn with the signals put in order. */
#include "base/spawn.h"

#include <signal.h>

int spawn_program(pid_t *pid, const char *path, posix_spawn_file_actions_t *actions, int more, char *const argv[],
                  char *const environment[])
{
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | more));
    int r = posix_spawn(pid, path, actions, &attributes, argv, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(actions);
    return -r;
}
