/* The box of lines: moving between them, and drawing those that fit. */
#include "tui/form.h"

#include "base/strings.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/list.h"

#include <string.h>

void form_open(struct form *form, const char *title, void (*given)(struct app *, void *, struct form *))
{
    *form = (struct form){.open = true, .given = given};
    copy_text(form->title, sizeof form->title, title);
}

void form_add(struct form *form, const char *label, const char *hint, const char *text)
{
    if (form->count == FORM_FIELDS)
        return;
    struct form_field *field = &form->fields[form->count++];
    *field = (struct form_field){.label = label, .hint = hint};
    edit_set(&field->edit, text);
}

const char *form_text(const struct form *form, int field)
{
    static char rooms[4][EDIT_MAX];
    static int next;
    char *room = rooms[next = (next + 1) % 4];
    copy_text(room, EDIT_MAX, field < form->count ? form->fields[field].edit.text : "");
    return str_trim(room);
}

static void move(struct form *form, int by)
{
    if (form->count)
        form->at = (form->at + by + form->count) % form->count;
}

void form_key(struct app *app, struct form *form, void *owner, keycode key)
{
    app_dirty(app);
    if (key == K_ESC)
        form->open = false;
    else if (key == K_TAB || key == K_DOWN)
        move(form, 1);
    else if (key == K_SHIFT_TAB || key == K_UP)
        move(form, -1);
    else if (key == K_ENTER)
        form->given(app, owner, form);
    else if (edit_key(&form->fields[form->at].edit, key))
        form->error[0] = 0;
}

static int label_width(const struct form *form)
{
    int widest = 0;
    for (int i = 0; i < form->count; i++)
        widest = text_width(form->fields[i].label) > widest ? text_width(form->fields[i].label) : widest;
    return widest;
}

/* The field that is written is always on show. */
static void fit(struct form *form, int rows)
{
    form->top = form->at < form->top ? form->at : form->top;
    form->top = form->at >= form->top + rows ? form->at - rows + 1 : form->top;
    if (form->top + rows > form->count)
        form->top = form->count > rows ? form->count - rows : 0;
}

static void draw_field(const struct form *form, struct area area, int y, int index, int labels)
{
    const struct form_field *field = &form->fields[index];
    bool on = index == form->at;
    put(area, y, 0, S_ACCENT, on ? glyph(G_BAR) : " ");
    put(area, y, 2, on ? S_KEY : S_DIM, field->label);
    edit_draw(&field->edit, area, y, labels + 4, area.w - labels - 5, on ? S_STRONG : S_TEXT, on);
}

void form_draw(struct form *form, struct area area)
{
    int width = area.w > 96 ? 96 : area.w, least = 5;
    int height = form->count + least < area.h ? form->count + least : area.h;
    struct area box = {area.y + (area.h - height) / 2, area.x + (area.w - width) / 2, height, width};
    if (box.h < least + 1 || box.w < 20)
        return;
    for (int y = 0; y < box.h; y++)
        put_fill(box, y, 0, box.w, S_TEXT);
    struct area inside = draw_box(box, form->title, "Enter: all of it, Tab: next line, Esc: leave", S_ACCENT);
    int rows = inside.h - 3, labels = label_width(form);
    fit(form, rows);
    for (int y = 0; y < rows && form->top + y < form->count; y++)
        draw_field(form, inside, y, form->top + y, labels);
    scroll_marks(area_rows(inside, 0, rows), form->top, form->count > rows ? form->count - rows : 0);
    struct area foot = area_rows(inside, rows, 3);
    const char *hint = form->fields[form->at].hint;
    draw_wrapped(area_columns(foot, 2, foot.w), 1, 0, form->error[0] ? S_WARN : S_DIM,
                 form->error[0] ? form->error : str_or(hint, ""));
}
