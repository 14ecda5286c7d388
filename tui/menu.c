/* The box in which one thing is chosen or one line is written. */
#include "tui/menu.h"

#include "base/strings.h"
#include "tui/app.h"
#include "tui/format.h"

#include <string.h>

void menu_open(struct menu *menu, const char *title, void (*chosen)(struct app *, void *, const struct menu_row *))
{
    *menu = (struct menu){.open = true, .chosen = chosen};
    copy_text(menu->title, sizeof menu->title, title);
}

void menu_add(struct menu *menu, long value, const char *name, const char *note)
{
    if (menu->count == MENU_ROWS)
        return;
    struct menu_row *row = &menu->rows[menu->count++];
    row->value = value;
    copy_text(row->name, sizeof row->name, name);
    copy_text(row->note, sizeof row->note, note);
}

void menu_line(struct menu *menu, const char *title, const char *label, const char *text,
               void (*written)(struct app *, void *, const char *))
{
    *menu = (struct menu){.open = true, .line = true, .written = written};
    copy_text(menu->title, sizeof menu->title, title);
    copy_text(menu->label, sizeof menu->label, label);
    edit_set(&menu->edit, text);
}

/* It is closed first: what is done with the choice may open it again. */
static void take(struct app *app, struct menu *menu, void *owner)
{
    struct menu_row row = menu->rows[menu->list.selected];
    char text[EDIT_MAX];
    copy_text(text, sizeof text, menu->edit.text);
    menu->open = false;
    if (menu->line)
        menu->written(app, owner, text);
    else if (menu->count)
        menu->chosen(app, owner, &row);
}

void menu_key(struct app *app, struct menu *menu, void *owner, keycode key)
{
    if (key == K_ESC || (key == 'q' && !menu->line))
        menu->open = false;
    else if (key == K_ENTER)
        take(app, menu, owner);
    else if (menu->line)
        edit_key(&menu->edit, key);
    else
        list_key(&menu->list, key, menu->count);
    app_dirty(app);
}

static void draw_rows(struct menu *menu, struct area area)
{
    int widest = 0;
    for (int i = 0; i < menu->count; i++)
        widest = text_width(menu->rows[i].name) > widest ? text_width(menu->rows[i].name) : widest;
    int top = list_fit(&menu->list, area, menu->count);
    for (int y = 0; y < area.h && top + y < menu->count; y++) {
        const struct menu_row *row = &menu->rows[top + y];
        enum style style = table_row(area, y, list_selected(&menu->list, top + y));
        put_fit(area, y, 1, widest, style == S_SELECT ? style : S_STRONG, row->name);
        put_fit(area, y, widest + 3, area.w - widest - 4, style, row->note);
    }
}

void menu_draw(struct menu *menu, struct area area)
{
    int rows = menu->line ? 2 : menu->count, most = area.h - 2;
    int height = (rows < most ? rows : most) + 2, width = area.w > 100 ? 100 : area.w;
    struct area box = {area.y + (area.h - height) / 2, area.x + (area.w - width) / 2, height, width};
    if (box.h < 3 || box.w < 10)
        return;
    for (int y = 0; y < box.h; y++)
        put_fill(box, y, 0, box.w, S_TEXT);
    struct area inside = draw_box(box, menu->title, "Enter takes it, Esc leaves", S_ACCENT);
    if (!menu->line) {
        draw_rows(menu, inside);
        return;
    }
    put_fit(inside, 0, 1, inside.w - 2, S_DIM, menu->label);
    put(inside, 1, 1, S_KEY, glyph(G_PLAY));
    edit_draw(&menu->edit, inside, 1, 3, inside.w - 4, S_STRONG, true);
}
