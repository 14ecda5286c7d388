/* OCI seccomp profile -> libseccomp filter -> BPF program, with a cache of programs on disk. Names of actions, operators,
 * architectures and flags stand in tables. */
#include "kernel/seccomp.h"
#include "base/digest.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { CACHE_FORMAT = 2, INSTRUCTIONS_MOST = BPF_MAXINSNS };

static const struct {
    const char *name;
    uint32_t value;
    bool takes_errno;
} actions[] = {
    {"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW, false},
    {"SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0), true},
    {"SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD, false},
    {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD, false},
    {"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS, false},
    {"SCMP_ACT_TRAP", SCMP_ACT_TRAP, false},
    {"SCMP_ACT_TRACE", SCMP_ACT_TRACE(0), true},
    {"SCMP_ACT_LOG", SCMP_ACT_LOG, false},
};

static const struct {
    const char *name;
    enum scmp_compare value;
} operators[] = {
    {"SCMP_CMP_NE", SCMP_CMP_NE},
    {"SCMP_CMP_LT", SCMP_CMP_LT},
    {"SCMP_CMP_LE", SCMP_CMP_LE},
    {"SCMP_CMP_EQ", SCMP_CMP_EQ},
    {"SCMP_CMP_GE", SCMP_CMP_GE},
    {"SCMP_CMP_GT", SCMP_CMP_GT},
    {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
};

static const struct {
    const char *name;
    uint32_t token, audit;
} architectures[] = {
    {"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64},
    {"SCMP_ARCH_X86", SCMP_ARCH_X86, AUDIT_ARCH_I386},
    {"SCMP_ARCH_X32", SCMP_ARCH_X32, 0},
    {"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64},
    {"SCMP_ARCH_ARM", SCMP_ARCH_ARM, AUDIT_ARCH_ARM},
    {"SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE, AUDIT_ARCH_PPC64LE},
    {"SCMP_ARCH_S390X", SCMP_ARCH_S390X, AUDIT_ARCH_S390X},
    {"SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64, AUDIT_ARCH_RISCV64},
    {"SCMP_ARCH_MIPS", SCMP_ARCH_MIPS, AUDIT_ARCH_MIPS},
    {"SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64, AUDIT_ARCH_MIPS64},
    {"SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32, AUDIT_ARCH_MIPS64N32},
    {"SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL, AUDIT_ARCH_MIPSEL},
    {"SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64, AUDIT_ARCH_MIPSEL64},
    {"SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32, AUDIT_ARCH_MIPSEL64N32},
    {"SCMP_ARCH_PPC", SCMP_ARCH_PPC, AUDIT_ARCH_PPC},
    {"SCMP_ARCH_PPC64", SCMP_ARCH_PPC64, AUDIT_ARCH_PPC64},
    {"SCMP_ARCH_S390", SCMP_ARCH_S390, AUDIT_ARCH_S390},
};

static const struct {
    const char *name;
    unsigned value;
} flag_names[] = {
    {"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
    {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
};

static int parse_action(const char *name, const json_t *number, uint32_t *action, struct error *err)
{
    for (size_t i = 0; name && i < ARRAY_LEN(actions); i++)
        if (!strcmp(actions[i].name, name)) {
            uint32_t value = json_is_integer(number) ? (uint32_t)json_integer_value(number) : EPERM;
            *action = actions[i].value | (actions[i].takes_errno ? value & 0xffff : 0);
            return 0;
        }
    return error_set(err, EINVAL, "string %s is not a valid action for seccomp", str_or(name, ""));
}

static int parse_argument(const json_t *json, struct scmp_arg_cmp *argument, struct error *err)
{
    const char *op = json_str(json, "op", "");
    for (size_t i = 0; i < ARRAY_LEN(operators); i++)
        if (!strcmp(operators[i].name, op)) {
            argument->arg = (unsigned)json_num(json, "index", 0);
            argument->op = operators[i].value;
            argument->datum_a = (scmp_datum_t)json_num(json, "value", 0);
            argument->datum_b = (scmp_datum_t)json_num(json, "valueTwo", 0);
            return argument->arg < 6 ? 0 : error_set(err, EINVAL, "seccomp: argument index %u is more than 5", argument->arg);
        }
    return error_set(err, EINVAL, "string %s is not a valid operator for seccomp", op);
}

/* Several conditions on one argument mean "any of them" to the specification but "all" to libseccomp, which refuses them: each
 * becomes a rule of its own then. */
static int add_rule(scmp_filter_ctx filter, uint32_t action, int number, const json_t *conditions, struct error *err)
{
    struct scmp_arg_cmp arguments[6];
    size_t count = json_array_size(conditions), seen[6] = {0};
    bool any = false;
    if (count > 6)
        return error_set(err, EINVAL, "seccomp: %zu argument conditions, at most 6", count);
    for (size_t i = 0; i < count; i++) {
        int rc = parse_argument(json_array_get(conditions, i), &arguments[i], err);
        if (rc < 0)
            return rc;
        any |= seen[arguments[i].arg]++ > 0;
    }
    int rc = 0;
    if (!any)
        rc = seccomp_rule_add_array(filter, action, number, (unsigned)count, arguments);
    for (size_t i = 0; any && i < count && rc >= 0; i++)
        rc = seccomp_rule_add_array(filter, action, number, 1, &arguments[i]);
    return rc < 0 && rc != -EEXIST ? error_errno(err, -rc, "seccomp: add rule for system call %d", number) : 0;
}

static int add_rules(scmp_filter_ctx filter, const json_t *profile, uint32_t default_action, struct error *err)
{
    size_t i, j;
    json_t *entry, *name;
    json_array_foreach(json_object_get(profile, "syscalls"), i, entry)
    {
        uint32_t action;
        int rc = parse_action(json_str(entry, "action", NULL), json_object_get(entry, "errnoRet"), &action, err);
        if (rc < 0)
            return rc;
        if (action == default_action)
            continue; /* says nothing new, and libseccomp refuses it */
        json_array_foreach(json_object_get(entry, "names"), j, name)
        {
            int number = seccomp_syscall_resolve_name(json_string_value(name));
            if (number == __NR_SCMP_ERROR)
                continue; /* not a system call of any architecture that this libseccomp knows */
            rc = add_rule(filter, action, number, json_object_get(entry, "args"), err);
            if (rc < 0)
                return rc;
        }
    }
    return 0;
}

static int add_architectures(scmp_filter_ctx filter, const json_t *profile, struct error *err)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(profile, "architectures"), i, item)
    {
        const char *name = json_string_value(item);
        uint32_t token = 0;
        for (size_t k = 0; name && k < ARRAY_LEN(architectures); k++)
            if (!strcmp(architectures[k].name, name))
                token = architectures[k].token;
        if (!token)
            return error_set(err, EINVAL, "string %s is not a valid arch for seccomp", str_or(name, ""));
        int rc = seccomp_arch_add(filter, token);
        if (rc < 0 && rc != -EEXIST && rc != -EDOM)
            return error_errno(err, -rc, "seccomp: add architecture %s", name);
    }
    return 0;
}

/* The highest number of a system call that the profile names, for one architecture. */
static int newest_known(const json_t *profile, uint32_t token)
{
    size_t i, j;
    json_t *entry, *name;
    int newest = -1;
    json_array_foreach(json_object_get(profile, "syscalls"), i, entry)
    {
        json_array_foreach(json_object_get(entry, "names"), j, name)
        {
            int number = seccomp_syscall_resolve_name_arch(token, json_string_value(name));
            if (number > newest)
                newest = number;
        }
    }

    return newest;
}

/* Instructions before libseccomp's own: for each architecture of the profile, "number above the newest known: ENOSYS". x32 calls
 * (bit 30 set) go on to the filter. BPF jumps are relative, so prepending does not disturb what follows. */
static size_t write_stub(const json_t *profile, struct sock_filter *out)
{
    size_t i, n = 0;
    json_t *item;
    json_array_foreach(json_object_get(profile, "architectures"), i, item)
    {
        for (size_t k = 0; k < ARRAY_LEN(architectures); k++) {
            int newest;
            if (!str_equal(json_string_value(item), architectures[k].name) || !architectures[k].audit || n > 60 ||
                (newest = newest_known(profile, architectures[k].token)) < 0)
                continue;
            struct sock_filter stub[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architectures[k].audit, 0, 4),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x40000000, 2, 0),
                BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (uint32_t)newest, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
            };
            memcpy(out + n, stub, sizeof stub);
            n += ARRAY_LEN(stub);
        }
    }
    return n;
}

static int export_filter(scmp_filter_ctx filter, const json_t *profile, uint32_t action, struct seccomp_program *program,
                         struct error *err)
{
    int fd cleanup_close = memfd_create("seccomp", MFD_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "seccomp: memfd");
    int rc = seccomp_export_bpf(filter, fd);
    if (rc < 0)
        return error_errno(err, -rc, "seccomp: compile the profile");
    off_t size = lseek(fd, 0, SEEK_END);
    struct sock_filter stub[64];
    bool refuses = (action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO;
    size_t extra = refuses ? write_stub(profile, stub) : 0, count = (size_t)size / sizeof *stub + extra;
    if (count > INSTRUCTIONS_MOST)
        return error_set(err, E2BIG, "seccomp: the profile needs %zu instructions, the kernel takes %d", count, INSTRUCTIONS_MOST);
    program->code = xcalloc(count, sizeof *program->code);
    memcpy(program->code, stub, extra * sizeof *stub);
    if (pread(fd, program->code + extra, (size_t)size, 0) != size)
        return error_errno(err, EIO, "seccomp: read the program");
    program->count = (unsigned short)count;
    return 0;
}

/* A binary tree of system calls instead of a list. The kernel runs a program once for each system call when it is loaded, to learn
 * which are always allowed: by the list that takes as long as all mounts of a container together. */
enum { BY_TREE = 2 };

static int compile(const json_t *profile, struct seccomp_program *program, struct error *err)
{
    uint32_t action;
    int rc = parse_action(json_str(profile, "defaultAction", NULL), json_object_get(profile, "defaultErrnoRet"), &action, err);
    if (rc < 0)
        return rc;
    scmp_filter_ctx filter = seccomp_init(action);
    if (!filter)
        return error_set(err, ENOMEM, "seccomp: cannot make a filter");
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, BY_TREE);
    rc = add_architectures(filter, profile, err);
    if (!rc)
        rc = add_rules(filter, profile, action, err);
    if (!rc)
        rc = export_filter(filter, profile, action, program, err);
    seccomp_release(filter);
    return rc;
}

static int parse_flags(const json_t *profile, unsigned *flags, struct error *err)
{
    size_t i;
    json_t *item;
    *flags = 0;
    json_array_foreach(json_object_get(profile, "flags"), i, item)
    {
        unsigned value = 0;
        for (size_t k = 0; k < ARRAY_LEN(flag_names); k++)
            if (str_equal(json_string_value(item), flag_names[k].name))
                value = flag_names[k].value;
        if (!value)
            return error_set(err, EINVAL, "seccomp: unknown flag \"%s\"", str_or(json_string_value(item), ""));
        *flags |= value;
    }
    return 0;
}

static char *cache_path(const json_t *profile, const char *cache)
{
    const struct scmp_version *version = seccomp_version();
    struct utsname kernel;
    uname(&kernel);
    char *text cleanup_free = json_dumps(profile, JSON_COMPACT);
    char *key cleanup_free = str_format("%d %s %s %u.%u.%u %s", CACHE_FORMAT, kernel.machine, kernel.release, version->major,
                                        version->minor, version->micro, str_or(text, ""));
    char digest[DIGEST_TEXT];
    digest_bytes(key, strlen(key), digest);
    return str_format("%s/%.32s.bpf", cache, digest + strlen("sha256:"));
}

static bool cache_load(const char *path, struct seccomp_program *program)
{
    size_t len = 0;
    char *data = path_exists(path) ? file_read(path, &len, NULL) : NULL;
    size_t count = len / sizeof(struct sock_filter);
    if (!data || len % sizeof(struct sock_filter) || count == 0 || count > INSTRUCTIONS_MOST) {
        free(data);
        return false;
    }
    program->code = (struct sock_filter *)data;
    program->count = (unsigned short)count;
    return true;
}

int seccomp_compile(const json_t *profile, const char *cache, struct seccomp_program *program, struct error *err)
{
    *program = (struct seccomp_program){0};
    if (!json_is_object(profile))
        return 0;
    unsigned flags;
    int rc = parse_flags(profile, &flags, err);
    if (rc < 0)
        return rc;
    char *path cleanup_free = cache ? cache_path(profile, cache) : NULL;
    if (!path || !cache_load(path, program)) {
        rc = compile(profile, program, err);
        if (rc < 0) {
            seccomp_program_free(program);
            return rc;
        }
        /* A cache that cannot be written costs time, nothing else. */
        if (path && path_make_dirs(cache, 0700, NULL) == 0)
            (void)file_write_atomic(path, program->code, program->count * sizeof *program->code, 0600, false, NULL);
    }
    program->flags = flags;
    return 0;
}

int seccomp_install(struct steps *steps, const struct seccomp_program *program, struct error *err)
{
    if (!program->count)
        return 0;
    int64_t start = step_start();
    struct sock_fprog fprog = {.len = program->count, .filter = program->code};
    long rc = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, program->flags, &fprog);
    int result = rc < 0 ? error_errno(err, errno, "load the seccomp filter") : 0;
    step_recordf(steps, start, result, "seccomp", "filter", "# seccomp(SECCOMP_SET_MODE_FILTER): %u BPF instructions",
                 (unsigned)program->count);
    return result;
}

void seccomp_program_free(struct seccomp_program *program)
{
    free(program->code);
    *program = (struct seccomp_program){0};
}

const char *seccomp_action_name(int i) { return i < (int)ARRAY_LEN(actions) ? actions[i].name : NULL; }
const char *seccomp_operator_name(int i) { return i < (int)ARRAY_LEN(operators) ? operators[i].name : NULL; }
const char *seccomp_architecture_name(int i) { return i < (int)ARRAY_LEN(architectures) ? architectures[i].name : NULL; }
const char *seccomp_flag_name(int i) { return i < (int)ARRAY_LEN(flag_names) ? flag_names[i].name : NULL; }
