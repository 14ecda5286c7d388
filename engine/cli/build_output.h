/* build --output: the files of what was built, in a directory or as a tar. */
#ifndef SLIPWAY_CLI_BUILD_OUTPUT_H
#define SLIPWAY_CLI_BUILD_OUTPUT_H

#include "base/command.h"
#include "base/error.h"

#include <stdbool.h>

/* "DIR", "-" (a tar to standard output), "type=local,dest=DIR", "type=tar,dest=FILE". EINVAL for anything else. */
int build_output_check(const char *spec, struct error *err);

/* Whether one of them wants standard output for itself. */
bool build_output_to_stdout(char *const *specs);

/* The exit code; what went wrong has been said. */
int build_output_write(const struct command_context *context, const char *spec, const char *image);

#endif
