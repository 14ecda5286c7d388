/* The flags of `run` and `create`, and what becomes of them: the body of POST /containers/create. */
#ifndef SLIPWAY_CLI_RUN_OPTIONS_H
#define SLIPWAY_CLI_RUN_OPTIONS_H

#include "base/command.h"
#include "base/flags.h"

#include <jansson.h>
#include <stdbool.h>

/* One member for each flag, in the table's alphabetical order. */
struct run_options {
    char **add_host, **annotation, **attach, **blkio_weight_device, **cap_add, **cap_drop;
    char **device, **device_cgroup_rule, **device_read_bps, **device_read_iops, **device_write_bps, **device_write_iops;
    char **dns, **dns_option, **dns_search, **env, **env_file, **expose, **group_add, **label, **label_file, **link, **log_opt,
        **mount;
    char **link_local_ip, **network, **network_alias, **publish, **security_opt, **storage_opt, **sysctl, **tmpfs, **ulimit,
        **volume, **volumes_from;
    const char *cgroup_parent, *cgroupns, *cidfile, *cpus, *cpuset_cpus, *cpuset_mems, *detach_keys, *domainname, *entrypoint,
        *gpus;
    const char *health_cmd, *health_interval, *health_start_interval, *health_start_period, *health_timeout, *hostname, *ipc,
        *isolation;
    const char *log_driver, *memory, *memory_reservation, *memory_swap, *name, *pid, *pull, *restart, *runtime, *shm_size,
        *stop_signal;
    const char *ip, *ip6, *kernel_memory, *mac_address, *platform, *windows;
    const char *user, *userns, *uts, *volume_driver, *workdir, *unsupported;
    long long blkio_weight, cpu_period, cpu_quota, cpu_rt_period, cpu_rt_runtime, cpu_shares, health_retries, memory_swappiness;
    long long oom_score_adj, pids_limit, stop_timeout;
    bool detach, explain, init, interactive, no_healthcheck, oom_kill_disable, privileged, publish_all, quiet, read_only, remove;
    bool sig_proxy, trust, tty, unsupported_bool;
};

enum { RUN_FLAG_MOST = 128 };
extern const struct flag run_flags[];      /* of `run` */
const struct flag *run_create_flags(void); /* without those that only `run` has */
void run_options_clear(struct run_options *options);

/* A request under construction. A problem is said in `err`; `usage` tells that it is a flag's value, to be shown with the usage. */
struct run_request {
    const struct run_options *options;
    const bool *seen; /* by row of the table in use */
    const struct flag *table;
    json_t *config, *host;
    bool usage, plain; /* plain: without the command's name and hint */
    struct error err;
};

/* The whole body, or NULL with request->err. `operands`: image, command... */
json_t *run_body(struct run_request *request, char *const *operands);

/* Pieces of it, each in a file of its own. False: request->err is set. */
bool run_config(struct run_request *request, char *const *operands);
bool run_host(struct run_request *request);
bool run_network(struct run_request *request);
bool run_devices(struct run_request *request);
bool run_gpus(struct run_request *request);
bool run_security(struct run_request *request);
bool run_ports(struct run_request *request);
bool run_mounts(struct run_request *request);
bool run_environment(char *const *files, char *const *variables, json_t **out, struct error *err, bool *usage);
/* The lines "key=value" or "key" of a file of labels, by the rules of --env-file. */
bool run_pairs(const char *file, char ***out, struct error *err);
bool run_unsupported(struct run_request *request);

bool run_seen(const struct run_request *request, const char *flag);
/* For `return run_bad(...)`: false always. run_bad names the flag, run_refuse does not. */
bool run_bad(struct run_request *request, const char *flag, const char *value, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool run_refuse(struct run_request *request, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Values. */
/* A rational number, exact to a billionth; *why is set when it is a number, but not such a one. */
bool run_parse_cpus(const char *text, long long *nano, const char **why);
char *run_size_problem(const char *text); /* what is wrong with what is no size: "10zb" has an unknown unit, "x" no number */
char *run_parse_extra_host(const char *text, struct error *err); /* "name=address" or "name:address" to the latter; allocated */
json_t *run_parse_ulimit(const char *text, struct error *err);
json_t *run_parse_device(const char *text, struct error *err);
bool run_parse_restart(const char *text, json_t **out, struct error *err);
bool run_sysctl_allowed(const char *text);
bool run_is_address(const char *text);
bool run_device_rule_valid(const char *text);
bool run_platform_valid(const char *text);
json_t *run_sorted(json_t *object); /* the same pairs, keys in order as Go writes a map; takes `object` */

#endif
