/* The loop: descriptors, the clock, screens on their stacks. What keys do is in dispatch.c, drawing of the frame in frame.c. */
#include "tui/app.h"
#include "tui/format.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/finder.h"
#include "tui/hit.h"
#include "tui/inbox.h"
#include "tui/library.h"
#include "tui/outer.h"
#include "tui/pace.h"
#include "tui/pane.h"
#include "tui/settings.h"
#include "tui/watched.h"

#include <errno.h>
#include <ncurses.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

static const struct screen *const roots[TAB_COUNT] = {&screen_home, &screen_learn, &screen_labs, &screen_containers, &screen_exam};

static const int64_t MS = 1000000;
static const int64_t FLOOD_NS = 40 * 1000000LL;      /* nobody reads a flood */
static const int64_t FLOOD_ECHO_NS = 16 * 1000000LL; /* but the echo of a key is behind what came before it */
static const int64_t FRAME_NS = 33 * 1000000LL;      /* thirty frames a second are enough for output */
static const int64_t ECHO_NS = 4 * 1000000LL;        /* but what follows a key is shown at once */
static const int64_t CALM_NS = 2000 * 1000000LL;     /* with reduced motion, unless a key was pressed just now */
static const int64_t ECHO_SPAN_NS = 150 * 1000000LL;

void app_dirty(struct app *app) { app->dirty = true; }

void app_watch(struct app *app, struct watch *watch, uint32_t events)
{
    if (watch->active && watch->events == events)
        return;
    struct epoll_event event = {.events = events, .data.ptr = watch};
    epoll_ctl(app->epoll, watch->active ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, watch->fd, &event);
    watch->active = true;
    watch->events = events;
}

void app_unwatch(struct app *app, struct watch *watch)
{
    if (watch->active)
        epoll_ctl(app->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
    watch->active = false;
    app->unwatched = true;
}

struct view *app_view(struct app *app) { return &app->stack[app->tab][app->depth[app->tab] - 1]; }
bool app_shows(struct app *app, const void *state) { return app_view(app)->state == state; }

static int wanted_interval(struct app *app)
{
    struct view *view = app_view(app);
    int interval = view->screen->interval ? view->screen->interval(app, view->state) : 0;
    if (app->model.link != LINK_UP && (interval == 0 || interval > 1000))
        interval = 1000;
    return interval;
}

/* With a clock in the header even a still screen is drawn again when the minute is over. */
static int until_minute(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int)(60 - now.tv_sec % 60) * 1000;
}

static void set_clock(struct app *app)
{
    int interval = app->still ? 0 : wanted_interval(app);
    if (interval == 0 && settings.clock && !app->still) {
        if (app->clock_ms == 0)
            return;
        struct timespec minute = {until_minute() / 1000, 0}, every = {60, 0};
        timerfd_settime(app->clock.fd, 0, &(struct itimerspec){every, minute}, NULL);
        app->clock_ms = 0;
        return;
    }
    if (interval == app->clock_ms)
        return;
    app->clock_ms = interval;
    struct timespec span = {interval / 1000, interval % 1000 * MS};
    timerfd_settime(app->clock.fd, 0, &(struct itimerspec){span, span}, NULL);
}

static void tick(struct app *app)
{
    struct view *view = app_view(app);
    if (app->model.link != LINK_UP)
        model_want_overview(app);
    if (view->screen->tick)
        view->screen->tick(app, view->state);
}

static void on_clock(struct app *app, void *data, uint32_t events)
{
    (void)data, (void)events;
    uint64_t count;
    if (read(app->clock.fd, &count, sizeof count) != sizeof count)
        return;
    if (app->clock_ms > 0)
        tick(app);
    inbox_tick(app);
    if (settings.clock)
        app_dirty(app);
}

static void on_results(struct app *app, void *data, uint32_t events)
{
    (void)data, (void)events;
    work_deliver(app->work, app);
}

