/* Who looks is asked every few seconds, and every second while somebody does. */
#include "tui/watched.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_config.h"
#include "tui/app.h"
#include "tui/lab_state.h"
#include "tui/pane.h"
#include "tui/screen_text.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { IDLE_SECONDS = 3, WATCHED_SECONDS = 1 };

static struct {
    struct watch timer;
    json_t *watchers, *told; /* told: the numbers of those who stand on the screen */
    int seconds;
    bool on, asking;
} watched;

static void set_timer(int seconds)
{
    if (watched.seconds == seconds)
        return;
    watched.seconds = seconds;
    struct timespec span = {seconds, 0};
    timerfd_settime(watched.timer.fd, 0, &(struct itimerspec){span, span}, NULL);
}

static bool anybody(void) { return json_array_size(watched.watchers) > 0; }

static void forget_told(void)
{
    json_decref(watched.told);
    watched.told = NULL;
}

static void got_watchers(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    (void)owner;
    watched.asking = false;
    json_t *watchers = json_object_get(answer, "watchers");
    if (err || json_equal(watched.watchers, watchers))
        return;
    json_decref(watched.watchers);
    watched.watchers = json_incref(watchers);
    forget_told(); /* until they are drawn */
    set_timer(anybody() ? WATCHED_SECONDS : IDLE_SECONDS);
    app_dirty(app);
}

/* The lab whose terminal is on the screen now. */
static const struct lab_screen *lab_on_show(struct app *app)
{
    const struct view *view = app_view(app);
    const struct lab_screen *lab = view->screen == &screen_lab ? view->state : NULL;
    return lab && lab_pane(lab) && pane_alive(lab_pane(lab)) ? lab : NULL;
}

static void ask(struct app *app)
{
    const struct lab_screen *lab = lab_on_show(app);
    json_t *request = json_pack("{s:s,s:s}", "op", "class.screen", "where", lab ? lab->slug : "");
    watched.asking = true;
    if (lab && anybody() && watched.told) { /* each time: a school that was killed meanwhile knows nothing of the one before */
        json_object_set_new(request, "screen", screen_text(pane_terminal(lab_pane(lab))));
        json_object_set(request, "told", watched.told);
    }
    work_school(app->work, request, got_watchers, &watched);
}

static void on_timer(struct app *app, void *data, uint32_t events)
{
    (void)data, (void)events;
    uint64_t count;
    if (read(watched.timer.fd, &count, sizeof count) == sizeof count && !watched.asking)
        ask(app);
}

void watched_open(struct app *app)
{
    cleanup_class_config struct class_config class = {0};
    watched.on = class_config_read(&class, NULL) == 0;
    if (!watched.on)
        return;
    watched.timer = (struct watch){.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), .ready = on_timer};
    app_watch(app, &watched.timer, EPOLLIN);
    set_timer(IDLE_SECONDS);
    ask(app);
}

void watched_close(struct app *app)
{
    if (!watched.on)
        return;
    work_forget(app->work, &watched);
    app_unwatch(app, &watched.timer);
    close(watched.timer.fd);
    json_decref(watched.watchers);
    forget_told();
    watched.watchers = NULL;
    watched.on = watched.asking = false;
    watched.seconds = 0;
}

static void add_names(struct buf *names)
{
    size_t i, count = json_array_size(watched.watchers);
    const json_t *watcher;
    json_array_foreach(watched.watchers, i, watcher)
    {
        buf_printf(names, "%s%s", i == 0 ? "" : i + 1 == count ? " and " : ", ", json_str(watcher, "name", ""));
    }
}

int watched_draw(struct app *app, struct area area)
{
    cleanup_buf struct buf text = BUF_INIT;
    size_t i;
    const json_t *watcher;
    if (!anybody())
        return 0;
    add_names(&text);
    buf_printf(&text, " look%s %s", json_array_size(watched.watchers) == 1 ? "s" : "",
               lab_on_show(app) ? "at this terminal and cannot type in it"
                                : "for your lab's terminal; nothing of this page is shown");
    put_fill(area, 0, 0, area.w, S_BANNER);
    put_fit(area, 0, 1, area.w - 2, S_BANNER, text.data);
    if (watched.told)
        return 1;
    watched.told = json_array();
    json_array_foreach(watched.watchers, i, watcher) { json_array_append(watched.told, json_object_get(watcher, "uid")); }
    return 1;
}
