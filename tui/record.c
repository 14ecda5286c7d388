/* `slipway --record FILE`: the UI on a pseudoterminal of ours, whose output goes on to the person's terminal and, with its time,
 * into an asciicast v2 file (docs.asciinema.org/manual/asciicast/v2): a line of JSON for the header, then one for each piece of
 * output
 * ("o") and each new size ("r"). What is typed is not kept: it may be a password.
 */
#include "tui/tui.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/outer.h"
#include "tui/pace.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { TYPED_MOST = 65536 }; /* what is typed or pasted waits here while the UI is busy; more waits in the terminal */

struct tape {
    FILE *file;
    const char *path;
    int64_t start;
    struct buf held; /* the beginning of a character whose end is still to come */
    bool broken;     /* told once, and the UI goes on without */
};

struct recorder {
    struct tape tape;
    struct termios before;
    struct winsize size;
    int master, signals;
    pid_t child;
    bool exited;
    int status;
    struct buf typed;
};

static struct winsize size_now(void)
{
    struct winsize size = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_row || !size.ws_col)
        size = (struct winsize){.ws_row = 24, .ws_col = 80};
    return size;
}

static void write_line(struct tape *tape, json_t *line)
{
    char *text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(12));
    if (!tape->broken && (!text || fprintf(tape->file, "%s\n", text) < 0 || fflush(tape->file) != 0))
        tape->broken = true;
    free(text);
    json_decref(line);
}

static void write_header(struct tape *tape, const struct winsize *size)
{
    write_line(tape, json_pack("{s:i,s:i,s:i,s:I,s:s,s:{s:s,s:s}}", "version", 2, "width", size->ws_col, "height", size->ws_row,
                               "timestamp", (json_int_t)time(NULL), "title", "Slipway", "env", "TERM", str_or(getenv("TERM"), ""),
                               "SHELL", str_or(getenv("SHELL"), "/bin/sh")));
}

static void write_event(struct tape *tape, const char *kind, const char *text, size_t len)
{
    double seconds = (double)((clock_mono_ns() - tape->start) / 1000) / 1e6;
    write_line(tape, json_pack("[f,s,o]", seconds, kind, json_text_value(text, len)));
}

/* How many bytes at the end are the beginning of a character that is not whole yet. */
static size_t unfinished(const struct buf *text)
{
    for (size_t back = 1; back <= 3 && back <= text->len; back++) {
        unsigned char byte = (unsigned char)text->data[text->len - back];
        size_t need = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
        if (byte >= 0xC0)
            return need > back ? back : 0;
        if (byte < 0x80)
            return 0;
    }
    return 0;
}

static void write_output(struct tape *tape, const char *bytes, size_t len)
{
    buf_add(&tape->held, bytes, len);
    size_t whole = tape->held.len - unfinished(&tape->held);
    if (!whole)
        return;
    write_event(tape, "o", tape->held.data, whole);
    buf_consume(&tape->held, whole);
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t done = write(fd, bytes, len);
        if (done < 0 && errno != EINTR)
            return false;
        bytes += done > 0 ? done : 0;
        len -= done > 0 ? (size_t)done : 0;
    }
    return true;
}

static void raw_mode(const struct recorder *recorder)
{
    struct termios raw = recorder->before;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

static void follow_size(struct recorder *recorder)
{
    struct winsize size = size_now();
    if (size.ws_row == recorder->size.ws_row && size.ws_col == recorder->size.ws_col)
        return;
    recorder->size = size;
    ioctl(recorder->master, TIOCSWINSZ, &size);
    cleanup_free char *text = str_format("%dx%d", size.ws_col, size.ws_row);
    write_event(&recorder->tape, "r", text, strlen(text));
}

/* False when the UI's side is closed. */
static bool on_output(struct recorder *recorder)
{
    char bytes[16384];
    ssize_t got = read(recorder->master, bytes, sizeof bytes);
    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    write_output(&recorder->tape, bytes, (size_t)got);
    return write_all(STDOUT_FILENO, bytes, (size_t)got);
}

/* The UI stopped itself (^Z): so do we, when what it said on leaving the terminal is said; and both go on together. */
static void stop_together(struct recorder *recorder)
{
    for (struct pollfd more = {.fd = recorder->master, .events = POLLIN}; poll(&more, 1, 0) > 0 && more.revents & POLLIN;)
        if (!on_output(recorder))
            break;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &recorder->before);
    kill(0, SIGSTOP);
    raw_mode(recorder);
    follow_size(recorder);
    kill(-recorder->child, SIGCONT);
}

