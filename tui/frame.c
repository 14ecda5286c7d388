/* Drawing the whole frame from the app's state. */
#include "tui/frame.h"

#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/pane.h"

#include <ncurses.h>
#include <string.h>

static const char *const tab_names[TAB_COUNT] = {"Home", "Learn", "Labs", "Containers", "Exam"};

static const struct keyhelp general_keys[] = {
    {"1 .. 5", NULL, "Home, Learn, Labs, Containers, Exam"},
    {"arrows, h j k l", NULL, "move; PgUp, PgDn, g and G in long lists"},
    {"Esc, q", NULL, "back; q on a tab's first screen leaves Slipway"},
    {"Ctrl-] or F6", NULL, "between the page and its terminal, where there is one"},
    {"Shift-PgUp, -PgDn", NULL, "history of the terminal"},
    {"Ctrl-L, Ctrl-Z", NULL, "draw everything again; suspend"},
    {"? or F1", NULL, "this page"},
    {NULL, NULL, NULL},
};

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

/* Keys with a short name, as many as fit; the last ones are always those of the frame. */
static void draw_keys(struct app *app, struct area foot, int y)
{
    struct view *view = app_view(app);
    bool terminal = view->screen->pane && view->screen->pane(app, view->state) && pane_alive(view->screen->pane(app, view->state));
    int x = 1;
    if (terminal) {
        x += put(foot, y, x, S_KEY, "Ctrl-]") + 1;
        x += put(foot, y, x, S_TEXT, "or") + 1;
        x += put(foot, y, x, S_KEY, "F6") + 1;
        x += put(foot, y, x, S_TEXT, "leave the terminal") + 3;
        x += put(foot, y, x, S_KEY, "Shift-PgUp") + 1;
        put(foot, y, x, S_TEXT, "history");
        return;
    }
    const char *last = app->depth[app->tab] > 1 ? "Esc back  ? help" : "q quit  ? help";
    int end = foot.w - text_width(last) - 1;
    for (const struct keyhelp *key = view->screen->keys; key && key->keys; key++) {
        if (!key->brief)
            continue;
        if (x + text_width(key->keys) + 1 + text_width(key->brief) + 2 > end)
            break;
        x += put(foot, y, x, S_KEY, key->keys) + 1;
        x += put(foot, y, x, S_TEXT, key->brief) + 2;
    }
    x = end;
    x += put(foot, y, x, S_KEY, app->depth[app->tab] > 1 ? "Esc" : "q") + 1;
    x += put(foot, y, x, S_TEXT, app->depth[app->tab] > 1 ? "back" : "quit") + 2;
    x += put(foot, y, x, S_KEY, "?") + 1;
    put(foot, y, x, S_TEXT, "help");
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
    draw_keys(app, foot, 1);
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

/* A box in the middle, on a cleared ground. */
static struct area draw_over(int h, int w, const char *title)
{
    if (h > LINES - 2)
        h = LINES - 2;
    if (w > COLS - 4)
        w = COLS - 4;
    struct area box = {(LINES - h) / 2, (COLS - w) / 2, h, w};
    struct area ground = {box.y, box.x - 1, h, w + 2};
    for (int y = 0; y < h; y++)
        put_fill(ground, y, 0, w + 2, S_TEXT);
    return draw_box(box, title, NULL, S_ACCENT);
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

static int help_rows(struct area inside, int y, const char *title, const struct keyhelp *keys)
{
    put(inside, y++, 0, S_TITLE, title);
    for (; keys && keys->keys; keys++) {
        struct area right = area_columns(area_rows(inside, y, inside.h), 20, inside.w);
        if (y >= 0) {
            put_fit(inside, y, 1, 18, S_KEY, keys->keys);
            int rows = draw_wrapped(right, 0, 0, S_TEXT, keys->help);
            y += rows > 0 ? rows : 1;
        } else {
            y++;
        }
    }
    return y;
}

static void draw_help(struct app *app)
{
    const struct screen *screen = app_view(app)->screen;
    struct area inside = draw_over(LINES - 4, COLS < 100 ? COLS - 6 : 92, "Keys of this screen");
    int y = -app->help_top;
    if (screen->about) {
        struct area text = area_rows(inside, 0, inside.h - 1);
        if (y >= 0)
            y += draw_wrapped(text, y, 0, S_TEXT, screen->about) + 1;
        else
            y += 3;
    }
    struct area list = area_rows(inside, 0, inside.h - 1);
    y = help_rows(list, y, "Here", screen->keys) + 1;
    y = help_rows(list, y, "Everywhere", general_keys);
    put(inside, inside.h - 1, 0, S_DIM, y > inside.h - 1 ? "j and k scroll, any other key closes this" : "any key closes this");
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
    if (app->help) {
        draw_help(app);
    } else if (app->dialog.open) {
        draw_dialog(app);
    } else if (view->screen->pane && view->screen->pane(app, view->state)) {
        cursor = pane_cursor(view->screen->pane(app, view->state), &y, &x);
    }
    curs_set(cursor);
    if (cursor)
        move(y, x);
}
