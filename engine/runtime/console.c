/* A terminal of the container's own: a new pty from its devpts. The peer is opened through the master (TIOCGPTPEER), never by a
 * path that somebody could exchange (CVE-2025-52565), and is bound to /dev/console by descriptor. */
#include "base/json.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

static int bind_console(struct steps *steps, int root, int peer, struct error *err)
{
    int64_t start = step_start();
    struct mount_options plain = {.as_given = (char *)""};
    int target cleanup_close = root_make(root, "/dev/console", true, 0755, err);
    if (target < 0)
        return target;
    int tree cleanup_close = mount_copy(peer, "", &plain, "/dev/console", err);
    return tree < 0 ? tree : mount_attach(steps, start, tree, target, "/dev/console", "mount --bind /dev/pts/0 /dev/console", err);
}

static int open_master(int root, struct error *err)
{
    int master = root_open(root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct stat status;
    if (master < 0)
        return error_errno(err, -master, "open a terminal at /dev/pts/ptmx");
    if (fstat(master, &status) < 0 || !S_ISCHR(status.st_mode) || status.st_rdev != makedev(5, 2)) {
        fd_close(master);
        return error_set(err, EINVAL, "/dev/pts/ptmx of the container is not a terminal multiplexer");
    }
    return master;
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
