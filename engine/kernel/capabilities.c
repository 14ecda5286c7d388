/* Capability names and the system calls that set them. Raw capset(2): it is called between clone and exec, where a library's
 * threads support has nothing to add. */
#include "kernel/capabilities.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const names[CAPABILITY_COUNT] = {"CAP_CHOWN",
                                                    "CAP_DAC_OVERRIDE",
                                                    "CAP_DAC_READ_SEARCH",
                                                    "CAP_FOWNER",
                                                    "CAP_FSETID",
                                                    "CAP_KILL",
                                                    "CAP_SETGID",
                                                    "CAP_SETUID",
                                                    "CAP_SETPCAP",
                                                    "CAP_LINUX_IMMUTABLE",
                                                    "CAP_NET_BIND_SERVICE",
                                                    "CAP_NET_BROADCAST",
                                                    "CAP_NET_ADMIN",
                                                    "CAP_NET_RAW",
                                                    "CAP_IPC_LOCK",
                                                    "CAP_IPC_OWNER",
                                                    "CAP_SYS_MODULE",
                                                    "CAP_SYS_RAWIO",
                                                    "CAP_SYS_CHROOT",
                                                    "CAP_SYS_PTRACE",
                                                    "CAP_SYS_PACCT",
                                                    "CAP_SYS_ADMIN",
                                                    "CAP_SYS_BOOT",
                                                    "CAP_SYS_NICE",
                                                    "CAP_SYS_RESOURCE",
                                                    "CAP_SYS_TIME",
                                                    "CAP_SYS_TTY_CONFIG",
                                                    "CAP_MKNOD",
                                                    "CAP_LEASE",
                                                    "CAP_AUDIT_WRITE",
                                                    "CAP_AUDIT_CONTROL",
                                                    "CAP_SETFCAP",
                                                    "CAP_MAC_OVERRIDE",
                                                    "CAP_MAC_ADMIN",
                                                    "CAP_SYSLOG",
                                                    "CAP_WAKE_ALARM",
                                                    "CAP_BLOCK_SUSPEND",
                                                    "CAP_AUDIT_READ",
                                                    "CAP_PERFMON",
                                                    "CAP_BPF",
                                                    "CAP_CHECKPOINT_RESTORE"};

const char *capability_name(int number) { return number >= 0 && number < CAPABILITY_COUNT ? names[number] : NULL; }

int capability_number(const char *name)
{
    for (int number = 0; name && number < CAPABILITY_COUNT; number++)
        if (!strcmp(names[number], name))
            return number;
    return -1;
}

uint64_t capability_bounding(void)
{
    uint64_t set = 0;
    for (int number = 0; number < 64; number++) {
        int there = prctl(PR_CAPBSET_READ, number, 0, 0, 0);
        if (there < 0)
            break;
        set |= (uint64_t)(there == 1) << number;
    }
    return set;
}

bool capability_held(int number)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    return syscall(SYS_capget, &header, data) == 0 && data[number / 32].effective & 1u << number % 32;
}

static void parse_set(const json_t *list, uint64_t limit, uint64_t *set, char ***left_out)
{
    size_t i;
    json_t *item;
    *set = 0;
    json_array_foreach(list, i, item)
    {
        const char *name = str_or(json_string_value(item), "?");
        int number = capability_number(name);
        uint64_t bit = number < 0 ? 0 : limit & (uint64_t)1 << number;
        if (!bit && !strv_has(*left_out, name))
            strv_add(left_out, name);
        *set |= bit;
    }
}

void capability_sets_parse(const json_t *capabilities, struct capability_sets *sets, char ***left_out)
{
    const struct {
        const char *key;
        uint64_t *set;
    } table[] = {{"bounding", &sets->bounding},
                 {"effective", &sets->effective},
                 {"permitted", &sets->permitted},
                 {"inheritable", &sets->inheritable},
                 {"ambient", &sets->ambient}};
    uint64_t limit = capability_bounding();
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        parse_set(json_object_get(capabilities, table[i].key), limit, table[i].set, left_out);
}

int capability_bound(struct steps *steps, const struct capability_sets *sets, struct error *err)
{
    int64_t start = step_start();
    uint64_t there = capability_bounding();
    int rc = 0, dropped = 0;
    for (int number = 0; number < 64 && !rc; number++) {
        uint64_t bit = (uint64_t)1 << number;
        if (!(there & bit) || (sets->bounding & bit))
            continue;
        if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) < 0)
            rc = error_errno(err, errno, "drop %s from the bounding set", str_or(capability_name(number), "a capability"));
        dropped++;
    }
    char object[64];
    snprintf(object, sizeof object, "bounding set %016llx", (unsigned long long)(sets->bounding & there));
    step_recordf(steps, start, rc, "capabilities", object, "capsh --drop=...  # %d dropped", dropped);
    return rc;
}

static int set_ambient(uint64_t set, struct error *err)
{
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    for (int number = 0; number < 64; number++)
        if (set & (uint64_t)1 << number && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) < 0 && errno != EPERM)
            return error_errno(err, errno, "raise ambient capability %s", str_or(capability_name(number), "?"));
    return 0;
}

int capability_apply(struct steps *steps, const struct capability_sets *sets, uint64_t extra, struct error *err)
{
    int64_t start = step_start();
    uint64_t permitted = sets->permitted | extra, effective = (sets->effective & permitted) | extra;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {
        {(uint32_t)effective, (uint32_t)permitted, (uint32_t)sets->inheritable},
        {(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(sets->inheritable >> 32)}};
    int rc = syscall(SYS_capset, &header, data) < 0 ? error_errno(err, errno, "set capabilities") : 0;
    if (!rc && !extra)
        rc = set_ambient(sets->ambient & sets->permitted & sets->inheritable, err);
    if (!extra && steps) {
        char object[64];
        snprintf(object, sizeof object, "effective set %016llx", (unsigned long long)effective);
        step_record(steps, start, rc, "capabilities", object, "capsh --caps=... ");
    }
    return rc;
}
