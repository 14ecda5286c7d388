/* The command line of slipwayd: one flag for each directive that has one, and the few that are no directives. */
#ifndef SLIPWAY_API_SLIPWAYD_FLAGS_H
#define SLIPWAY_API_SLIPWAYD_FLAGS_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

struct daemon_flags {
    json_t *given;           /* directives by key, in the settings' form; owned */
    const char *config_file; /* NULL: not given */
    bool validate, version, rootless;
};

/* EINVAL with pflag's message; ECANCELED when help was asked for (and printed). */
int daemon_flags_parse(int argc, char **argv, struct daemon_flags *flags, struct error *err);

#endif
