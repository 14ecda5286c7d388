/* Drawing the whole frame from the app's state. */
#include "tui/frame.h"

#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/help.h"
#include "tui/keyname.h"
#include "tui/pane.h"

#include <ncurses.h>
#include <string.h>

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
    int x = head.w - text_width(text) - 3;
    if (x < left + 2)
        return;
    put(head, 0, x, style, glyph(model->link == LINK_UP ? G_DOT : G_RING));
    put(head, 0, x + 2, S_DIM, text);
    struct view *view = app_view(app);
    const char *where = view->screen->where ? view->screen->where(app, view->state) : NULL;
    if (!str_empty(where) && x - left > 12) {
        int room = x - left - 6, width = text_width(where) < room ? text_width(where) : room;
        put_fit(head, 0, x - width - 3, width, S_STRONG, where);
    }
}

static void draw_head(struct app *app)
{
    struct area head = {0, 0, FRAME_HEAD, COLS};
    put_line(head, 1, G_HLINE, S_DIM);
    int x = 1 + put(head, 0, 1, S_TITLE, "Slipway") + 3;
    for (enum tab tab = 0; tab < TAB_COUNT; tab++) {
        bool on = tab == app->tab;
        int from = x;
        x += putf(head, 0, x, on ? S_KEY : S_DIM, "%d ", tab + 1);
        x += put(head, 0, x, on ? S_STRONG : S_TEXT, tab_names[tab]);
        for (int i = from - 1; on && i < x + 1; i++)
            put(head, 1, i, S_ACCENT, glyph(G_HEAVY));
        x += COLS >= 100 ? 4 : 3;
    }
    draw_state(app, head, x);
}

static int draw_key(struct area foot, int y, int x, const char *keys, const char *brief)
{
    int from = x;
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
        x += draw_key(foot, 1, x, keys, first->brief);
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

static void draw_terminal_keys(struct area foot)
{
    char keys[48];
    keycode list[ACTION_KEYS];
    int x = 1, count = action_keys(action_named("app.swap"), list);
    for (int i = 0; i < count && i < 2; i++) {
        char name[KEY_NAME];
        if (i)
            x += put(foot, 1, x, S_TEXT, "or") + 1;
        x += put(foot, 1, x, S_KEY, key_text(list[i], name)) + 1;
    }
    snprintf(keys, sizeof keys, "%s", "Shift-PgUp");
    x += put(foot, 1, x, S_TEXT, "leave the terminal") + 3;
    draw_key(foot, 1, x, keys, "history");
}

/* Keys with a short name, as many as fit; the last ones are always those of the frame. */
static void draw_keys(struct app *app, struct area foot)
{
    struct view *view = app_view(app);
    struct pane *pane = view->screen->pane ? view->screen->pane(app, view->state) : NULL;
    if (pane && pane_alive(pane)) {
        draw_terminal_keys(foot);
        return;
    }
    bool deep = app->depth[app->tab] > 1;
    char away[KEY_NAME], help[KEY_NAME];
    first_key(deep ? "app.back" : "app.leave", away, sizeof away);
    first_key("app.help", help, sizeof help);
    int end = foot.w - text_width(away) - text_width(help) - 13;
    const struct part *part = view_part(app, view);
    int x = draw_actions(app, foot, 1, end, view->screen->actions);
    draw_actions(app, foot, x, end, part ? part->actions : NULL);
    x = end + draw_key(foot, 1, end, away, deep ? "back" : "quit");
    draw_key(foot, 1, x, help, "help");
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
    if (app->model.link != LINK_DOWN)
        return 0;
    struct area row = {y, 0, 1, COLS};
    put_fill(row, 0, 0, COLS, S_BANNER);
    char text[420];
    snprintf(text, sizeof text, "The engine is away%s. %s", app->model.overview ? "; what is below is old" : "", app->model.reason);
    put_fit(row, 0, 1, COLS - 2, S_BANNER, text);
    return 1;
}

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
        x += put(inside, y, x, S_KEY, "y") + 1;
        x += put(inside, y, x, S_TEXT, "yes") + 3;
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
    style_on(S_TEXT);
    erase();
    if (LINES < FRAME_MIN_ROWS || COLS < FRAME_MIN_COLUMNS) {
        curs_set(0);
        draw_small();
        return;
    }
    draw_head(app);
    int top = FRAME_HEAD + banner(app, FRAME_HEAD);
    struct view *view = app_view(app);
    view->screen->draw(app, view->state, (struct area){top, 0, LINES - top - FRAME_FOOT, COLS});
    draw_foot(app);
    int y, x;
    bool cursor = false;
    if (app->over == OVER_HELP) {
        help_draw(app);
    } else if (app->over == OVER_EXPLAIN) {
        explain_draw(app);
    } else if (app->dialog.open) {
        draw_dialog(app);
    } else if (view->screen->pane && view->screen->pane(app, view->state)) {
        cursor = pane_cursor(view->screen->pane(app, view->state), &y, &x);
    }
    curs_set(cursor);
    if (cursor)
        move(y, x);
}
