/* What the kernel's log tells of system calls that seccomp filters refused (audit records of type 1326, audit.log in the kernel's
 * seccomp_filter.rst). It tells of kills always; of other answers only when the profile asks for it. */
#ifndef SLIPWAY_OBSERVE_DENIED_H
#define SLIPWAY_OBSERVE_DENIED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct denied {
    pid_t pid;
    int call;        /* its number */
    unsigned action; /* SECCOMP_RET_* as the filter answered, without data */
    char command[64];
};

/* One record of /dev/kmsg (without what follows its first line); false when it is another, or was not written by the kernel. */
bool denied_parse(const char *record, struct denied *out);

/* [{"pid":N,"command":"..","call":"mkdir","answer":"EPERM","count":N}] of these processes (0 ends them), as far as the log still
 * has them: the kernel leaves records out when they come fast. `filter` is the profile told (kernel/seccomp_view.h). NULL when the
 * log cannot be read. */
json_t *denied_read(const pid_t *members, const json_t *filter);

#endif
