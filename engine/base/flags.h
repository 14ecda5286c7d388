/* Command-line flags from a table, with the rules of Docker's command line (pflag).
 *
 * "-it", "-m 10m", "-m10m", "--memory=10m", "--memory 10m", "--rm", "--rm=false" and "--" are understood. Parsing stops
 * at the first operand when `stop_at_operand` is set (what follows belongs to the container's command); otherwise
 * flags and operands may be mixed. A target is a member of a struct that starts out zeroed:
 * bool for FLAG_BOOL, const char * for FLAG_STRING (borrowed from argv), long long for FLAG_INT,
 * char ** for FLAG_LIST (owned; strv_free).
 */
#ifndef SLIPWAY_BASE_FLAGS_H
#define SLIPWAY_BASE_FLAGS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum flag_kind { FLAG_BOOL, FLAG_STRING, FLAG_INT, FLAG_LIST };

struct flag {
    char letter;      /* 0 when there is no short form */
    const char *name; /* without dashes; NULL ends the table */
    enum flag_kind kind;
    size_t offset; /* of the target in the options struct: offsetof(...) */
    const char
        *value;       /* how the value is named in help: "bytes", "list"; NULL for "string", "int", "list".
                       * A FLAG_INT of "uint" or "uint16" takes what such a number can hold, a FLAG_LIST of "filter" only name=value. */
    const char *help; /* NULL: understood, but not shown. "deprecated: use --y instead": not shown, and using it says so */
};

/* Fills `options`; on success *operands points at the first operand in the (permuted) argv. Errors are worded as
 * Docker's: "unknown flag: --x", "unknown shorthand flag: 'x' in -xy", "flag needs an argument: --memory",
 * "invalid argument "a" for "--pids-limit" flag: ...". Code EINVAL; ECANCELED when --help (or -h without an own -h) was given
 * among flags that are all right; its message is then which of the two.
 * `seen`, when not NULL, has one bool per table row, set for flags that were given. */
int flags_parse(const struct flag *table, void *options, bool *seen, int argc, char **argv, bool stop_at_operand, char ***operands,
                struct error *err);

/* Whether only the flags are asked for (base/command.h); then they have been told. The first thing that a command does. */
struct command_context;
bool flags_described(const struct command_context *context, const struct flag *table);

/* The aligned "Options:" block of a help text: sorted, wrapped to the terminal's width or 80 columns. */
void flags_help(const struct flag *table, FILE *out);

#endif
