/* The help page and the explanation, both from the screen's own tables. */
#include "tui/help.h"

#include "base/strings.h"
#include "tui/app.h"

#include <ncurses.h>
#include <stdio.h>

struct area draw_over(int rows, int columns, const char *title)
{
    if (rows > LINES - 2)
        rows = LINES - 2;
    if (columns > COLS - 4)
        columns = COLS - 4;
    struct area box = {(LINES - rows) / 2, (COLS - columns) / 2, rows, columns};
    struct area ground = {box.y, box.x - 1, rows, columns + 2};
    for (int y = 0; y < rows; y++)
        put_fill(ground, y, 0, columns + 2, S_TEXT);
    return draw_box(box, title, NULL, S_ACCENT);
}

static int draw_actions(struct area inside, int y, const struct action *action)
{
    while (action && action->id) {
        char keys[64];
        const char *text = action->help;
        action = action_group(action, true, true, keys, sizeof keys);
        struct area right = area_columns(inside, 20, inside.w);
        put_fit(inside, y, 1, 18, S_KEY, keys[0] ? keys : "-");
        int rows = draw_wrapped(right, y, 0, S_TEXT, text);
        y += rows > 0 ? rows : 1;
    }
    return y;
}

static int draw_section(struct area inside, int y, const char *title, const struct action *actions)
{
    if (!actions || !actions->id)
        return y;
    put(inside, y, 0, S_TITLE, title);
    return draw_actions(inside, y + 1, actions) + 1;
}

void help_draw(struct app *app)
{
    struct view *view = app_view(app);
    const struct part *part = view_part(app, view);
    struct area inside = draw_over(LINES - 4, COLS < 100 ? COLS - 6 : 92, "Keys of this screen");
    struct area list = area_rows(inside, 0, inside.h - 1);
    int y = -app->over_top;
    if (view->screen->about)
        y += draw_wrapped(list, y, 0, S_TEXT, view->screen->about) + 1;
    if (part && part->actions) {
        char title[80];
        snprintf(title, sizeof title, "Here, in %s", str_or(part->name, "this view"));
        y = draw_section(list, y, title, part->actions);
    }
    y = draw_section(list, y, "Here", view->screen->actions);
    y = draw_section(list, y, "Everywhere", general_actions);
    y = draw_section(list, y, "In lists and texts", motion_actions) - 1;
    app->over_lines = y + app->over_top;
    app->over_rows = list.h;
    put(inside, inside.h - 1, 0, S_DIM,
        app->over_lines > list.h ? "j and k scroll, any other key closes this" : "any key closes this");
}

void explain_draw(struct app *app)
{
    struct view *view = app_view(app);
    const struct part *part = view_part(app, view);
    const char *text = part && part->about ? part->about : str_or(view->screen->about, "");
    char title[120];
    snprintf(title, sizeof title, "What am I looking at: %s",
             str_or(part ? part->name : NULL, str_or(view->screen->title, view->screen->name)));
    int width = COLS < 90 ? COLS - 8 : 80;
    struct area nothing = {0, 0, 0, width - 4};
    int rows = draw_wrapped(nothing, 0, 0, S_TEXT, text);
    int manual = part && part->man ? draw_wrapped((struct area){0, 0, 0, width - 16}, 0, 0, S_CODE, part->man) + 1 : 0;
    struct area inside = draw_over(rows + manual + 4, width, title);
    int y = draw_wrapped(area_rows(inside, 0, inside.h - 1), -app->over_top, 0, S_TEXT, text) - app->over_top + 1;
    if (part && part->man && y < inside.h - 1) {
        int x = put(inside, y, 0, S_DIM, "Read on in:") + 1;
        draw_wrapped(area_columns(area_rows(inside, 0, inside.h - 1), x, inside.w), y, 0, S_CODE, part->man);
    }
    app->over_lines = rows + manual + 1;
    app->over_rows = inside.h - 1;
    put(inside, inside.h - 1, 0, S_DIM, "any key closes this; ? shows the keys");
}
