/* Running a program that somebody else wrote to its end: text on its standard input, what it says collected, a time limit. For
 * hooks of a config, newuidmap(1) and criu(8); nothing that a container's start needs by itself. */
#ifndef SLIPWAY_KERNEL_HELPER_H
#define SLIPWAY_KERNEL_HELPER_H

#include "base/error.h"
#include "base/strings.h"
#include "kernel/step.h"

#include <sys/types.h>

struct helper {
    const char *path;
    char *const *args;     /* NULL: the path alone */
    char *const *env;      /* NULL: the caller's own */
    const char *directory; /* where it begins; NULL: where the caller is */
    const char *input;     /* NULL: none */
    int seconds;           /* after which it is killed with its process group; 0: as long as it takes */
    int out, err;          /* its streams; negative: collected */
    const int *fds;        /* what it shall have as descriptors 3, 4, ...; nothing else of the caller's is open in it */
    size_t fd_count;
};

/* 0 when it ended with exit status 0. Otherwise `err` says only what became of it ("exit code 1", "killed by signal 9", "still
 * running after 2 s", "execute PATH: No such file or directory"). `said` gets what it wrote, as much as fits; both of its streams
 * in one. The caller must have one thread. */
int helper_run(struct steps *steps, const char *what, const struct helper *helper, struct buf *said, struct error *err);

#endif
