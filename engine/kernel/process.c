/* Attributes of one process; see process.h. */
#include "kernel/process.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCFS_ROOT = 1 }; /* the inode of a procfs's root directory (PROC_ROOT_INO) */

static const struct {
    const char *name;
    int resource;
} rlimit_names[] = {
    {"RLIMIT_AS", RLIMIT_AS},           {"RLIMIT_CORE", RLIMIT_CORE},         {"RLIMIT_CPU", RLIMIT_CPU},
    {"RLIMIT_DATA", RLIMIT_DATA},       {"RLIMIT_FSIZE", RLIMIT_FSIZE},       {"RLIMIT_LOCKS", RLIMIT_LOCKS},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK}, {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE}, {"RLIMIT_NICE", RLIMIT_NICE},
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},   {"RLIMIT_NPROC", RLIMIT_NPROC},       {"RLIMIT_RSS", RLIMIT_RSS},
    {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},   {"RLIMIT_RTTIME", RLIMIT_RTTIME},     {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"RLIMIT_STACK", RLIMIT_STACK},
};

/* -1 for a name that is no limit's. */
static int rlimit_number(const char *name)
{
    for (size_t k = 0; k < ARRAY_LEN(rlimit_names); k++)
        if (!strcmp(rlimit_names[k].name, name))
            return rlimit_names[k].resource;
    return -1;
}

int process_rlimits_check(const json_t *rlimits, struct error *err)
{
    size_t i;
    json_t *item;
    unsigned seen = 0;
    json_array_foreach(rlimits, i, item)
    {
        const char *name = json_str(item, "type", "");
        int resource = rlimit_number(name);
        if (resource < 0)
            return error_set(err, EINVAL, "wrong rlimit value: %s", name);
        if (seen & 1U << resource)
            return error_set(err, EINVAL, "process.rlimits: %s is listed twice", name);
        seen |= 1U << resource;
    }
    return 0;
}

static rlim_t limit_value(const json_t *rlimit, const char *key)
{
    const json_t *value = json_object_get(rlimit, key);
    if (json_is_real(value)) /* jansson reads 18446744073709551615 as a real: RLIM_INFINITY */
        return json_real_value(value) >= 9e18 ? RLIM_INFINITY : (rlim_t)json_real_value(value);
    return (rlim_t)json_integer_value(value);
}

