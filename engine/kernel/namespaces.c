/* Namespaces; see namespaces.h. */
#include "kernel/namespaces.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/id_maps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int setns(int fd, int kind);
int unshare(int flags);

const struct namespace_kind namespace_kinds[NAMESPACE_KINDS] = {
    {"user", "user", CLONE_NEWUSER},  {"ipc", "ipc", CLONE_NEWIPC},  {"uts", "uts", CLONE_NEWUTS},
    {"network", "net", CLONE_NEWNET}, {"pid", "pid", CLONE_NEWPID},  {"cgroup", "cgroup", CLONE_NEWCGROUP},
    {"time", "time", CLONE_NEWTIME},  {"mount", "mnt", CLONE_NEWNS},
};

const struct namespace_kind *namespace_kind(const char *name)
{
    for (size_t i = 0; name && i < NAMESPACE_KINDS; i++)
        if (!strcmp(namespace_kinds[i].name, name) || !strcmp(namespace_kinds[i].file, name))
            return &namespace_kinds[i];
    return NULL;
}

bool namespace_known(const struct namespace_kind *kind)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/ns/%s", kind->file);
    return access(path, F_OK) == 0;
}

unsigned namespace_ids(void)
{
    static unsigned known;
    if (!known) {
        unsigned first, outside, count;
        char *map cleanup_free = file_read("/proc/self/uid_map", NULL, NULL);
        known = map && sscanf(map, "%u %u %u", &first, &outside, &count) == 3 && !first ? count : UINT32_MAX;
        if (known == UINT32_MAX && map && outside)
            known--; /* all of them, and yet another's */
    }
    return known;
}

bool namespace_confined(void) { return namespace_ids() != UINT32_MAX; }

int namespace_chown(int at, const char *name, uid_t uid, gid_t gid)
{
    int rc = fchownat(at, name, uid, gid, *name ? AT_SYMLINK_NOFOLLOW : AT_EMPTY_PATH);
    return rc < 0 && errno == EINVAL && namespace_confined() ? 0 : rc;
}

/* "--pid --mount" for unshare(1). */
static void flag_words(unsigned long flags, struct buf *out)
{
    static const char *const words[NAMESPACE_KINDS] = {"user", "ipc", "uts", "net", "pid", "cgroup", "time", "mount"};
    for (size_t i = 0; i < NAMESPACE_KINDS; i++)
        if (flags & namespace_kinds[i].flag)
            buf_printf(out, " --%s", words[i]);
}

/* The kernel stores the child's pid, as the parent sees it, here before the child runs: shared memory, so both can read it. */
static pid_t *pid_slot(void)
{
    static pid_t *slot;
    if (!slot) {
        void *page = mmap(NULL, sizeof *slot, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        slot = page == MAP_FAILED ? NULL : page;
    }
    return slot;
}

/* CLONE_INTO_CGROUP puts the child where a shell would have to go first. */
static char *way_into(int cgroup)
{
    char link[64], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", cgroup);
    ssize_t len = cgroup < 0 ? 0 : readlink(link, path, sizeof path - 1);
    if (len <= 0)
        return xstrdup("");
    path[len] = 0;
    return str_format("echo $$ > %s/cgroup.procs; ", path);
}

pid_t namespace_clone(struct steps *steps, unsigned long flags, int cgroup, int *pidfd, struct error *err)
{
    int64_t start = step_start();
    pid_t *slot = pid_slot();
    int fd = -EBADF;
    struct clone_args args = {.flags = flags | CLONE_PIDFD | (slot ? CLONE_PARENT_SETTID : 0),
                              .pidfd = (uintptr_t)&fd,
                              .parent_tid = (uintptr_t)slot,
                              .exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD};
    if (cgroup >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)cgroup;
    }
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    int code = errno;
    if (pid == 0) {
        if (slot)
            step_set_pid(*slot);
        return 0;
    }
    if (steps) {
        struct buf words cleanup_buf = BUF_INIT;
        flag_words(flags, &words);
        char *way cleanup_free = way_into(cgroup);
        step_recordf(steps, start, pid < 0 ? -code : 0, "clone3", words.data ? words.data + 1 : "process", "%sunshare --fork%s",
                     way, str_or(words.data, ""));
    }
    if (pid < 0)
        return error_errno(err, code, "clone3 with new namespaces");
    *pidfd = fd;
    return pid;
}

int namespace_join(struct steps *steps, int fd, const struct namespace_kind *kind, const char *shown, struct error *err)
{
    int64_t start = step_start();
    int rc = setns(fd, (int)kind->flag) < 0 ? error_errno(err, errno, "join the %s namespace %s", kind->name, shown) : 0;
    step_recordf(steps, start, rc, "setns", kind->name, "nsenter --%s=%s", kind->flag == CLONE_NEWNS ? "mount" : kind->file, shown);
    return rc;
}

int namespace_unshare(struct steps *steps, unsigned long flags, struct error *err)
{
    int64_t start = step_start();
    struct buf words cleanup_buf = BUF_INIT;
    flag_words(flags, &words);
    int rc = unshare((int)flags) < 0 ? error_errno(err, errno, "unshare%s", str_or(words.data, "")) : 0;
    step_recordf(steps, start, rc, "unshare", words.data ? words.data + 1 : "", "unshare%s", str_or(words.data, ""));
    return rc;
}

int namespace_of_maps(struct steps *steps, const json_t *uids, const json_t *gids, struct error *err)
{
    int pidfd cleanup_close = -EBADF;
    pid_t holder = namespace_clone(steps, CLONE_NEWUSER, -EBADF, &pidfd, err);
    if (holder == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    if (holder < 0)
        return holder;
    char *path cleanup_free = str_format("/proc/%d/ns/user", (int)holder);
    int rc = id_maps_write(steps, holder, uids, gids, err);
    int userns = rc < 0 ? rc : open(path, O_RDONLY | O_CLOEXEC);
    if (!rc && userns < 0)
        userns = error_errno(err, errno, "open %s", path);
    kill(holder, SIGKILL);
    waitpid(holder, NULL, 0);
    return userns;
}

unsigned namespace_outer_id(const json_t *mappings, unsigned id)
{
    size_t i;
    json_t *item;
    json_array_foreach(mappings, i, item)
    {
        long long first = json_num(item, "containerID", 0), size = json_num(item, "size", 0);
        if (id >= first && id < first + size)
            return (unsigned)(json_num(item, "hostID", 0) + id - first);
    }
    return id;
}
