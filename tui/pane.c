/* Panes: the pty or exec stream, its place in the loop, back-pressure, drawing the cells; who gets the keys and the mouse. */
#include "tui/pane.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/clipboard.h"
#include "tui/format.h"
#include "tui/hit.h"
#include "tui/scrollback.h"
#include "tui/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <ncurses.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SLICE = 16384, QUEUE_MOST = 1 << 20, WHEEL_ROWS = 3 };
static const int64_t FEED_NS = 700000; /* of a frame: 2 % of a core for a flood */

struct pane {
    struct app *app;
    struct pane *next;
    struct terminal *terminal;
    struct watch watch;
    struct buf queue; /* for the program, when its pipe is full or not there yet */
    char state[320];
    pid_t child;   /* of a shell here; 0 otherwise */
    char exec[80]; /* id of an exec there */
    bool alive, focus, cursor_on;
    struct scrollback *back; /* the person is looking back; NULL: the program has the keys */
    struct mouse pressed;    /* where the button went down last */
    int slice, columns, rows, cursor_y, cursor_x;
    int64_t feed_ns, last_output_ns; /* what is left of this frame's time for reading */
};

static void pane_ready(struct app *app, void *data, uint32_t events);

static void pane_over(struct pane *pane, const char *why)
{
    app_unwatch(pane->app, &pane->watch);
    pane->watch.fd = fd_close(pane->watch.fd);
    pane->alive = false;
    copy_text(pane->state, sizeof pane->state, why);
    if (pane->child > 0) {
        kill(-pane->child, SIGHUP);
        if (waitpid(pane->child, NULL, WNOHANG) == 0) {
            kill(pane->child, SIGKILL);
            waitpid(pane->child, NULL, 0);
        }
        pane->child = 0;
    }
    app_dirty(pane->app);
}

static void pane_events(struct pane *pane)
{
    if (pane->watch.fd >= 0)
        app_watch(pane->app, &pane->watch, (pane->slice > 0 ? EPOLLIN : 0) | (pane->queue.len ? EPOLLOUT : 0));
}

static void pane_flush(struct pane *pane)
{
    while (pane->watch.fd >= 0 && pane->queue.len) {
        ssize_t sent = write(pane->watch.fd, pane->queue.data, pane->queue.len);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            break;
        buf_consume(&pane->queue, (size_t)sent);
    }
    pane_events(pane);
}

static void pane_send(void *data, const char *bytes, size_t len)
{
    struct pane *pane = data;
    if (!pane->alive || pane->queue.len + len > QUEUE_MOST)
        return;
    buf_add(&pane->queue, bytes, len);
    pane_flush(pane);
}

/* Of this thread, so that a busy machine makes no difference. */
static int64_t spent_ns(void)
{
    struct timespec spent;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return spent.tv_sec * 1000000000LL + spent.tv_nsec;
}

static void pane_ready(struct app *app, void *data, uint32_t events)
{
    struct pane *pane = data;
    (void)app;
    if (events & EPOLLOUT)
        pane_flush(pane);
    if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        return;
    char bytes[2048];
    int64_t end = spent_ns() + pane->feed_ns;
    while (pane->slice > 0) {
        ssize_t got = read(pane->watch.fd, bytes, sizeof bytes);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (got <= 0) {
            pane_over(pane, "the shell has ended");
            return;
        }
        terminal_feed(pane->terminal, bytes, (size_t)got);
        pane->feed_ns = end - spent_ns();
        pane->slice = pane->feed_ns > 0 ? pane->slice - (int)got : 0;
        pane->last_output_ns = clock_mono_ns();
        app_dirty(pane->app);
    }
    if (pane->slice <= 0)
        pane->app->busy_panes = true;
    pane_events(pane);
}

void panes_refill(struct app *app)
{
    app->busy_panes = false;
    for (struct pane *pane = app->panes; pane; pane = pane->next) {
        bool waits = pane->slice <= 0;
        pane->slice = SLICE;
        pane->feed_ns = FEED_NS;
        if (waits)
            pane_events(pane);
    }
}

static struct pane *pane_new(struct app *app)
{
    struct pane *pane = xcalloc(1, sizeof *pane);
    *pane = (struct pane){.app = app, .alive = true, .slice = SLICE, .feed_ns = FEED_NS, .columns = 80, .rows = 24};
    pane->watch = (struct watch){.fd = -EBADF, .ready = pane_ready, .data = pane};
    pane->terminal = terminal_new(pane->columns, pane->rows, pane_send, pane);
    pane->next = app->panes;
    app->panes = pane;
    return pane;
}

static void pane_attach(struct pane *pane, int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    pane->watch.fd = fd;
    pane->state[0] = 0;
    pane_flush(pane);
}

