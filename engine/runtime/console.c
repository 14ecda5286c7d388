/* A terminal of the container's own: a new pty from its devpts. The peer is opened through the master (TIOCGPTPEER), never by a
 * path that somebody could exchange, and is bound by descriptor to /dev/console, which must be no link (CVE-2025-52565). */
#include "base/json.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

/* Descriptor of what the terminal is to be bound onto, made when missing. Through a link it would be bound anywhere. */
static int console_target(int root, struct error *err)
{
    int dev cleanup_close = root_open_plain(root, "/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int target = dev < 0 ? dev : root_open_plain(dev, "console", O_PATH | O_CLOEXEC);
    if (dev >= 0 && target == -ENOENT) {
        int made cleanup_close = openat(dev, "console", O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0644);
        target = made < 0 && errno != EEXIST ? -errno : root_open_plain(dev, "console", O_PATH | O_CLOEXEC);
    }
    if (target == -ELOOP)
        return error_set(err, ELOOP, "/dev/console of the root filesystem must be an ordinary file, it is a link");
    return target < 0 ? error_errno(err, -target, "make /dev/console in the root filesystem") : target;
}

static int bind_console(struct steps *steps, int root, int peer, struct error *err)
{
    int64_t start = step_start();
    struct mount_options plain = {.as_given = (char *)""};
    int target cleanup_close = console_target(root, err);
    if (target < 0)
        return target;
    int tree cleanup_close = mount_copy(peer, "", &plain, "/dev/console", err);
    return tree < 0 ? tree : mount_attach(steps, start, tree, target, "/dev/console", "mount --bind /dev/pts/0 /dev/console", err);
}

/* Only a devpts is looked into, where nobody can put anything: elsewhere the name may be a link to what must not even be opened. */
static int open_master(int root, struct error *err)
{
    struct statfs where;
    struct stat status;
    int pts cleanup_close = root_open(root, "/dev/pts", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (pts < 0 || fstatfs(pts, &where) < 0)
        return error_errno(err, pts < 0 ? -pts : errno, "open a terminal at /dev/pts/ptmx");
    if (where.f_type != DEVPTS_SUPER_MAGIC)
        return error_set(err, EINVAL, "/dev/pts of the container is no devpts: it needs one for a terminal");
    int master cleanup_close = root_open_plain(pts, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0)
        return error_errno(err, -master, "open a terminal at /dev/pts/ptmx");
    if (fstat(master, &status) < 0 || !S_ISCHR(status.st_mode) || status.st_rdev != makedev(5, 2))
        return error_set(err, EINVAL, "/dev/pts/ptmx of the container is not a terminal multiplexer");
    return move_fd(master);
}

int console_open(struct steps *steps, int root, const json_t *process, int console_socket, bool console, struct error *err)
{
    int64_t start = step_start();
    int unlock = 0;
    int master cleanup_close = open_master(root, err);
    if (master < 0)
        return master;
    if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
        return error_errno(err, errno, "unlock the terminal");
    int peer cleanup_close = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (peer < 0)
        return error_errno(err, errno, "open the terminal's other end");
    struct winsize size = {.ws_row = (unsigned short)json_num(process, "consoleSize.height", 0),
                           .ws_col = (unsigned short)json_num(process, "consoleSize.width", 0)};
    if (size.ws_row || size.ws_col)
        ioctl(master, TIOCSWINSZ, &size);
    int rc = console ? bind_console(steps, root, peer, err) : 0;
    if (!rc && (rc = fds_send(console_socket, "/dev/ptmx", 9, &master, 1)) < 0)
        rc = error_errno(err, -rc, "hand the terminal to the console socket");
    if (!rc && ioctl(peer, TIOCSCTTY, 0) < 0)
        rc = error_errno(err, errno, "make the terminal the controlling one");
    for (int fd = 0; fd < 3 && !rc; fd++)
        if (dup2(peer, fd) < 0)
            rc = error_errno(err, errno, "set up standard streams");
    step_record(steps, start, rc, "terminal", "/dev/pts", "script -q -c COMMAND /dev/null");
    return rc;
}