static void on_terminal(struct app *app, void *data, uint32_t events)
{
    (void)data;
    if (events & (EPOLLHUP | EPOLLERR)) {
        app->quit = true;
        return;
    }
    for (keycode key; !app->quit && (key = input_read()) != K_NONE;) {
        struct mouse mouse = input_mouse();
        if (key == K_MOUSE)
            app_mouse(app, &mouse);
        else
            app_key(app, key);
    }
}

static void on_signal(struct app *app, void *data, uint32_t events)
{
    (void)data, (void)events;
    struct signalfd_siginfo info;
    while (read(app->signals.fd, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGWINCH)
            outer_resized();
        else if (info.ssi_signo == SIGTSTP)
            outer_suspend();
        else if (info.ssi_signo != SIGCONT)
            app->quit = true;
        app_dirty(app);
    }
}

static void add_watch(struct app *app, struct watch *watch, int fd, void (*ready)(struct app *, void *, uint32_t))
{
    *watch = (struct watch){.fd = fd, .ready = ready};
    app_watch(app, watch, EPOLLIN);
}

int app_open(struct app *app, const char *host, struct error *err)
{
    char note[sizeof app->note];
    *app = (struct app){.host = host, .dirty = true};
    settings_load(app->note, sizeof app->note);
    settings_apply();
    keys_load(note, sizeof note);
    if (note[0])
        copy_text(app->note, sizeof app->note, note);
    app->note_style = S_WARN;
    app->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (app->epoll < 0)
        return error_errno(err, errno, "make the event loop");
    sigset_t set;
    sigemptyset(&set);
    static const int signals[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT};
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        sigaddset(&set, signals[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    app->work = work_new(host);
    add_watch(app, &app->terminal, STDIN_FILENO, on_terminal);
    add_watch(app, &app->signals, signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), on_signal);
    add_watch(app, &app->clock, timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), on_clock);
    add_watch(app, &app->results, work_fd(app->work), on_results);
    const char *trace = getenv("SLIPWAY_TUI_TRACE");
    if (!str_empty(trace))
        app->trace = fopen(trace, "ae");
    model_open(app);
    watched_open(app);
    library_load(app);
    for (enum tab tab = 0; tab < TAB_COUNT; tab++)
        app_push(app, tab, roots[tab], NULL);
    app_go(app, TAB_HOME);
    app_ran(app, "slipway ps -a");
    trail_note(app);
    return 0;
}

void app_view_close(struct app *app, struct view *view)
{
    hit_clear(); /* what was drawn last may point into its state */
    if (view->screen->close)
        view->screen->close(app, view->state);
    work_forget(app->work, view->state);
    if (app->dialog.owner == view->state)
        app->dialog.open = false;
    free(view->state);
    *view = (struct view){0};
}

void app_close(struct app *app)
{
    finder_close(app);
    watched_close(app);
    trail_close(app);
    for (enum tab tab = 0; tab < TAB_COUNT; tab++)
        while (app->depth[tab] > 0)
            app_view_close(app, &app->stack[tab][--app->depth[tab]]);
    work_forget(app->work, &app->model);
    model_close(app);
    fd_close(app->clock.fd);
    fd_close(app->signals.fd);
    work_free(app->work);
    library_free();
    fd_close(app->epoll);
    if (app->trace)
        fclose(app->trace);
}

void app_push(struct app *app, enum tab tab, const struct screen *screen, const void *argument)
{
    if (app->depth[tab] == STACK_MAX)
        app_view_close(app, &app->stack[tab][--app->depth[tab]]);
    struct view *view = &app->stack[tab][app->depth[tab]++];
    *view = (struct view){screen, xcalloc(1, screen->size ? screen->size : 1), ++app->serial};
    if (screen->open)
        screen->open(app, view->state, argument);
    app_dirty(app);
}

void app_go(struct app *app, enum tab tab)
{
    app->tab = tab;
    app_cover(app, OVER_NONE);
    app->clock_ms = -1;
    tick(app);
    app_dirty(app);
}

void app_cut(struct app *app, enum tab tab, int depth)
{
    while (app->depth[tab] > depth) {
        int top = --app->depth[tab];
        struct view *view = &app->stack[tab][top];
        if (app->dialog.owner == view->state)
            app->dialog.open = false;
        if (!trail_park(app, tab, view, app->stack[tab][top - 1].serial))
            app_view_close(app, view);
        *view = (struct view){0};
    }
    app_dirty(app);
}

