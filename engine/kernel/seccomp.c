/* OCI seccomp profile -> libseccomp filter -> BPF program, with a cache of programs on disk. What names mean stands in
 * seccomp_names.c. */
#include "kernel/seccomp.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/seccomp_names.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <nettle/sha2.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { CACHE_FORMAT = 4, INSTRUCTIONS_MOST = BPF_MAXINSNS };

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
        int rc = seccomp_parse_argument(json_array_get(conditions, i), &arguments[i], err);
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
        int rc = seccomp_parse_action(json_str(entry, "action", NULL), json_object_get(entry, "errnoRet"), &action, err);
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

int seccomp_check_names(const json_t *profile, struct error *err)
{
    size_t i, j;
    json_t *entry, *name;
    json_array_foreach(json_object_get(profile, "syscalls"), i, entry)
    {
        json_array_foreach(json_object_get(entry, "names"), j, name)
        {
            if (seccomp_syscall_resolve_name(json_string_value(name)) == __NR_SCMP_ERROR)
                return error_set(err, EINVAL, "seccomp: invalid system call \"%s\"", str_or(json_string_value(name), ""));
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
        uint32_t token, audit;
        int rc = seccomp_parse_architecture(json_string_value(item), &token, &audit, err);
        if (rc < 0)
            return rc;
        /* Of the other byte order: no process of this machine can be of it. */
        if ((rc = seccomp_arch_add(filter, token)) < 0 && rc != -EEXIST && rc != -EDOM)
            return error_errno(err, -rc, "seccomp: add architecture %s", json_string_value(item));
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

enum { STUB = 6, ARCHITECTURES_MOST = 32 };

/* "Of this architecture, and the number above the newest known: ENOSYS". x32 calls (bit 30 set) go on to the filter. */
static size_t stub_of(const json_t *profile, uint32_t token, uint32_t audit, struct sock_filter *out)
{
    int newest = newest_known(profile, token);
    if (newest < 0 || !audit)
        return 0;
    const struct sock_filter stub[STUB] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, audit, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x40000000, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (uint32_t)newest, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    };
    memcpy(out, stub, sizeof stub);
    return STUB;
}

/* Instructions before libseccomp's own, for each architecture of the profile and the machine's own, which the filter always has.
 * BPF jumps are relative, so prepending does not disturb what follows. */
static size_t write_stub(const json_t *profile, struct sock_filter *out)
{
    const json_t *list = json_object_get(profile, "architectures");
    uint32_t token, audit, native = seccomp_arch_native();
    size_t i, n = 0;
    json_t *item;
    bool has_native = false;
    json_array_foreach(list, i, item)
    {
        if (n / STUB + 1 >= ARCHITECTURES_MOST || seccomp_parse_architecture(json_string_value(item), &token, &audit, NULL) < 0)
            continue;
        has_native |= token == native;
        n += stub_of(profile, token, audit, out + n);
    }
    return has_native ? n : n + stub_of(profile, native, native, out + n);
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
    struct sock_filter stub[STUB * ARCHITECTURES_MOST];
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

int seccomp_write(const json_t *profile, struct seccomp_program *program, struct error *err)
{
    uint32_t action;
    int rc =
        seccomp_parse_action(json_str(profile, "defaultAction", NULL), json_object_get(profile, "defaultErrnoRet"), &action, err);
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

bool seccomp_notifies(const json_t *profile)
{
    size_t i;
    json_t *call;
    bool any = str_equal(json_str(profile, "defaultAction", ""), "SCMP_ACT_NOTIFY");
    json_array_foreach(json_object_get(profile, "syscalls"), i, call) any |=
        str_equal(json_str(call, "action", ""), "SCMP_ACT_NOTIFY");
    return any;
}

bool seccomp_listens(const struct seccomp_program *program) { return program->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER; }

static int parse_flags(const json_t *profile, struct seccomp_program *program, struct error *err)
{
    const char *path = json_str(profile, "listenerPath", "");
    bool needed = seccomp_notifies(profile), listener = needed || *path;
    size_t i;
    json_t *item;
    unsigned flags = listener ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
    json_array_foreach(json_object_get(profile, "flags"), i, item)
    {
        int rc = seccomp_parse_flag(json_string_value(item), &flags, err);
        if (rc < 0)
            return rc;
    }
    if (needed && !*path)
        return error_set(err, EINVAL, "seccomp: SCMP_ACT_NOTIFY needs a listenerPath");
    if (!*path && *json_str(profile, "listenerMetadata", ""))
        return error_set(err, EINVAL, "seccomp: listenerMetadata without a listenerPath");
    if (!needed && flags & SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
        return error_set(err, EINVAL, "seccomp: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs a rule with SCMP_ACT_NOTIFY");
    /* There is one thread besides this one then: the one that hands the listener on, and must not be filtered (seccomp_hand_on). */
    program->flags = listener ? flags & ~(unsigned)SECCOMP_FILTER_FLAG_TSYNC : flags;
    return 0;
}

/* What the file of a program is called: so many digits of the hash of what it was made from, and this. */
enum { PROGRAM_DIGITS = 32 };
#define PROGRAM_SUFFIX ".bpf"

/* SHA-512 and not 256: for that, nettle asks the processor before main what it can do, which a virtual machine takes 50 us for. */
static void hash(const char *text, char out[PROGRAM_DIGITS + 1])
{
    struct sha512_ctx context;
    unsigned char digest[PROGRAM_DIGITS / 2];
    sha512_init(&context);
    sha512_update(&context, strlen(text), (const unsigned char *)text);
    sha512_digest(&context, sizeof digest, digest);
    str_hex(digest, sizeof digest, out);
}

static void name_program(const json_t *profile, struct seccomp_program *program)
{
    const struct scmp_version *version = seccomp_version();
    struct utsname kernel;
    uname(&kernel);
    json_t *rules cleanup_json = json_copy((json_t *)profile);
    json_object_del(rules, "listenerPath"); /* who listens makes no other program */
    json_object_del(rules, "listenerMetadata");
    char *text cleanup_free = json_text(rules);
    char *key cleanup_free = str_format("%d %s %s %u.%u.%u %s", CACHE_FORMAT, kernel.machine, kernel.release, version->major,
                                        version->minor, version->micro, str_or(text, ""));
    char digest[PROGRAM_DIGITS + 1];
    hash(key, digest);
    snprintf(program->name, sizeof program->name, "%s" PROGRAM_SUFFIX, digest);
}

/* To the kernel's satisfaction: no jump leads out, and the last instruction is an answer. Were a file cut short, then one of them
 * would fail, as what no jump leads to is never written; zeros are what a crash may leave of one. */
static bool is_whole(const struct sock_filter *code, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool jumps = BPF_CLASS(code[i].code) == BPF_JMP;
        size_t furthest = BPF_OP(code[i].code) == BPF_JA ? code[i].k : code[i].jt > code[i].jf ? code[i].jt : code[i].jf;
        if (!code[i].code || (jumps && furthest >= count - i - 1))
            return false;
    }
    return count && BPF_CLASS(code[count - 1].code) == BPF_RET;
}

static bool cache_load(const char *path, struct seccomp_program *program)
{
    size_t len = 0;
    char *data = file_read(path, &len, NULL);
    size_t count = len / sizeof(struct sock_filter);
    if (!data || len % sizeof(struct sock_filter) || count > INSTRUCTIONS_MOST || !is_whole((struct sock_filter *)data, count)) {
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
    int rc = parse_flags(profile, program, err);
    if (rc < 0)
        return rc;
    if (cache)
        name_program(profile, program);
    char *path cleanup_free = cache ? path_join(cache, program->name) : NULL;
    if (path && cache_load(path, program))
        return 0;
    rc = seccomp_write(profile, program, err);
    if (rc < 0) {
        seccomp_program_free(program);
        return rc;
    }
    seccomp_shorten(program);
    /* A cache that cannot be written costs time, nothing else. */
    if (path && path_make_dirs(cache, 0700, NULL) == 0)
        (void)file_write_atomic(path, program->code, program->count * sizeof *program->code, 0600, false, NULL);
    return 0;
}

json_t *seccomp_abridge(const json_t *profile)
{
    if (!json_is_object(profile) || seccomp_notifies(profile))
        return NULL;
    json_t *brief = json_copy((json_t *)profile);
    json_object_del(brief, "syscalls");
    return brief;
}

static bool is_program_name(const char *name)
{
    return strspn(name, "0123456789abcdef") == PROGRAM_DIGITS && !strcmp(name + PROGRAM_DIGITS, PROGRAM_SUFFIX);
}

bool seccomp_recall(const json_t *brief, const char *cache, const char *name, struct seccomp_program *program)
{
    *program = (struct seccomp_program){0};
    if (!is_program_name(name) || parse_flags(brief, program, NULL) < 0)
        return false;
    snprintf(program->name, sizeof program->name, "%s", name);
    char *path cleanup_free = path_join(cache, name);
    return cache_load(path, program);
}

int seccomp_install(struct steps *steps, const struct seccomp_program *program, struct error *err)
{
    if (!program->count)
        return 0;
    int64_t start = step_start();
    struct sock_fprog fprog = {.len = program->count, .filter = program->code};
    long rc = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, program->flags, &fprog);
    int result = rc < 0 ? error_errno(err, errno, "load the seccomp filter") : (int)rc;
    step_recordf(steps, start, rc < 0 ? result : 0, "seccomp", "filter",
                 "# seccomp(SECCOMP_SET_MODE_FILTER): %u BPF instructions%s", (unsigned)program->count,
                 seccomp_listens(program) ? ", with a listener" : "");
    return result;
}

void seccomp_program_free(struct seccomp_program *program)
{
    free(program->code);
    *program = (struct seccomp_program){0};
}
