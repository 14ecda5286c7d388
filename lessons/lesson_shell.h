/* A shell on a terminal of its own, in which blocks of a lesson are run one after the other, as its reader runs them. */
#ifndef SLIPWAY_LESSONS_LESSON_SHELL_H
#define SLIPWAY_LESSONS_LESSON_SHELL_H

#include "base/error.h"
#include "base/strings.h"

#include <sys/types.h>

struct lesson_shell {
    pid_t pid;
    int fd; /* of the terminal; -EBADF when there is none */
    char nonce[32];
};

/* Starts `command` (NULL-terminated, with its path), which must end in a shell that takes "-c SCRIPT": the script is put behind it.
 * `directory` is where it starts, and its HOME; NULL leaves both. */
int lesson_shell_open(struct lesson_shell *shell, char *const *command, const char *directory, struct error *err);

/* Runs `text` and waits for its end: its exit code, or ETIMEDOUT, or EPIPE when the shell itself ended. What the terminal showed
 * is added to `output`. With `follow` it is left to run until it shows nothing new, and ended by Ctrl-C. */
int lesson_shell_run(struct lesson_shell *shell, const char *text, bool follow, struct buf *output, struct error *err);

void lesson_shell_close(struct lesson_shell *shell); /* hangs up */

#endif