/* In the child of forkpty: our programs first in PATH, and a shell that says where it is. */
static void __attribute__((noreturn)) become_shell(const struct app *app)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int number = 1; number < 32; number++)
        signal(number, SIG_DFL);
    char *path = str_format("%s:%s", exe_dir(), str_or(getenv("PATH"), "/usr/local/bin:/usr/bin:/bin"));
    setenv("PATH", path, 1);
    setenv("DOCKER_HOST", app->host, 1);
    setenv("SLIPWAY_HOST", app->host, 1);
    setenv("TERM", TERMINAL_NAME, 1);
    unsetenv("LINES");
    unsetenv("COLUMNS");
    unsetenv("TMUX");
    const char *shell = str_or(getenv("SHELL"), "/bin/sh");
    const char *base = strrchr(shell, '/') ? strrchr(shell, '/') + 1 : shell;
    if (str_equal(base, "bash") || str_equal(base, "sh") || str_equal(base, "dash"))
        setenv("PS1", "\\$ ", 1);
    if (str_equal(base, "bash"))
        execl(shell, base, "--norc", "--noprofile", "-i", NULL);
    execl(shell, base, "-i", NULL);
    execl("/bin/sh", "sh", "-i", NULL);
    _exit(127);
}

struct pane *pane_shell(struct app *app, struct error *err)
{
    int fd;
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    pid_t child = forkpty(&fd, NULL, NULL, &size);
    if (child < 0) {
        error_errno(err, errno, "open a terminal for the shell");
        return NULL;
    }
    if (child == 0)
        become_shell(app);
    struct pane *pane = pane_new(app);
    pane->child = child;
    pane_attach(pane, fd);
    return pane;
}

/* Made in a worker: the exec and its stream. */
struct joining {
    char *host, *container, *exec;
    json_t *config;
    int fd, columns, rows;
};

static void join(void *data, struct error *err)
{
    struct joining *joining = data;
    struct client *client = client_new(joining->host);
    json_t *made = NULL;
    cleanup_free char *path = str_format("/containers/%s/exec", joining->container);
    if (client_call(client, "POST", path, joining->config, &made, err) == 0) {
        joining->exec = xstrdup(json_str(made, "Id", ""));
        cleanup_free char *start = str_format("/exec/%s/start", joining->exec);
        json_t *body = json_pack("{s:b,s:b}", "Detach", 0, "Tty", 1);
        if (client_hijack(joining->host, start, body, &joining->fd, err) == 0) {
            cleanup_free char *resize = str_format("/exec/%s/resize?h=%d&w=%d", joining->exec, joining->rows, joining->columns);
            client_call(client, "POST", resize, NULL, NULL, NULL);
        }
        json_decref(body);
    }
    json_decref(made);
    client_free(client);
}

static void joined(struct app *app, void *owner, void *data, const struct error *err)
{
    struct joining *joining = data;
    struct pane *pane = owner;
    if (pane && err) {
        pane_over(pane, err->message);
    } else if (pane) {
        copy_text(pane->exec, sizeof pane->exec, joining->exec);
        pane_attach(pane, move_fd(joining->fd));
        pane->columns = joining->columns; /* a resize since then is sent by the next draw */
        pane->rows = joining->rows;
        app_dirty(app);
    }
    fd_close(joining->fd);
    json_decref(joining->config);
    free(joining->host);
    free(joining->container);
    free(joining->exec);
    free(joining);
}

struct pane *pane_exec(struct app *app, const char *container, json_t *config)
{
    struct pane *pane = pane_new(app);
    snprintf(pane->state, sizeof pane->state, "connecting%s", glyph(G_ELLIPSIS));
    struct joining *joining = xcalloc(1, sizeof *joining);
    *joining = (struct joining){xstrdup(app->host), xstrdup(container), NULL, config, -EBADF, 80, 24};
    work_run(app->work, LANE_ACT, join, joined, joining, pane);
    return pane;
}

void pane_close(struct pane *pane)
{
    if (!pane)
        return;
    hit_clear(); /* the last frame tells of it */
    work_forget(pane->app->work, pane);
    pane_over(pane, "");
    for (struct pane **at = &pane->app->panes; *at; at = &(*at)->next)
        if (*at == pane) {
            *at = pane->next;
            break;
        }
    scrollback_free(pane->back);
    terminal_free(pane->terminal);
    buf_free(&pane->queue);
    free(pane);
}

static void pane_fit(struct pane *pane, int columns, int rows)
{
    terminal_resize(pane->terminal, columns, rows);
    terminal_size(pane->terminal, &columns, &rows);
    if (columns == pane->columns && rows == pane->rows)
        return;
    if (pane->watch.fd < 0)
        return;
    pane->columns = columns;
    pane->rows = rows;
    if (pane->child) {
        struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
        ioctl(pane->watch.fd, TIOCSWINSZ, &size);
    } else {
        cleanup_free char *path = str_format("/exec/%s/resize?h=%d&w=%d", pane->exec, rows, columns);
        work_engine(pane->app->work, LANE_ACT, "POST", path, NULL, NULL, NULL);
    }
}

static void show_cell(void *data, int y, int x, const struct terminal_cell *cell)
{
    cell_draw(*(const struct area *)data, y, x, cell, 0);
}

