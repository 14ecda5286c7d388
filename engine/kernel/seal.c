/* Running from a private read-only mount; see seal.h. A mount costs a tenth of what copying the program to a memfd would. */
#include "kernel/seal.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int held = -EBADF;

/* execveat(2): the kernel calls a program that was run by its descriptor "/dev/fd/N", and "/dev/fd/N/NAME" one that was run by its
 * directory's. */
static void take_over(void)
{
    const char *path = (const char *)getauxval(AT_EXECFN);
    int fd, end;
    if (path && sscanf(path, "/dev/fd/%d%n", &fd, &end) == 1 && !path[end] && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
        held = fd;
}

void seal_let_go(void) { held = fd_close(held); }

static void open_streams(const char *program)
{
    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || open("/dev/null", O_RDWR) == fd)
            continue;
        dprintf(STDERR_FILENO, "%s: open /dev/null in place of a standard stream that is closed: %s\n", program, strerror(errno));
        _exit(1);
    }
}

void seal_self(char **argv)
{
    open_streams(base_name(argv[0]));
    struct statvfs where;
    if (statvfs("/proc/self/exe", &where) == 0 && where.f_flag & ST_RDONLY) {
        prctl(PR_SET_NAME, base_name(argv[0])); /* exec by descriptor names a process after the descriptor's number */
        take_over();
        return;
    }
    int tree cleanup_close = (int)syscall(SYS_open_tree, AT_FDCWD, "/proc/self/exe", OPEN_TREE_CLONE);
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    if (tree >= 0 && syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof attr) == 0)
        syscall(SYS_execveat, tree, "", argv, environ, AT_EMPTY_PATH);
}