static void on_signals(struct recorder *recorder)
{
    struct signalfd_siginfo info;
    while (read(recorder->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGWINCH)
            follow_size(recorder);
        else if (info.ssi_signo != SIGCHLD)
            kill(recorder->child, (int)info.ssi_signo);
    }
    int status;
    while (!recorder->exited && waitpid(recorder->child, &status, WNOHANG | WUNTRACED) > 0) {
        if (WIFSTOPPED(status)) {
            stop_together(recorder);
            continue;
        }
        recorder->exited = true;
        recorder->status = status;
    }
}

static void pass_typed(struct recorder *recorder)
{
    ssize_t done = write(recorder->master, recorder->typed.data, recorder->typed.len);
    if (done > 0)
        buf_consume(&recorder->typed, (size_t)done);
}

/* False when the person's terminal is gone. */
static bool on_typed(struct recorder *recorder)
{
    char bytes[4096];
    ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);
    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    buf_add(&recorder->typed, bytes, (size_t)got);
    return true;
}

static void run(struct recorder *recorder)
{
    bool typing = true;
    for (;;) {
        bool room = typing && recorder->typed.len < TYPED_MOST;
        struct pollfd wait[] = {{.fd = recorder->master, .events = (short)(POLLIN | (recorder->typed.len ? POLLOUT : 0))},
                                {.fd = recorder->signals, .events = POLLIN},
                                {.fd = room ? STDIN_FILENO : -1, .events = POLLIN}};
        if (poll(wait, ARRAY_LEN(wait), -1) < 0 && errno != EINTR)
            return;
        if (wait[1].revents)
            on_signals(recorder);
        if (wait[2].revents && !on_typed(recorder)) {
            typing = false;
            kill(recorder->child, SIGHUP);
        }
        if (wait[0].revents & POLLOUT)
            pass_typed(recorder);
        if ((wait[0].revents & (POLLIN | POLLHUP | POLLERR)) && !on_output(recorder))
            return;
    }
}

static int start(struct recorder *recorder, const struct command_context *context, struct error *err)
{
    static const int wanted[] = {SIGWINCH, SIGCHLD, SIGTERM, SIGHUP, SIGINT};
    sigset_t set, before;
    sigemptyset(&set);
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        sigaddset(&set, wanted[i]);
    sigprocmask(SIG_BLOCK, &set, &before);
    fflush(stdout);
    recorder->child = forkpty(&recorder->master, NULL, &recorder->before, &recorder->size);
    if (recorder->child < 0)
        return error_errno(err, errno, "make a terminal for the recording");
    if (recorder->child == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        fclose(recorder->tape.file);
        pace_forbid();
        exit(tui_main(context));
    }
    fcntl(recorder->master, F_SETFD, FD_CLOEXEC);
    fcntl(recorder->master, F_SETFL, fcntl(recorder->master, F_GETFL) | O_NONBLOCK);
    recorder->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return recorder->signals < 0 ? error_errno(err, errno, "watch signals") : 0;
}

static int finish(struct recorder *recorder)
{
    tcsetattr(STDIN_FILENO, TCSADRAIN, &recorder->before);
    fd_close(recorder->master);
    while (!recorder->exited && waitpid(recorder->child, &recorder->status, 0) < 0 && errno == EINTR)
        ;
    fd_close(recorder->signals);
    buf_free(&recorder->typed);
    buf_free(&recorder->tape.held);
    bool kept = fclose(recorder->tape.file) == 0 && !recorder->tape.broken;
    if (kept)
        fprintf(stderr, "slipway: the session is in %s; asciinema play shows it\n", recorder->tape.path);
    else
        fprintf(stderr, "slipway: the recording %s is not whole: it could not be written to its end\n", recorder->tape.path);
    int code = WIFEXITED(recorder->status) ? WEXITSTATUS(recorder->status) : 128 + WTERMSIG(recorder->status);
    return code || kept ? code : 1;
}

int tui_record(const struct command_context *context, const char *path)
{
    struct error err = ERROR_INIT;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return fprintf(stderr, "slipway: --record needs a terminal on standard input and output\n"), 1;
    int code = outer_guard();
    if (code >= 0)
        return code;
    struct recorder recorder = {.tape = {.path = path, .start = clock_mono_ns()}, .size = size_now()};
    recorder.tape.file = fopen(path, "we");
    if (!recorder.tape.file)
        return fprintf(stderr, "slipway: record to %s: %s\n", path, strerror(errno)), 1;
    tcgetattr(STDIN_FILENO, &recorder.before);
    write_header(&recorder.tape, &recorder.size);
    if (start(&recorder, context, &err) < 0)
        return fprintf(stderr, "slipway: %s\n", err.message), 1;
    raw_mode(&recorder);
    run(&recorder);
    return finish(&recorder);
}
