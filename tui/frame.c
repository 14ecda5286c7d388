/* Drawing the whole frame from the app's state. */
#include "tui/frame.h"

#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/finder.h"
#include "tui/help.h"
#include "tui/hit.h"
#include "tui/keyname.h"
#include "tui/outer.h"
#include "tui/pane.h"
#include "tui/scrollback.h"
#include "tui/settings.h"
#include "tui/watched.h"

#include <ncurses.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const tab_names[TAB_COUNT] = {"Home", "Learn", "Labs", "Containers", "Exam"};

static void draw_state(struct app *app, struct area head, int left)
{
    struct model *model = &app->model;
    enum style style = model->link == LINK_UP ? S_OK : model->link == LINK_DOWN ? S_BAD : S_DIM;
    char text[64] = "asking the engine";
    if (model->link == LINK_UP) {
        long long running = model_number(app, "engine.running");
        snprintf(text, sizeof text, head.w >= 100 ? "engine up, %lld running" : "%lld running", running);
    } else if (model->link == LINK_DOWN) {
        snprintf(text, sizeof text, "no engine");
    }
    if (settings.clock) {
        char clock[8];
        time_t now = time(NULL);
        strftime(clock, sizeof clock, "%H:%M", localtime(&now));
        put_right(head, 0, head.w - 1, S_TEXT, clock);
        head.w -= 8;
    }
    int x = head.w - text_width(text) - 3;
    if (x < left + 2) { /* the sign alone */
        text[0] = 0;
        x = head.w - 2;
    }
    put(head, 0, x, style, glyph(model->link == LINK_UP ? G_DOT : G_RING));
    put(head, 0, x + 2, S_DIM, text);
}

/* The name of a view on the way here: "web", "Logs of web". */
static void crumb(struct app *app, const struct view *view, const char *root, char *out, size_t room)
{
    const char *title = view->screen->title, *where = view->screen->where ? view->screen->where(app, view->state) : NULL;
    if (str_empty(where))
        snprintf(out, room, "%s", str_or(title, view->screen->name));
    else if (title && !str_equal(title, root))
        snprintf(out, room, "%s of %s", title, where);
    else
        snprintf(out, room, "%s", where);
}

static void go_up(struct app *app, long depth)
{
    app_cut(app, app->tab, (int)depth);
    app_go(app, app->tab);
}

/* The way here, in the line below the tabs, as far right as it is long: each step can be clicked. */
static void draw_way(struct app *app, struct area head, int left)
{
    char names[STACK_MAX + 1][96];
    int depth = app->depth[app->tab], count = depth, width = 0;
    if (depth < 2)
        return;
    for (int i = 0; i < depth; i++)
        crumb(app, &app->stack[app->tab][i], app->stack[app->tab][0].screen->title, names[i], sizeof names[i]);
    const struct part *part = view_part(app, app_view(app));
    if (part && part->name)
        snprintf(names[count++], sizeof names[0], "%s", part->name);
    for (int i = 0; i < count; i++)
        width += text_width(names[i]) + 3;
    /* Where all of it does not fit, the tab itself, which is marked above, is left out. */
    int first = head.w - 2 - width < left;
    width -= first ? text_width(names[0]) + 3 : 0;
    int x = head.w - 2 - width;
    x = x < left ? left : x;
    put(head, 1, x, S_DIM, " ");
    x++;
    for (int i = first; i < count; i++) {
        int room = head.w - 3 - x;
        if (room < 1)
            return;
        int used = put_fit(head, 1, x, room, i + 1 == count ? S_STRONG : S_ACCENT, names[i]);
        if (i + 1 < depth)
            hit_call(head, 1, x, used, go_up, i + 1);
        x += used;
        x += put(head, 1, x, S_DIM, i + 1 < count ? " > " : " ");
    }
}