void app_pop(struct app *app)
{
    if (app->depth[app->tab] > 1)
        app_cut(app, app->tab, app->depth[app->tab] - 1);
    app_go(app, app->tab);
}

void app_home_of(struct app *app, enum tab tab) { app_cut(app, tab, 1); }

void app_ran(struct app *app, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(app->ran, sizeof app->ran, format, args);
    va_end(args);
    app_dirty(app);
}

void app_note(struct app *app, enum style style, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(app->note, sizeof app->note, format, args);
    va_end(args);
    app->note_style = style;
    app_dirty(app);
}

void app_ask(struct app *app, const char *title, const char *text, void (*yes)(struct app *, void *, long), void *owner,
             long argument)
{
    app->dialog = (struct dialog){.open = true, .choice = yes != NULL, .yes = yes, .owner = owner, .argument = argument};
    copy_text(app->dialog.title, sizeof app->dialog.title, title);
    copy_text(app->dialog.text, sizeof app->dialog.text, text);
    app_dirty(app);
}

void app_tell(struct app *app, const char *title, const char *text) { app_ask(app, title, text, NULL, NULL, 0); }

/* The trace is for tests: it says what is on show and whether anything is still under way. */
static void write_trace(struct app *app)
{
    static int last_idle = -1;
    int idle = work_idle(app->work);
    if (!app->trace || (idle == last_idle && !app->dirty))
        return;
    last_idle = idle;
    struct view *view = app_view(app);
    bool pane = view->screen->pane && view->screen->pane(app, view->state);
    fprintf(app->trace, "frame %lu screen=%s focus=%s idle=%d link=%d\n", app->frame, view->screen->name,
            pane ? "terminal" : "page", idle, app->model.link);
    fflush(app->trace);
}

static void show_frame(struct app *app)
{
    app->frame++;
    app_draw(app);
    wnoutrefresh(stdscr);
    doupdate();
    pace_frame();
    write_trace(app);
    app->dirty = false;
    app->last_frame_ns = clock_mono_ns();
}

/* How long until the next frame may be shown: 0 for now, -1 when none is wanted. */
static int frame_wait(struct app *app)
{
    if (!app->dirty && !app->busy_panes)
        return -1;
    int64_t now = clock_mono_ns();
    const struct view *view = app_view(app);
    bool pane = view->screen->pane && view->screen->pane(app, view->state);
    bool calm = settings.motion && !pane && now - app->last_key_ns > CALM_NS;
    bool typed = now - app->last_key_ns < ECHO_SPAN_NS;
    int64_t quick = app->busy_panes ? FLOOD_ECHO_NS : ECHO_NS, slow = app->busy_panes ? FLOOD_NS : FRAME_NS;
    int64_t gap = calm ? CALM_NS : typed ? quick : slow;
    int64_t left = app->last_frame_ns + gap - now, under_way = pace_left(now);
    left = under_way > left ? under_way : left;
    return left <= 0 ? 0 : (int)((left + MS - 1) / MS);
}

void app_turn(struct app *app, int wait_ms)
{
    set_clock(app);
    int frame = frame_wait(app);
    if (frame >= 0 && (wait_ms < 0 || frame < wait_ms))
        wait_ms = frame;
    struct epoll_event events[16];
    int count = epoll_wait(app->epoll, events, ARRAY_LEN(events), wait_ms);
    /* A callback may free what a later event points at; the rest of the batch is then left, and comes again. */
    app->unwatched = false;
    for (int i = 0; i < count && !app->unwatched; i++) {
        struct watch *watch = events[i].data.ptr;
        watch->ready(app, watch->data, events[i].events);
    }
    if (app->quit)
        return;
    if (frame_wait(app) == 0) {
        panes_refill(app);
        show_frame(app);
    } else {
        write_trace(app);
    }
}

int app_run(struct app *app)
{
    while (!app->quit)
        app_turn(app, -1);
    return 0;
}