int process_rlimits(struct steps *steps, pid_t pid, const json_t *rlimits, struct error *err)
{
    size_t i;
    json_t *item;
    json_array_foreach(rlimits, i, item)
    {
        int64_t start = step_start();
        const char *name = json_str(item, "type", "");
        int resource = rlimit_number(name);
        if (resource < 0)
            return error_set(err, EINVAL, "wrong rlimit value: %s", name);
        struct rlimit limit = {.rlim_cur = limit_value(item, "soft"), .rlim_max = limit_value(item, "hard")};
        int rc = prlimit(pid, (__rlimit_resource_t)resource, &limit, NULL) < 0
                     ? error_set(err, errno, "error setting rlimit type %d: %s", resource,
                                 errno == EPERM    ? "operation not permitted"
                                 : errno == EINVAL ? "invalid argument"
                                                   : strerror(errno))
                     : 0;
        step_recordf(steps, start, rc, "rlimit", name, "prlimit --%s=%lld:%lld", name + strlen("RLIMIT_"),
                     (long long)limit.rlim_cur, (long long)limit.rlim_max);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* What has the score by birth needs no right to it: in a user namespace the kernel may refuse even what changes nothing. */
static bool has_oom_score(const char *path, long long score)
{
    char *text cleanup_free = file_read(path, NULL, NULL);
    long long now;
    return text && sscanf(text, "%lld", &now) == 1 && now == score;
}

int process_oom_score(struct steps *steps, pid_t pid, long long score, struct error *err)
{
    int64_t start = step_start();
    char path[64], text[32];
    snprintf(path, sizeof path, "/proc/%d/oom_score_adj", (int)pid);
    snprintf(text, sizeof text, "%lld", score);
    int fd cleanup_close = open(path, O_WRONLY | O_CLOEXEC);
    int failed = fd < 0 || write(fd, text, strlen(text)) < 0 ? errno : 0;
    int rc = failed && !has_oom_score(path, score) ? error_errno(err, failed, "set oom_score_adj to %lld", score) : 0;
    step_recordf(steps, start, rc, "oom score", path, "echo %s > %s", text, path);
    return rc;
}

/* Which namespace a sysctl belongs to; everything else is the machine's (kernel Documentation/admin-guide/sysctl). */
static const struct {
    const char *prefix;
    unsigned long flag;
} sysctl_owners[] = {
    {"net.", CLONE_NEWNET},
    {"fs.mqueue.", CLONE_NEWIPC},
    {"kernel.msgmax", CLONE_NEWIPC},
    {"kernel.msgmnb", CLONE_NEWIPC},
    {"kernel.msgmni", CLONE_NEWIPC},
    {"kernel.sem", CLONE_NEWIPC},
    {"kernel.shmall", CLONE_NEWIPC},
    {"kernel.shmmax", CLONE_NEWIPC},
    {"kernel.shmmni", CLONE_NEWIPC},
    {"kernel.shm_rmid_forced", CLONE_NEWIPC},
    {"kernel.domainname", CLONE_NEWUTS},
    {"user.", CLONE_NEWUSER},
};

int process_sysctl(struct steps *steps, int proc, const char *key, const char *value, unsigned long flags, struct error *err)
{
    int64_t start = step_start();
    unsigned long owner = 0;
    for (size_t i = 0; i < ARRAY_LEN(sysctl_owners); i++)
        if (str_starts(key, sysctl_owners[i].prefix))
            owner = sysctl_owners[i].flag;
    if (str_equal(key, "kernel.hostname"))
        return error_set(err, EINVAL, "sysctl \"%s\" is not allowed as it conflicts with the OCI \"hostname\" field", key);
    if (!(owner & flags) && owner == CLONE_NEWNET)
        return error_set(err, EINVAL, "sysctl \"%s\" not allowed in host network namespace", key);
    if (!(owner & flags) && owner == CLONE_NEWIPC)
        return error_set(err, EINVAL, "sysctl \"%s\" is not allowed in the hosts ipc namespace", key);
    if (!(owner & flags))
        return error_set(err, EINVAL, "sysctl \"%s\" is not in a separate kernel namespace", key);
    char *path cleanup_free = str_format("sys/%s", key);
    /* "net.ipv4.conf.eth0/1.x": a slash in the key stands for a dot in a name */
    for (char *c = path + strlen("sys/"); *c; c++)
        *c = *c == '.' ? '/' : *c == '/' ? '.' : *c;
    struct open_how how = {.flags = O_WRONLY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS};
    int fd cleanup_close = (int)syscall(SYS_openat2, proc, path, &how, sizeof how);
    int rc = fd < 0 || write(fd, value, strlen(value)) < 0 ? error_errno(err, errno, "set sysctl %s to \"%s\"", key, value) : 0;
    step_recordf(steps, start, rc, "sysctl", key, "sysctl -w %s=\"%s\"", key, value);
    return rc;
}

bool process_apparmor_enabled(void)
{
    char *text cleanup_free = file_read("/sys/module/apparmor/parameters/enabled", NULL, NULL);
    return text && *text == 'Y';
}

bool process_selinux_enabled(void)
{
    struct statfs system;
    return statfs("/sys/fs/selinux", &system) == 0 && system.f_type == SELINUX_MAGIC;
}

bool process_resctrl_mounted(void)
{
    struct statfs system;
    return statfs("/sys/fs/resctrl", &system) == 0 && system.f_type == RDTGROUP_SUPER_MAGIC;
}

/* The root of a procfs, and not what an image may have put at /proc. */
static int open_procfs(struct error *err)
{
    struct statfs system;
    struct stat st;
    int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstatfs(fd, &system) < 0 || fstat(fd, &st) < 0)
        return fd_close(fd), error_errno(err, errno, "open /proc");
    if (system.f_type == PROC_SUPER_MAGIC && st.st_ino == PROCFS_ROOT)
        return fd;
    fd_close(fd);
    return error_set(err, EINVAL, "/proc of the container is not procfs");
}

/* A security attribute of this process, in the first of `names` that is there; nothing may be mounted over it (CVE-2025-52881). */
static int write_attribute(const char *const names[2], const char *text, struct error *err)
{
    struct open_how how = {.flags = O_WRONLY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS};
    int proc cleanup_close = open_procfs(err), fd cleanup_close = -EBADF;
    if (proc < 0)
        return proc;
    for (int i = 0; i < 2 && fd < 0; i++)
        fd = (int)syscall(SYS_openat2, proc, names[i], &how, sizeof how);
    if (fd < 0)
        return error_errno(err, errno, "open /proc/%s", names[1]);
    return write(fd, text, strlen(text)) < 0 ? error_errno(err, errno, "write \"%s\" to /proc/%s", text, names[1]) : 0;
}

int process_apparmor(struct steps *steps, const char *profile, struct error *err)
{
    static const char *const names[2] = {"self/attr/apparmor/exec", "self/attr/exec"};
    int64_t start = step_start();
    char *text cleanup_free = str_format("exec %s", profile);
    int rc = write_attribute(names, text, err);
    if (rc < 0)
        error_prefix(err, "unable to apply apparmor profile");
    step_recordf(steps, start, rc, "apparmor", profile, "echo exec %s > /proc/self/attr/apparmor/exec", profile);
    return rc;
}

int process_selinux(struct steps *steps, const char *label, struct error *err)
{
    static const char *const names[2] = {"thread-self/attr/exec", "self/attr/exec"};
    int64_t start = step_start();
    int rc = write_attribute(names, label, err);
    if (rc < 0)
        error_prefix(err, "unable to set the SELinux label");
    step_recordf(steps, start, rc, "selinux", label, "runcon %s ...", label);
    return rc;
}

int process_hostname(struct steps *steps, const char *name, struct error *err)
{
    int64_t start = step_start();
    int rc = sethostname(name, strlen(name)) < 0
                 ? error_set(err, errno, "sethostname: %s", errno == EINVAL ? "invalid argument" : strerror(errno))
                 : 0;
    step_recordf(steps, start, rc, "sethostname", name, "hostname %s", name);
    return rc;
}

int process_domainname(struct steps *steps, const char *name, struct error *err)
{
    int64_t start = step_start();
    int rc = setdomainname(name, strlen(name)) < 0 ? error_errno(err, errno, "set the domain name to \"%s\"", name) : 0;
    step_recordf(steps, start, rc, "setdomainname", name, "domainname %s", name);
    return rc;
}

void process_keyring(struct steps *steps, const char *name)
{
    int64_t start = step_start();
    enum { POSSESSOR_ALL = 0x3f000000, USER_VIEW_READ_SEARCH_LINK = 0x001b0000 };
    long ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name);
    int rc = ring < 0 ? -errno : 0;
    if (ring >= 0) /* to be found by that name by the next process of the container, it must be searchable */
        syscall(SYS_keyctl, KEYCTL_SETPERM, ring, POSSESSOR_ALL | USER_VIEW_READ_SEARCH_LINK);
    step_recordf(steps, start, rc, "keyring", name, "keyctl session %s", name);
}

