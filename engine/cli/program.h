/* Other programs that a command of ours needs: credential helpers, git. */
#ifndef SLIPWAY_CLI_PROGRAM_H
#define SLIPWAY_CLI_PROGRAM_H

#include "base/error.h"
#include "base/strings.h"

#include <stdbool.h>

/* Runs argv[0], looked for in $PATH, with `input` on its standard input, and waits for its end. What it writes goes into `out`,
 * without white space at the end, also when it fails; with `errors` also what it writes on standard error, which is ours otherwise.
 * EPROTO in Go's words: 'exec: "git": executable file not found in $PATH', "exit status 3". */
int program_run(char *const argv[], const char *input, bool errors, struct buf *out, struct error *err);

#endif
