/* The network namespaces that a container has made itself: those that are named below its /run/netns (a lab's `ip netns add`), and
 * those that only its processes hold. Paths inside are the learner's and are looked up with care. */
#include "observe/network_picture.h"

#include "base/memory.h"
#include "base/strings.h"
#include "observe/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { NAMES_MOST = 1024 /* looked at in /run/netns: it is the learner's directory */ };

/* Paths inside are the learner's: they are looked up below the container's root, and only what proves to be a network namespace is
 * opened. */
static int open_inside(int root, const char *path, int flags)
{
    struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC), .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

static int open_named(int root, const char *name)
{
    cleanup_free char *path = str_format("run/netns/%s", name);
    cleanup_close int there = open_inside(root, path, O_PATH);
    struct statfs filesystem;
    if (there < 0 || fstatfs(there, &filesystem) < 0 || filesystem.f_type != NSFS_MAGIC)
        return -EINVAL;
    cleanup_free char *again = str_format("/proc/self/fd/%d", there);
    cleanup_close int netns = open(again, O_RDONLY | O_CLOEXEC);
    if (netns < 0 || ioctl(netns, NS_GET_NSTYPE) != CLONE_NEWNET)
        return -EINVAL;
    return move_fd(netns);
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void add_named(struct network_picture *picture, pid_t pid, const char *prefix)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/root", (int)pid);
    cleanup_close int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    /* With the machine's own mounts, the names there are the machine's. */
    int fd = root < 0 || proc_namespace(pid, "mnt") == proc_namespace(getpid(), "mnt")
                 ? -1
                 : open_inside(root, "run/netns", O_RDONLY | O_DIRECTORY);
    cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    char **names cleanup_strv = NULL;
    if (!dir)
        fd_close(fd);
    size_t left = NAMES_MOST;
    for (struct dirent *entry; dir && left && (entry = readdir(dir)); left--)
        if (*entry->d_name != '.')
            strv_add(&names, entry->d_name);
    if (names)
        qsort(names, strv_len(names), sizeof *names, by_text);
    for (char **name = names; name && *name; name++) {
        int netns = open_named(root, *name);
        cleanup_free char *shown = str_format("%s%s", prefix, *name);
        if (netns >= 0)
            (void)network_picture_add(picture, shown, netns, NULL);
    }
}

static char *status_of(pid_t pid) { return proc_read(pid, "status", NULL, NULL); }

/* As deep in pid namespaces as `pid`, where that is deeper than the caller; or descended from it. A control group alone may be
 * shared with others. */
static bool belongs(pid_t member, pid_t pid)
{
    cleanup_free char *own = status_of(getpid()), *first = status_of(pid), *status = status_of(member);
    if (own && first && status && proc_depth(first) > proc_depth(own) && proc_depth(status) >= proc_depth(first))
        return true;
    for (int depth = 0; depth < 64 && member > 1 && member != pid; depth++) {
        cleanup_free char *line = status_of(member);
        cleanup_free char *parent = line ? proc_field(line, "PPid") : NULL;
        member = parent ? (pid_t)atoi(parent) : 0;
    }
    return member == pid;
}

/* Namespaces without a name, held by processes only (`unshare --net`). */
static void add_of_processes(struct network_picture *picture, pid_t pid, const char *prefix)
{
    cleanup_free pid_t *members = proc_members(pid, NULL);
    for (pid_t *member = members; member && *member; member++) {
        uint64_t inode = proc_namespace(*member, "net");
        if (!inode || network_picture_knows(picture, inode) || !belongs(*member, pid))
            continue;
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/ns/net", (int)*member);
        int netns = open(path, O_RDONLY | O_CLOEXEC);
        cleanup_free char *command = proc_read(*member, "comm", NULL, NULL);
        if (netns < 0 || !command) {
            fd_close(netns);
            continue;
        }
        cleanup_free char *name = str_format("%spid %d (%s)", prefix, (int)*member, str_trim(command));
        (void)network_picture_add(picture, name, netns, NULL);
    }
}

void network_picture_add_inner(struct network_picture *picture, pid_t pid, const char *prefix)
{
    add_named(picture, pid, prefix);
    add_of_processes(picture, pid, prefix);
}