int process_user(struct steps *steps, uid_t uid, gid_t gid, const gid_t *groups, size_t count, struct error *err)
{
    int64_t start = step_start();
    int rc = 0;
    /* Without privilege there are no additional groups to be had (user_namespaces(7), "setgroups"). */
    if (count != PROCESS_KEEP_GROUPS && setgroups(count, groups) < 0 && !(errno == EPERM && (count == 0 || namespace_ids() == 1)) &&
        !(errno == EINVAL && namespace_confined()))
        rc = error_errno(err, errno, "set %zu additional groups", count);
    else if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setresgid(gid, gid, gid) < 0)
        rc = error_errno(err, errno, "set the group to %u", gid);
    else if (setresuid(uid, uid, uid) < 0)
        rc = error_errno(err, errno, "set the user to %u", uid);
    prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* where fs.suid_dumpable is 1, another user id has made it dumpable */
    char object[48];
    snprintf(object, sizeof object, "%u:%u", uid, gid);
    step_recordf(steps, start, rc, "user", object, "setpriv --reuid=%u --regid=%u --%s-groups", uid, gid,
                 count == PROCESS_KEEP_GROUPS ? "keep" : "clear");
    return rc;
}

int process_open(pid_t pid)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    return fd < 0 ? -errno : fd;
}

int process_signal(int pidfd, int signal) { return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0; }

void process_end(pid_t pid, int pidfd)
{
    (void)process_signal(pidfd, SIGKILL);
    waitpid(pid, NULL, 0);
    fd_close(pidfd);
}

void process_default_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* By the bare system call: the C library keeps signals 32 and 33 to itself. A struct of zeros is SIG_DFL. */
    const unsigned long by_default[4] = {0};
    for (int number = 1; number < NSIG; number++)
        syscall(SYS_rt_sigaction, number, by_default, NULL, sizeof(unsigned long));
}
