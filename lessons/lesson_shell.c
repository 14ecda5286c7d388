/* The shell of a lesson's test. What is to be run goes to it over its terminal, and its exit code comes back the same way between
 * marks that no command knows: so the same works in a lab machine, where the terminal is all that there is.
 */
#include "lessons/lesson_shell.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/memory.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum {
    RUN_SECONDS = 60,
    FOLLOW_QUIET_MS = 700,
    FOLLOW_MOST_MS = 5000,
    FOLLOW_END_MS = 2000,
    CTRL_C = 0x03,
    CTRL_D = 0x04,
    MARK = 0x1e
};

/* Lines up to one that is the nonce are a block; it runs in this very shell, so that directories and variables stay. A block of
 * several commands fails with any of them, as nobody reads on after an error. */
static const char driver[] = "stty -echo; trap : INT\n"
                             "printf '\\036%s ready\\036' \"$0\"\n"
                             "while :; do\n"
                             "  slipway_block=\n"
                             "  while :; do\n"
                             "    IFS= read -r slipway_line || exit 0\n"
                             "    [ \"$slipway_line\" = \"$0\" ] && break\n"
                             "    slipway_block+=$slipway_line$'\\n'\n"
                             "  done\n"
                             "  slipway_failed=0; trap 'slipway_failed=$?' ERR\n"
                             "  eval \"$slipway_block\"\n"
                             "  slipway_code=$?; trap - ERR; stty sane -echo\n"
                             "  [ $slipway_code = 0 ] && slipway_code=$slipway_failed\n"
                             "  printf '\\036%s %d\\036' \"$0\" \"$slipway_code\"\n"
                             "done\n";

static char **with_script(char *const *command, const char *nonce)
{
    char **all = strv_copy(command);
    strv_add(&all, "-c");
    strv_add(&all, driver);
    strv_add(&all, nonce);
    return all;
}

static void child(char *const *command, const char *directory)
{
    if (directory) {
        setenv("HOME", directory, 1);
        if (chdir(directory) < 0)
            _exit(127);
    }
    setenv("TERM", "xterm", 1);
    unsetenv("ENV");
    unsetenv("BASH_ENV");
    static const int usual[] = {SIGPIPE, SIGINT, SIGQUIT, SIGHUP, SIGTERM}; /* a test in the background ignores Ctrl-C */
    for (size_t i = 0; i < ARRAY_LEN(usual); i++)
        signal(usual[i], SIG_DFL);
    execv(command[0], command);
    _exit(127);
}

/* Adds what comes to `output` until the mark is there (its number in *code), nothing came for `quiet_ms`, or `deadline`. */
enum heard { HEARD_MARK, HEARD_SILENCE, HEARD_LATE, HEARD_END };

static bool find_mark(const struct lesson_shell *shell, struct buf *output, size_t from, char *word, size_t room)
{
    cleanup_free char *mark = str_format("%c%s ", MARK, shell->nonce);
    char *at = output->len > from ? memmem(output->data + from, output->len - from, mark, strlen(mark)) : NULL;
    char *end = at ? memchr(at + 1, MARK, output->len - (size_t)(at + 1 - output->data)) : NULL;
    if (!end)
        return false;
    size_t len = (size_t)(end - at) - strlen(mark);
    len = len < room ? len : room - 1;
    memcpy(word, at + strlen(mark), len);
    word[len] = 0;
    output->len = (size_t)(at - output->data);
    output->data[output->len] = 0;
    return true;
}

static enum heard listen_to(const struct lesson_shell *shell, struct buf *output, size_t from, int quiet_ms, int64_t deadline,
                            char *word, size_t room)
{
    char piece[4096];
    for (;;) {
        int64_t left = (deadline - clock_mono_ns()) / 1000000;
        if (left <= 0)
            return HEARD_LATE;
        struct pollfd poll_fd = {.fd = shell->fd, .events = POLLIN};
        int wait = quiet_ms >= 0 && quiet_ms < left ? quiet_ms : (int)left;
        int ready = poll(&poll_fd, 1, wait);
        if (ready == 0)
            return wait == (int)left ? HEARD_LATE : HEARD_SILENCE;
        ssize_t got = ready > 0 ? read(shell->fd, piece, sizeof piece) : -1;
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return HEARD_END;
        buf_add(output, piece, (size_t)got);
        if (find_mark(shell, output, from, word, room))
            return HEARD_MARK;
    }
}

