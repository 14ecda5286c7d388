/* Terminal state is the one thing that outlives a process that dies carelessly, so it is kept here, in one place, and put back
 * on every way out. */
#include "cli/tty.h"

#include "base/memory.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios saved;
static volatile sig_atomic_t raw_fd = -1;

/* In the background the terminal is somebody else's, and to change it would stop us (SIGTTOU): a signal that ends us would not. */
static bool in_front(int fd)
{
    pid_t front = tcgetpgrp(fd);
    return front < 0 || front == getpgrp();
}

void tty_restore(void)
{
    int fd = raw_fd;
    raw_fd = -1;
    if (fd >= 0 && in_front(fd))
        tcsetattr(fd, TCSANOW, &saved);
}

static void on_fatal(int number)
{
    tty_restore();
    signal(number, SIG_DFL);
    raise(number);
}

static bool change(int fd, void (*how)(struct termios *settings))
{
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTERM, SIGHUP, SIGINT, SIGQUIT};
    static bool registered;
    if (raw_fd >= 0 || tcgetattr(fd, &saved) < 0)
        return raw_fd >= 0;
    struct termios changed = saved;
    how(&changed);
    if (!registered)
        atexit(tty_restore);
    registered = true;
    for (size_t i = 0; i < ARRAY_LEN(fatal); i++)
        signal(fatal[i], on_fatal);
    raw_fd = fd;
    return tcsetattr(fd, TCSANOW, &changed) == 0;
}

static void make_raw(struct termios *settings)
{
    cfmakeraw(settings);
    settings->c_cc[VMIN] = 1;
    settings->c_cc[VTIME] = 0;
}

static void make_silent(struct termios *settings) { settings->c_lflag &= ~(tcflag_t)ECHO; }

bool tty_raw(int fd) { return change(fd, make_raw); }
bool tty_silent(int fd) { return change(fd, make_silent); }

bool tty_size(int fd, unsigned *rows, unsigned *columns)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0 || !size.ws_row || !size.ws_col)
        return false;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return true;
}

static int key_byte(const char *name)
{
    static const char marks[] = "@abcdefghijklmnopqrstuvwxyz[\\]^_";
    if (strlen(name) == 1)
        return (unsigned char)name[0];
    if (!str_starts(name, "ctrl-") || strlen(name) != 6)
        return -1;
    const char *found = strchr(marks, tolower((unsigned char)name[5]));
    return found ? (int)(found - marks) : -1;
}

int tty_keys_parse(const char *text, struct tty_keys *keys, struct error *err)
{
    *keys = (struct tty_keys){0};
    cleanup_strv char **names = str_split(text, ',');
    for (size_t i = 0; names[i]; i++) {
        int byte = key_byte(names[i]);
        if (byte < 0 || keys->count == sizeof keys->bytes)
            return error_set(err, EINVAL, "Invalid detach keys (%s) provided", text);
        keys->bytes[keys->count++] = (unsigned char)byte;
    }
    return 0;
}

bool tty_keys_filter(struct tty_keys *keys, const char *bytes, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i++) {
        if (keys->count && (unsigned char)bytes[i] == keys->bytes[keys->matched]) {
            if (++keys->matched == keys->count)
                return true;
            continue;
        }
        buf_add(out, keys->bytes, keys->matched);
        keys->matched = keys->count && (unsigned char)bytes[i] == keys->bytes[0] && keys->matched ? 1 : 0;
        if (!keys->matched)
            buf_putc(out, bytes[i]);
    }
    return false;
}