static void draw_head(struct app *app)
{
    struct area head = {0, 0, FRAME_HEAD, COLS};
    put_line(head, 1, G_HLINE, S_DIM);
    int x = 1 + put(head, 0, 1, S_TITLE, "Slipway") + 3, mark = x;
    for (enum tab tab = 0; tab < TAB_COUNT; tab++) {
        bool on = tab == app->tab;
        int from = x;
        x += putf(head, 0, x, on ? S_KEY : S_DIM, "%d ", tab + 1);
        x += put(head, 0, x, on ? S_STRONG : S_TEXT, tab_names[tab]);
        hit_action(head, 0, from, x - from, &general_actions[tab]);
        mark = on ? x + 2 : mark;
        for (int i = from - 1; on && i < x + 1; i++)
            put(head, 1, i, S_ACCENT, glyph(G_HEAVY));
        x += COLS >= 100 ? 4 : 3;
    }
    draw_state(app, head, x);
    draw_way(app, head, mark);
}

static int draw_key(struct area foot, int y, int x, const char *keys, const char *brief, const struct action *action)
{
    int from = x;
    hit_action(foot, y, x, text_width(keys) + 1 + text_width(brief), action);
    x += put(foot, y, x, S_KEY, keys) + 1;
    return x + put(foot, y, x, S_TEXT, brief) + 2 - from;
}

/* As many of a table's entries as fit before `end`. */
static int draw_actions(struct app *app, struct area foot, int x, int end, const struct action *action)
{
    void *state = app_view(app)->state;
    while (action && action->id) {
        char keys[48];
        const struct action *first = action;
        if (!action->brief || !action_offered(app, state, action)) {
            action++;
            continue;
        }
        action = action_group(action, false, false, keys, sizeof keys);
        if (!keys[0])
            continue;
        if (x + text_width(keys) + 1 + text_width(first->brief) + 2 > end)
            return end;
        x += draw_key(foot, 1, x, keys, first->brief, first);
    }
    return x;
}

static void first_key(const char *id, char *keys, size_t room)
{
    keycode list[ACTION_KEYS];
    char name[KEY_NAME];
    const struct action *action = action_named(id);
    snprintf(keys, room, "%s", action_keys(action, list) ? key_text(list[0], name) : "-");
}

/* With the keyboard in a terminal: the one key that leaves it, and what it is the beginning of. */
static void draw_terminal_keys(struct area foot, const struct pane *pane)
{
    static const struct {
        const char *id, *brief;
    } then[] = {{"terminal.history", "look back, search, copy"}, {"terminal.paste", "paste"}};
    char prefix[KEY_NAME], keys[2 * KEY_NAME + 1], key[KEY_NAME];
    first_key("app.swap", prefix, sizeof prefix);
    int x = 1;
    if (pane_back(pane)) {
        for (const struct scrollback_hint *hint = scrollback_hints(pane_back(pane)); hint->keys; hint++)
            x += draw_key(foot, 1, x, hint->keys, hint->brief, NULL);
        return;
    }
    x += draw_key(foot, 1, x, prefix, "leave the terminal", action_named("app.swap")) + 1;
    for (size_t i = 0; i < ARRAY_LEN(then); i++) {
        first_key(then[i].id, key, sizeof key);
        snprintf(keys, sizeof keys, "%s %s", prefix, key);
        x += draw_key(foot, 1, x, keys, then[i].brief, action_named(then[i].id));
    }
}

/* Keys with a short name, as many as fit; the last ones are always those of the frame. */
static void draw_keys(struct app *app, struct area foot)
{
    struct view *view = app_view(app);
    struct pane *pane = view->screen->pane ? view->screen->pane(app, view->state) : NULL;
    if (pane && pane_alive(pane)) {
        draw_terminal_keys(foot, pane);
        return;
    }
    bool deep = app->depth[app->tab] > 1;
    const struct action *esc = deep ? action_find(app, K_ESC, false) : NULL; /* first the screen's own way back */
    char away[KEY_NAME], help[KEY_NAME];
    first_key(deep ? "app.back" : "app.leave", away, sizeof away);
    first_key("app.help", help, sizeof help);
    int end = foot.w - text_width(away) - text_width(help) - 13;
    const struct part *part = view_part(app, view);
    int x = draw_actions(app, foot, 1, end, view->screen->actions);
    x = draw_actions(app, foot, x, end, part ? part->actions : NULL);
    draw_actions(app, foot, x, end, general_actions);
    x = end + draw_key(foot, 1, end, away, deep ? "back" : "quit", esc ? esc : action_named(deep ? "app.back" : "app.leave"));
    draw_key(foot, 1, x, help, "help", action_named("app.help"));
}