static int64_t in_ms(int ms) { return clock_mono_ns() + (int64_t)ms * 1000000; }

int lesson_shell_open(struct lesson_shell *shell, char *const *command, const char *directory, struct error *err)
{
    unsigned char seed[8];
    *shell = (struct lesson_shell){.fd = -EBADF};
    if (getrandom(seed, sizeof seed, 0) != sizeof seed)
        return error_errno(err, errno, "draw a number");
    str_hex(seed, sizeof seed, shell->nonce);
    cleanup_strv char **all = with_script(command, shell->nonce);
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    shell->pid = forkpty(&shell->fd, NULL, NULL, &size);
    if (shell->pid < 0)
        return error_errno(err, errno, "make a terminal for the lesson's shell");
    if (shell->pid == 0)
        child(all, directory);
    cleanup_buf struct buf output = BUF_INIT;
    char word[16] = "";
    enum heard heard = listen_to(shell, &output, 0, -1, in_ms(RUN_SECONDS * 1000), word, sizeof word);
    if (heard == HEARD_MARK)
        return 0;
    lesson_shell_close(shell);
    return error_set(err, EPIPE, "start %s for the lesson: %s", command[0], output.len ? output.data : "it ended");
}

/* Until it is silent, then Ctrl-C; what that does not end reads its input, and gets the end of it. */
static enum heard follow_to_its_end(struct lesson_shell *shell, struct buf *output, size_t from, char *word, size_t room)
{
    static const char ends[] = {CTRL_C, CTRL_C, CTRL_C, CTRL_D}; /* the third makes a docker client go */
    int64_t deadline = in_ms(FOLLOW_MOST_MS);
    enum heard heard = listen_to(shell, output, from, FOLLOW_QUIET_MS, deadline, word, room);
    for (size_t i = 0; (heard == HEARD_SILENCE || heard == HEARD_LATE) && i < sizeof ends; i++) {
        if (write_full(shell->fd, &ends[i], 1) < 0)
            return HEARD_END;
        heard = listen_to(shell, output, from, -1, in_ms(FOLLOW_END_MS), word, room);
    }
    return heard == HEARD_SILENCE ? HEARD_LATE : heard;
}

int lesson_shell_run(struct lesson_shell *shell, const char *text, bool follow, struct buf *output, struct error *err)
{
    cleanup_free char *block = str_format("%s\n%s\n", text, shell->nonce);
    size_t from = output->len;
    char word[16] = "";
    long long code = 0;
    if (write_full(shell->fd, block, strlen(block)) < 0)
        return error_set(err, EPIPE, "the shell has ended");
    enum heard heard = follow ? follow_to_its_end(shell, output, from, word, sizeof word)
                              : listen_to(shell, output, from, -1, in_ms(RUN_SECONDS * 1000), word, sizeof word);
    if (heard == HEARD_END)
        return error_set(err, EPIPE, "the shell ended; a block may not leave it");
    if (heard != HEARD_MARK)
        return error_set(err, ETIMEDOUT,
                         follow ? "Ctrl-C did not end it"
                                : "it did not end within %d seconds; does it wait for input, or is it ```run follow?",
                         RUN_SECONDS);
    str_to_int(word, &code);
    return (int)code;
}

void lesson_shell_close(struct lesson_shell *shell)
{
    shell->fd = fd_close(shell->fd);
    if (shell->pid <= 0)
        return;
    kill(shell->pid, SIGHUP);
    for (int tries = 0; waitpid(shell->pid, NULL, WNOHANG) == 0; tries++) {
        if (tries == 100)
            kill(shell->pid, SIGKILL);
        poll(NULL, 0, 10);
    }
    shell->pid = 0;
}
