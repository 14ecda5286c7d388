/* What a process is to the schedulers: CPU policy, I/O priority, the CPUs it may use, where its memory comes from; and the
 * personality(2) that uname(2) shows it. The objects are those of the OCI runtime specification (config.md#linux-process,
 * config-linux.md#memory-policy, #personality); NULL or an absent object changes nothing. Each act leaves a step. */
#ifndef SLIPWAY_KERNEL_SCHEDULE_H
#define SLIPWAY_KERNEL_SCHEDULE_H

#include "base/error.h"
#include "kernel/step.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* EINVAL for what no kernel could do: unknown names, a priority where the policy has none. Nothing is changed. */
int schedule_check(const json_t *process, const json_t *linux_section, struct error *err);

/* process.scheduler by sched_setattr(2), process.ioPriority by ioprio_set(2); `pid` 0 is the caller. */
int schedule_policy(struct steps *steps, pid_t pid, const json_t *scheduler, struct error *err);
int schedule_io(struct steps *steps, pid_t pid, const json_t *priority, struct error *err);

/* linux.memoryPolicy by set_mempolicy(2), linux.personality: of the caller only. */
int schedule_memory(struct steps *steps, const json_t *policy, struct error *err);
int schedule_personality(struct steps *steps, const json_t *personality, struct error *err);

/* "0-3,7": CPUs or memory nodes. EINVAL when it is no such list, or names one beyond the last possible. */
enum { SCHEDULE_LIST_MOST = 1024 };
struct schedule_list {
    unsigned long bits[SCHEDULE_LIST_MOST / (8 * sizeof(unsigned long))];
    unsigned count;
};
int schedule_list_parse(const char *text, struct schedule_list *list, struct error *err);

/* sched_setaffinity(2) of the caller, and what it was before. `text` NULL or empty changes nothing. */
int schedule_cpus(struct steps *steps, const char *text, struct error *err);
int schedule_cpus_now(struct schedule_list *list, struct error *err);
int schedule_cpus_back(const struct schedule_list *list, struct error *err);

#endif
