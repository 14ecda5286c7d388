/* The flags of `build`, and what becomes of them: the query of POST /build and its headers. */
#ifndef SLIPWAY_CLI_BUILD_OPTIONS_H
#define SLIPWAY_CLI_BUILD_OPTIONS_H

#include "base/command.h"
#include "base/error.h"
#include "base/flags.h"
#include "base/strings.h"

#include <stdbool.h>

struct build_flags {
    char **add_host, **build_arg, **cache_from, **label, **output, **secret, **security_opt, **tag, **ulimit;
    const char *cgroup_parent, *cpuset_cpus, *cpuset_mems, *file, *iidfile, *isolation, *memory, *memory_swap, *network, *platform;
    const char *progress, *shm_size, *target;
    long long cpu_period, cpu_quota, cpu_shares;
    bool compress, explain, force_rm, load, no_cache, pull, push, quiet, rm, squash, trust;
};

extern const struct flag build_flag_table[];
void build_flags_clear(struct build_flags *flags);

/* Values that are wrong are told, with the usage. CLI_GO, or the exit code. */
int build_flags_check(const struct command_context *context, const char *command, struct build_flags *flags);

/* "/build?...": what the flags say, keys in order. `dockerfile` and `remote` may be empty. Allocated. */
char *build_query(const struct build_flags *flags, const char *dockerfile, const char *remote);

/* The header with the secrets of --secret, or "" when there are none; allocated. EINVAL says what is wrong with one. */
char *build_secrets(char *const *specs, struct error *err);

#endif