static void draw_foot(struct app *app)
{
    struct area foot = {LINES - FRAME_FOOT, 0, FRAME_FOOT, COLS};
    if (app->note[0]) {
        put_fit(foot, 0, 1, foot.w - 2, app->note_style, app->note);
    } else if (app->ran[0]) {
        int x = 1 + put(foot, 0, 1, S_DIM, "ran: ");
        put_fit(foot, 0, x, foot.w - x - 1, S_CODE, app->ran);
    }
    draw_keys(app, foot);
}

static int banner(struct app *app, int y)
{
    if (app->model.link != LINK_DOWN || app_view(app)->screen->school)
        return 0;
    struct area row = {y, 0, 1, COLS};
    put_fill(row, 0, 0, COLS, S_BANNER);
    char text[420];
    snprintf(text, sizeof text, "The engine is away%s. %s", app->model.overview ? "; what is below is old" : "", app->model.reason);
    put_fit(row, 0, 1, COLS - 2, S_BANNER, text);
    return 1;
}

static void answer(struct app *app, long key) { app_key(app, (keycode)key); }

static void draw_dialog(struct app *app)
{
    const struct dialog *dialog = &app->dialog;
    int width = 60, rows = 0;
    const char *text = dialog->text, *line;
    size_t len;
    while (text_wrap(&text, width - 4, &line, &len))
        rows++;
    struct area inside = draw_over(rows + 5, width, dialog->title);
    int y = 1 + draw_wrapped(area_rows(inside, 1, rows), 0, 0, S_TEXT, dialog->text) + 1;
    int x = 0;
    if (dialog->choice) {
        hit_call(inside, y, x, 5, answer, 'y');
        x += put(inside, y, x, S_KEY, "y") + 1;
        x += put(inside, y, x, S_TEXT, "yes") + 3;
        hit_call(inside, y, x, 4, answer, 'n');
        x += put(inside, y, x, S_KEY, "n") + 1;
        put(inside, y, x, S_TEXT, "no");
    } else {
        put(inside, y, 0, S_DIM, "any key closes this");
    }
}

static void draw_small(void)
{
    char text[96];
    struct area all = {0, 0, LINES, COLS};
    snprintf(text, sizeof text, "%dx%d is too small: Slipway needs %dx%d", COLS, LINES, FRAME_MIN_COLUMNS, FRAME_MIN_ROWS);
    int rows = text_width(text) / (COLS > 0 ? COLS : 1) + 1;
    int x = text_width(text) < COLS ? (COLS - text_width(text)) / 2 : 0;
    struct area middle = area_rows(all, LINES > rows ? (LINES - rows) / 2 : 0, LINES);
    draw_wrapped(area_columns(middle, x, COLS), 0, 0, S_STRONG, text);
}

void app_draw(struct app *app)
{
    hit_clear();
    style_on(S_TEXT);
    erase();
    if (LINES < FRAME_MIN_ROWS || COLS < FRAME_MIN_COLUMNS) {
        curs_set(0);
        draw_small();
        return;
    }
    draw_head(app);
    int top = FRAME_HEAD + banner(app, FRAME_HEAD);
    top += watched_draw(app, (struct area){top, 0, 1, COLS});
    struct view *view = app_view(app);
    hit_frame(view->state);
    view->screen->draw(app, view->state, (struct area){top, 0, LINES - top - FRAME_FOOT, COLS});
    draw_foot(app);
    int y, x;
    bool cursor = false, motion = false;
    if (app->over || app->dialog.open)
        hit_clear();
    if (app->over == OVER_FINDER) {
        finder_draw(app);
    } else if (app->over == OVER_HELP) {
        help_draw(app);
    } else if (app->over == OVER_EXPLAIN) {
        explain_draw(app);
    } else if (app->dialog.open) {
        draw_dialog(app);
    } else if (view->screen->pane && view->screen->pane(app, view->state)) {
        struct pane *pane = view->screen->pane(app, view->state);
        cursor = pane_cursor(pane, &y, &x);
        motion = pane_wants_motion(pane);
    }
    outer_motion(motion);
    curs_set(cursor);
    if (cursor)
        move(y, x);
}
