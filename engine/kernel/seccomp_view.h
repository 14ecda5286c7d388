/* A `linux.seccomp` section told for people: what it lets a program of this machine's own architecture do.
 *
 * {"default":"EPERM","allowed":N,"refused":[{"name":"mount","answer":"EPERM"}],"conditional":[{"name":"clone","answer":"EPERM"}],
 *  "newer":"ENOSYS"|null,"logged":bool}
 *
 * `answer` is what a refused call gets: the name of an errno, or "kill", "trap", "trace", "log", "notify"; of a conditional one,
 * what it gets when its arguments are not those that the profile wants. `newer`: the answer to calls with higher numbers than every
 * one that the profile names. `logged`: the profile asks that refusals be logged (SECCOMP_FILTER_FLAG_LOG, seccomp(2)).
 */
#ifndef SLIPWAY_KERNEL_SECCOMP_VIEW_H
#define SLIPWAY_KERNEL_SECCOMP_VIEW_H

#include <jansson.h>

/* A new document; JSON null for a profile that is none (unconfined). */
json_t *seccomp_view(const json_t *profile);

/* The name of a system call of this machine's own architecture; allocated, NULL for an unknown number. */
char *seccomp_call_name(int number);

#endif
