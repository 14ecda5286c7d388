/* CPU policy, I/O priority, affinity, memory policy, personality; see schedule.h. By bare system calls: the C library has no
 * sched_setattr, and libnuma would be a library for one call. */
#include "kernel/schedule.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

struct name {
    const char *name;
    unsigned value;
};

enum { SCHED_OF_ISO = 4 }; /* reserved in sched.h, never implemented: the kernel refuses it */

static const struct name policies[] = {
    {"SCHED_OTHER", SCHED_NORMAL},
    {"SCHED_FIFO", SCHED_FIFO},
    {"SCHED_RR", SCHED_RR},
    {"SCHED_BATCH", SCHED_BATCH},
    {"SCHED_ISO", SCHED_OF_ISO},
    {"SCHED_IDLE", SCHED_IDLE},
    {"SCHED_DEADLINE", SCHED_DEADLINE},
    {0},
};
static const struct name policy_flags[] = {
    {"SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK},   {"SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM},
    {"SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN},         {"SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY},
    {"SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS},       {"SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN},
    {"SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX}, {0},
};
static const struct name io_classes[] = {
    {"IOPRIO_CLASS_RT", IOPRIO_CLASS_RT},
    {"IOPRIO_CLASS_BE", IOPRIO_CLASS_BE},
    {"IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE},
    {0},
};
static const struct name memory_flags[] = {
    {"MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES},
    {"MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES},
    {"MPOL_F_NUMA_BALANCING", 1 << 13}, /* since Linux 5.12 */
    {0},
};

/* How many nodes a mode of set_mempolicy(2) goes with. */
static const struct memory_mode {
    const char *name;
    unsigned value;
    enum { NO_NODES, ANY_NODES, SOME_NODES } nodes;
} memory_modes[] = {
    {"MPOL_DEFAULT", MPOL_DEFAULT, NO_NODES},    {"MPOL_PREFERRED", MPOL_PREFERRED, ANY_NODES},
    {"MPOL_BIND", MPOL_BIND, SOME_NODES},        {"MPOL_INTERLEAVE", MPOL_INTERLEAVE, SOME_NODES},
    {"MPOL_LOCAL", MPOL_LOCAL, NO_NODES},        {"MPOL_PREFERRED_MANY", 5, SOME_NODES},
    {"MPOL_WEIGHTED_INTERLEAVE", 6, SOME_NODES}, /* since Linux 6.9 */
};

static const struct name *find(const struct name *names, const char *name)
{
    for (; names->name; names++)
        if (str_equal(names->name, name))
            return names;
    return NULL;
}

static int parse_flags(const json_t *list, const struct name *names, const char *where, unsigned *flags, struct error *err)
{
    size_t i;
    json_t *item;
    *flags = 0;
    json_array_foreach(list, i, item)
    {
        const struct name *flag = find(names, json_string_value(item));
        if (!flag)
            return error_set(err, EINVAL, "invalid %s: \"%s\"", where, str_or(json_string_value(item), ""));
        *flags |= flag->value;
    }
    return 0;
}

int schedule_list_parse(const char *text, struct schedule_list *list, struct error *err)
{
    *list = (struct schedule_list){0};
    char **parts cleanup_strv = str_split(text, ',');
    for (size_t i = 0; parts && parts[i]; i++) {
        char *dash = strchr(parts[i], '-');
        long long first, last;
        if (dash)
            *dash = 0;
        if (!str_to_int(parts[i], &first) || !str_to_int(dash ? dash + 1 : parts[i], &last) || first < 0 || last < first)
            return error_set(err, EINVAL, "\"%s\" is no list of numbers such as 0-3,7", text);
        if (last >= SCHEDULE_LIST_MOST)
            return error_set(err, EINVAL, "\"%s\": %lld is more than %d", text, last, SCHEDULE_LIST_MOST - 1);
        for (unsigned n = (unsigned)first; n <= (unsigned)last; n++) {
            unsigned long *word = &list->bits[n / (8 * sizeof *word)], bit = 1UL << n % (8 * sizeof *word);
            list->count += !(*word & bit);
            *word |= bit;
        }
    }
    return 0;
}

/* As the kernel has it (sched(7), "SCHED_DEADLINE"), whose one answer to all of it is EINVAL. */
static int check_deadline(const json_t *json, const struct sched_attr *attr, struct error *err)
{
    static const char *const needed[] = {"runtime", "deadline"};
    const unsigned long long least = 1024, most = INT64_MAX, runtime = attr->sched_runtime, deadline = attr->sched_deadline,
                             period = attr->sched_period ? attr->sched_period : deadline;
    for (size_t i = 0; i < ARRAY_LEN(needed); i++)
        if (!json_object_get(json, needed[i]))
            return error_set(err, EINVAL, "sched_setattr: `SCHED_DEADLINE` requires `%s`", needed[i]);
    if (!runtime)
        return error_set(err, EINVAL, "sched_setattr: `SCHED_DEADLINE` runtime must be greater than 0");
    if (runtime < least || runtime > most)
        return error_set(err, EINVAL, "sched_setattr: `SCHED_DEADLINE` runtime %llu must be between %llu and %llu", runtime, least,
                         most);
    if (runtime > deadline)
        return error_set(err, EINVAL, "sched_setattr: `SCHED_DEADLINE` runtime %llu must be <= deadline %llu", runtime, deadline);
    if (deadline > period)
        return error_set(err, EINVAL, "sched_setattr: `SCHED_DEADLINE` deadline %llu must be <= period %llu", deadline, period);
    return 0;
}

static int parse_scheduler(const json_t *json, struct sched_attr *attr, struct error *err)
{
    const struct name *policy = find(policies, json_str(json, "policy", ""));
    long long nice = json_num(json, "nice", 0), priority = json_num(json, "priority", 0);
    unsigned flags;
    if (!policy)
        return error_set(err, EINVAL, "invalid scheduler policy: \"%s\"", json_str(json, "policy", ""));
    int rc = parse_flags(json_object_get(json, "flags"), policy_flags, "scheduler flag", &flags, err);
    if (rc < 0)
        return rc;
    *attr = (struct sched_attr){.size = sizeof *attr,
                                .sched_policy = policy->value,
                                .sched_flags = flags,
                                .sched_nice = (int32_t)nice,
                                .sched_priority = (uint32_t)priority,
                                .sched_runtime = (uint64_t)json_num(json, "runtime", 0),
                                .sched_deadline = (uint64_t)json_num(json, "deadline", 0),
                                .sched_period = (uint64_t)json_num(json, "period", 0)};
    bool nice_counts = policy->value == SCHED_NORMAL || policy->value == SCHED_BATCH;
    if (nice_counts && (nice < -20 || nice > 19))
        return error_set(err, EINVAL, "invalid scheduler.nice: %lld when scheduler.policy is %s", nice, policy->name);
    if (priority && policy->value != SCHED_FIFO && policy->value != SCHED_RR)
        return error_set(err, EINVAL, "scheduler.priority can only be specified for SCHED_FIFO or SCHED_RR, not %s", policy->name);
    if (policy->value != SCHED_DEADLINE && (attr->sched_runtime || attr->sched_deadline || attr->sched_period))
        return error_set(err, EINVAL, "scheduler.runtime, deadline and period can only be specified for SCHED_DEADLINE, not %s",
                         policy->name);
    return policy->value == SCHED_DEADLINE ? check_deadline(json, attr, err) : 0;
}

static int parse_io(const json_t *json, unsigned *value, struct error *err)
{
    const struct name *class = find(io_classes, json_str(json, "class", ""));
    long long level = json_num(json, "priority", 0);
    if (level < 0 || level > 7)
        return error_set(err, EINVAL, "invalid ioPriority.priority: %lld, 0 to 7 are possible", level);
    if (!class)
        return error_set(err, EINVAL, "invalid ioPriority.class: \"%s\"", json_str(json, "class", ""));
    *value = IOPRIO_PRIO_VALUE(class->value, (unsigned)level);
    return 0;
}

static int parse_memory(const json_t *json, unsigned *mode, struct schedule_list *nodes, struct error *err)
{
    const char *name = json_str(json, "mode", ""), *text = json_str(json, "nodes", "");
    const struct memory_mode *found = NULL;
    unsigned flags;
    *nodes = (struct schedule_list){0};
    for (size_t i = 0; i < ARRAY_LEN(memory_modes); i++)
        if (!strcmp(memory_modes[i].name, name))
            found = &memory_modes[i];
    if (!found)
        return error_set(err, EINVAL, "invalid memory policy mode: \"%s\"", name);
    int rc = parse_flags(json_object_get(json, "flags"), memory_flags, "memory policy flag", &flags, err);
    if (!rc && *text && (rc = schedule_list_parse(text, nodes, err)) < 0)
        error_prefix(err, "invalid memory policy nodes");
    if (rc < 0)
        return rc;
    if (found->nodes == NO_NODES && nodes->count)
        return error_set(err, EINVAL, "memory policy %s takes no nodes but got %u", name, nodes->count);
    if (found->nodes == SOME_NODES && !nodes->count)
        return error_set(err, EINVAL, "memory policy %s requires at least one node but got 0", name);
    *mode = found->value | flags;
    return 0;
}

static int parse_personality(const json_t *json, unsigned long *domain, struct error *err)
{
    const char *name = json_str(json, "domain", "");
    *domain = str_equal(name, "LINUX32") ? PER_LINUX32 : PER_LINUX;
    if (strcmp(name, "LINUX") && strcmp(name, "LINUX32"))
        return error_set(err, EINVAL, "invalid personality domain \"%s\": LINUX and LINUX32 are possible", name);
    if (json_array_size(json_object_get(json, "flags")))
        return error_set(err, EINVAL, "personality flags are not supported: the specification knows none");
    return 0;
}

int schedule_check(const json_t *process, const json_t *linux_section, struct error *err)
{
    const json_t *scheduler = json_object_get(process, "scheduler"), *io = json_object_get(process, "ioPriority"),
                 *memory = json_object_get(linux_section, "memoryPolicy"), *person = json_object_get(linux_section, "personality"),
                 *affinity = json_object_get(process, "execCPUAffinity");
    static const char *const moments[] = {"initial", "final"};
    struct sched_attr attr;
    struct schedule_list list;
    unsigned value;
    unsigned long domain;
    int rc = json_is_object(scheduler) ? parse_scheduler(scheduler, &attr, err) : 0;
    if (!rc && json_is_object(io))
        rc = parse_io(io, &value, err);
    if (!rc && json_is_object(memory))
        rc = parse_memory(memory, &value, &list, err);
    if (!rc && json_is_object(person))
        rc = parse_personality(person, &domain, err);
    for (size_t i = 0; i < ARRAY_LEN(moments) && !rc; i++)
        if (*json_str(affinity, moments[i], "") && (rc = schedule_list_parse(json_str(affinity, moments[i], ""), &list, err)) < 0)
            error_prefix(err, "execCPUAffinity.%s", moments[i]);
    return rc;
}

int schedule_policy(struct steps *steps, pid_t pid, const json_t *scheduler, struct error *err)
{
    struct sched_attr attr;
    if (!json_is_object(scheduler))
        return 0;
    int64_t start = step_start();
    int rc = parse_scheduler(scheduler, &attr, err);
    if (rc < 0)
        return rc;
    if (syscall(SYS_sched_setattr, pid, &attr, 0) < 0)
        rc = error_errno(err, errno, "set the scheduler to %s", json_str(scheduler, "policy", ""));
    step_recordf(steps, start, rc, "scheduler", json_str(scheduler, "policy", ""), "chrt --%s --pid %u %d",
                 json_str(scheduler, "policy", "") + strlen("SCHED_"), attr.sched_priority, (int)pid);
    return rc;
}

int schedule_io(struct steps *steps, pid_t pid, const json_t *priority, struct error *err)
{
    unsigned value;
    if (!json_is_object(priority))
        return 0;
    int64_t start = step_start();
    int rc = parse_io(priority, &value, err);
    if (rc < 0)
        return rc;
    if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, value) < 0)
        rc = error_errno(err, errno, "set the I/O priority to %s", json_str(priority, "class", ""));
    step_recordf(steps, start, rc, "I/O priority", json_str(priority, "class", ""), "ionice -c %u -n %u -p %d",
                 (unsigned)IOPRIO_PRIO_CLASS(value), (unsigned)IOPRIO_PRIO_DATA(value), (int)pid);
    return rc;
}

int schedule_memory(struct steps *steps, const json_t *policy, struct error *err)
{
    unsigned mode;
    struct schedule_list nodes;
    if (!json_is_object(policy))
        return 0;
    int64_t start = step_start();
    int rc = parse_memory(policy, &mode, &nodes, err);
    if (rc < 0)
        return rc;
    if (syscall(SYS_set_mempolicy, mode, nodes.count ? nodes.bits : NULL, nodes.count ? SCHEDULE_LIST_MOST : 0) < 0)
        rc = error_errno(err, errno, "set the memory policy %s, nodes \"%s\"", json_str(policy, "mode", ""),
                         json_str(policy, "nodes", ""));
    step_recordf(steps, start, rc, "memory policy", json_str(policy, "mode", ""), "numactl  # %s %s", json_str(policy, "mode", ""),
                 json_str(policy, "nodes", ""));
    return rc;
}

int schedule_personality(struct steps *steps, const json_t *personality_, struct error *err)
{
    unsigned long domain;
    if (!json_is_object(personality_))
        return 0;
    int64_t start = step_start();
    int rc = parse_personality(personality_, &domain, err);
    if (rc < 0)
        return rc;
    if (personality(domain) < 0)
        rc = error_errno(err, errno, "set the personality %s", json_str(personality_, "domain", ""));
    step_recordf(steps, start, rc, "personality", json_str(personality_, "domain", ""), "setarch %s",
                 domain == PER_LINUX32 ? "linux32" : "linux64");
    return rc;
}

int schedule_cpus(struct steps *steps, const char *text, struct error *err)
{
    struct schedule_list list;
    if (str_empty(text))
        return 0;
    int64_t start = step_start();
    int rc = schedule_list_parse(text, &list, err);
    if (!rc)
        rc = schedule_cpus_back(&list, err);
    step_recordf(steps, start, rc, "CPU affinity", text, "taskset --cpu-list %s", text);
    return rc;
}

int schedule_cpus_now(struct schedule_list *list, struct error *err)
{
    *list = (struct schedule_list){0};
    return syscall(SYS_sched_getaffinity, 0, sizeof list->bits, list->bits) < 0 ? error_errno(err, errno, "read the CPU affinity")
                                                                                : 0;
}

int schedule_cpus_back(const struct schedule_list *list, struct error *err)
{
    return syscall(SYS_sched_setaffinity, 0, sizeof list->bits, list->bits) < 0 ? error_errno(err, errno, "set the CPU affinity")
                                                                                : 0;
}
