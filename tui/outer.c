/* Taking the terminal and giving it back: newterm, the restore string, the crash handler, the guarding parent. */
#include "tui/outer.h"

#include "base/memory.h"
#include "base/strings.h"
#include "tui/glyph.h"
#include "tui/input.h"
#include "tui/pace.h"
#include "tui/palette.h"

#include <errno.h>
#include <fcntl.h>
#include <ncurses.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

static struct {
    struct termios before;
    bool saved, open;
    char restore[256];
    size_t restore_len;
    SCREEN *screen;
    bool mouse, motion;
    bool more;  /* one with xterm's modes: the Linux console and a VT100 have none, and nothing to tell so by but the missing screen
                 */
    int errors; /* standard error, kept aside: a library's message must not land in the picture */
} outer = {.errors = -1};

/* What turns everything off again that the UI may have turned on; harmless when it was not on. */
static const char always[] = "\033[?2004l\033[?1003l\033[?1002l\033[?1006l\033[?25h\033[0m\033[?1l\033>\033[?1049l\r";

/* Only calls that are safe in a signal handler. In the background the terminal is somebody else's, and to change it would stop the
 * program (SIGTTOU) that a signal was to end. */
static void restore_now(void)
{
    pid_t front = tcgetpgrp(STDIN_FILENO);
    if (front > 0 && front != getpgrp())
        return;
    const char *bytes = outer.restore_len ? outer.restore : always;
    size_t len = outer.restore_len ? outer.restore_len : sizeof always - 1;
    if (write(STDOUT_FILENO, bytes, len) < 0 || (outer.saved && tcsetattr(STDIN_FILENO, TCSADRAIN, &outer.before) < 0))
        return;
}

static void on_crash(int number)
{
    if (outer.open)
        restore_now();
    signal(number, SIG_DFL);
    raise(number);
}

static void catch_crashes(void)
{
    static char stack[16384];
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
    struct sigaction action = {.sa_handler = on_crash, .sa_flags = (int)(SA_ONSTACK | SA_NODEFER | SA_RESETHAND)};
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        sigaction(signals[i], &action, NULL);
}

/* The guard passes nothing on: signals from the keyboard reach the whole foreground group, and SIGTERM to the guard is sent on. */
static pid_t guarded;
static void pass_on(int number) { kill(guarded, number); }

int outer_guard(void)
{
    if (tcgetattr(STDIN_FILENO, &outer.before) == 0)
        outer.saved = true;
    pid_t parent = getpid(), child = fork();
    if (child < 0)
        return -1;
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
            _exit(1);
        return -1;
    }
    guarded = child;
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGTERM, pass_on);
    signal(SIGHUP, pass_on);
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (!WIFSIGNALED(status))
        return WEXITSTATUS(status);
    restore_now();
    dprintf(STDERR_FILENO, "slipway: the UI was ended by signal %d (%s); the terminal is restored\n", WTERMSIG(status),
            strsignal(WTERMSIG(status)));
    return 128 + WTERMSIG(status);
}

/* What terminfo says undoes our modes, kept as bytes for the crash handler. */
static void prepare_restore(void)
{
    static const char *const names[] = {"cnorm", "sgr0", "op", "rmkx", "rmcup"};
    struct buf text = BUF_INIT;
    if (outer.more)
        buf_puts(&text, "\033[?2004l\033[?1003l\033[?1002l\033[?1006l");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = tigetstr(names[i]);
        if (value && value != (const char *)-1)
            buf_puts(&text, value);
    }
    buf_puts(&text, "\r\n");
    outer.restore_len = text.len < sizeof outer.restore ? text.len : 0;
    memcpy(outer.restore, text.data, outer.restore_len);
    buf_free(&text);
}

static void say_mouse(bool on)
{
    outer.motion = false;
    if (!outer.more)
        return;
    putp(on ? "\033[?1002h\033[?1006h" : "\033[?1003l\033[?1002l\033[?1006l");
    fflush(stdout);
}

static void say_paste(bool on)
{
    if (!outer.more)
        return;
    putp(on ? "\033[?2004h" : "\033[?2004l");
    fflush(stdout);
}

bool outer_takes_copies(void) { return outer.more; }

void outer_mouse(bool on)
{
    if (outer.open && on != outer.mouse)
        say_mouse(on);
    outer.mouse = on;
}

void outer_motion(bool on)
{
    if (!outer.open || !outer.mouse || on == outer.motion || !outer.more)
        return;
    putp(on ? "\033[?1003h" : "\033[?1003l\033[?1002h");
    fflush(stdout);
    outer.motion = on;
}

int outer_open(struct error *err)
{
    static const char *const others[] = {"xterm-256color", "xterm", "vt100"};
    if (!outer.saved && tcgetattr(STDIN_FILENO, &outer.before) == 0)
        outer.saved = true;
    const char *name = getenv("TERM");
    if (!str_empty(name) && !str_equal(name, "dumb"))
        outer.screen = newterm(name, stdout, stdin);
    for (size_t i = 0; !outer.screen && i < ARRAY_LEN(others); i++)
        outer.screen = newterm(others[i], stdout, stdin);
    if (!outer.screen)
        return error_set(err, ENOTTY, "the terminal type \"%s\" is unknown here and so are its stand-ins; try TERM=xterm",
                         str_or(name, ""));
    set_escdelay(25);
    raw();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    nodelay(stdscr, TRUE);
    keypad(stdscr, TRUE);
    leaveok(stdscr, FALSE);
    curs_set(0);
    glyph_open();
    palette_open();
    input_open();
    const char *screen = tigetstr("smcup");
    outer.more = isatty(STDOUT_FILENO) && screen && screen != (const char *)-1;
    prepare_restore();
    catch_crashes();
    outer.open = true;
    int nothing = isatty(STDERR_FILENO) ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;
    if (nothing >= 0) {
        outer.errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
        dup2(nothing, STDERR_FILENO);
        fd_close(nothing);
    }
    say_paste(true);
    pace_open();
    outer_resized();
    return 0;
}

void outer_close(void)
{
    if (!outer.open)
        return;
    outer.open = false;
    pace_close();
    if (outer.mouse)
        say_mouse(false);
    say_paste(false);
    curs_set(1);
    endwin();
    delscreen(outer.screen);
    outer.screen = NULL;
    if (outer.errors >= 0) {
        dup2(outer.errors, STDERR_FILENO);
        outer.errors = fd_close(outer.errors);
    }
}

void outer_suspend(void)
{
    pace_close();
    if (outer.mouse)
        say_mouse(false);
    say_paste(false);
    endwin();
    kill(0, SIGSTOP);
    say_paste(true);
    if (outer.mouse)
        say_mouse(true);
    pace_open();
    outer_resized();
    clearok(curscr, TRUE);
}

bool outer_resized(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col == 0)
        return false;
    if (size.ws_row == LINES && size.ws_col == COLS)
        return false;
    resizeterm(size.ws_row, size.ws_col);
    clearok(curscr, TRUE);
    return true;
}