static void draw_terminal(struct pane *pane, struct area area, bool focus)
{
    int y, x;
    if (pane->back)
        scrollback_draw(pane->back, area, focus);
    else
        terminal_draw(pane->terminal, show_cell, &area);
    bool cursor = pane->back ? scrollback_cursor(pane->back, &y, &x) : terminal_cursor(pane->terminal, &y, &x);
    if (focus && pane->alive && cursor && y < area.h && x < area.w) {
        pane->cursor_on = true;
        pane->cursor_y = area.y + y;
        pane->cursor_x = area.x + x;
    }
}

void pane_draw(struct pane *pane, struct area area, bool focus)
{
    pane->cursor_on = false;
    if (area.h < 1 || area.w < 1)
        return;
    hit_pane(area, pane);
    pane_fit(pane, area.w, area.h);
    draw_terminal(pane, area, focus);
    if (pane->state[0]) {
        char text[340];
        snprintf(text, sizeof text, " %s ", pane->state);
        put_fill(area, area.h - 1, 0, area.w, S_TEXT);
        put_fit(area, area.h - 1, 0, area.w, pane->alive ? S_DIM : S_WARN, text);
    }
}

static void stop_looking_back(struct pane *pane)
{
    scrollback_free(pane->back);
    pane->back = NULL;
}

void pane_look_back(struct pane *pane)
{
    if (!pane->back)
        pane->back = scrollback_new(pane->terminal);
    app_dirty(pane->app);
}

void pane_key(struct pane *pane, keycode key)
{
    app_dirty(pane->app);
    if (pane->back && pane->app->pasting)
        return; /* would be taken for commands */
    if (key == K_SHIFT_PAGE_UP && !pane->back && !terminal_alternate(pane->terminal))
        pane_look_back(pane);
    if (!pane->back)
        terminal_key(pane->terminal, key);
    else if (!scrollback_key(pane->back, pane->app, key))
        stop_looking_back(pane);
}

/* The wheel over a full-screen program that does not want the mouse: as arrows, which less and vi leaf with. */
static void wheel_as_arrows(struct pane *pane, const struct mouse *mouse)
{
    for (int i = 0; i < WHEEL_ROWS; i++)
        terminal_key(pane->terminal, mouse->kind == MOUSE_WHEEL_UP ? K_UP : K_DOWN);
}

void pane_mouse(struct pane *pane, const struct mouse *mouse)
{
    bool wheel = mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN;
    app_dirty(pane->app);
    if (!pane->back && !mouse->shift && terminal_mouse(pane->terminal, mouse))
        return;
    if (!pane->back && mouse->kind == MOUSE_PRESS && mouse->button == 2) {
        pane_paste(pane, clipboard_text());
        return;
    }
    if (!pane->back && wheel && terminal_alternate(pane->terminal)) {
        wheel_as_arrows(pane, mouse);
        return;
    }
    if (!pane->back && mouse->kind == MOUSE_PRESS) {
        pane->pressed = *mouse;
        return;
    }
    if (!pane->back && mouse->kind == MOUSE_DRAG && mouse->button == 1 && pane->pressed.button == 1) {
        pane_look_back(pane);
        scrollback_mouse(pane->back, pane->app, &pane->pressed);
    } else if (mouse->kind == MOUSE_WHEEL_UP) {
        pane_look_back(pane);
    }
    if (pane->back && !scrollback_mouse(pane->back, pane->app, mouse))
        stop_looking_back(pane);
}

void pane_type(struct pane *pane, const char *text)
{
    stop_looking_back(pane);
    pane_send(pane, text, strlen(text));
}

void pane_paste(struct pane *pane, const char *text)
{
    stop_looking_back(pane);
    terminal_paste(pane->terminal, text);
}

void pane_paste_mark(struct pane *pane, bool begin)
{
    if (!pane->back)
        terminal_paste_mark(pane->terminal, begin);
}

bool pane_wants_motion(const struct pane *pane) { return !pane->back && terminal_wants_motion(pane->terminal); }
const struct scrollback *pane_back(const struct pane *pane) { return pane->back; }

char *pane_line(struct pane *pane)
{
    int y, x;
    terminal_cursor(pane->terminal, &y, &x);
    cleanup_free char *all = terminal_text(pane->terminal);
    const char *line = all;
    for (; y > 0 && strchr(line, '\n'); y--)
        line = strchr(line, '\n') + 1;
    char *text = xstrndup(line, strcspn(line, "\n"));
    for (char *at = text; *at && at[1]; at++)
        if ((*at == '#' || *at == '$') && at[1] == ' ') {
            memmove(text, at + 2, strlen(at + 2) + 1);
            break;
        }
    return text;
}

bool pane_alive(const struct pane *pane) { return pane->alive; }
const char *pane_state(const struct pane *pane) { return pane->state; }
int64_t pane_last_output(const struct pane *pane) { return pane->last_output_ns; }
struct terminal *pane_terminal(struct pane *pane) { return pane->terminal; }

bool pane_cursor(const struct pane *pane, int *y, int *x)
{
    *y = pane->cursor_y;
    *x = pane->cursor_x;
    return pane->cursor_on;
}
