/* The line editor and its history. */
#include "tui/edit.h"

#include "base/strings.h"
#include "tui/format.h"

#include <stdio.h>
#include <string.h>

enum {
    CTRL_A = 1,
    CTRL_B = 2,
    CTRL_D = 4,
    CTRL_E = 5,
    CTRL_F = 6,
    CTRL_K = 11,
    CTRL_N = 14,
    CTRL_P = 16,
    CTRL_U = 21,
    CTRL_W = 23
};

static bool continues(char byte) { return ((unsigned char)byte & 0xc0) == 0x80; }

static size_t before(const struct edit *edit, size_t at)
{
    while (at > 0 && continues(edit->text[--at]))
        ;
    return at;
}

static size_t after(const struct edit *edit, size_t at)
{
    if (edit->text[at])
        while (continues(edit->text[++at]))
            ;
    return at;
}

static void cut(struct edit *edit, size_t from, size_t to)
{
    memmove(edit->text + from, edit->text + to, strlen(edit->text + to) + 1);
    edit->at = from;
}

static size_t word_before(const struct edit *edit)
{
    size_t at = edit->at;
    while (at > 0 && edit->text[at - 1] == ' ')
        at--;
    while (at > 0 && edit->text[at - 1] != ' ')
        at--;
    return at;
}

static void insert(struct edit *edit, keycode key)
{
    char bytes[8];
    int len = snprintf(bytes, sizeof bytes, "%lc", key);
    size_t have = strlen(edit->text);
    if (len <= 0 || have + (size_t)len >= sizeof edit->text)
        return;
    memmove(edit->text + edit->at + len, edit->text + edit->at, have - edit->at + 1);
    memcpy(edit->text + edit->at, bytes, (size_t)len);
    edit->at += (size_t)len;
}

bool edit_key(struct edit *edit, keycode key)
{
    size_t end = strlen(edit->text);
    switch (key) {
    case K_LEFT:
    case CTRL_B:
        edit->at = before(edit, edit->at);
        return true;
    case K_RIGHT:
    case CTRL_F:
        edit->at = after(edit, edit->at);
        return true;
    case K_HOME:
    case CTRL_A:
        edit->at = 0;
        return true;
    case K_END:
    case CTRL_E:
        edit->at = end;
        return true;
    case K_BACKSPACE:
        cut(edit, before(edit, edit->at), edit->at);
        return true;
    case K_DELETE:
    case CTRL_D:
        cut(edit, edit->at, after(edit, edit->at));
        return true;
    case CTRL_W:
        cut(edit, word_before(edit), edit->at);
        return true;
    case CTRL_U:
        cut(edit, 0, edit->at);
        return true;
    case CTRL_K:
        edit->text[edit->at] = 0;
        return true;
    default:
        if (key < ' ' || key == 0x7f || key >= K_BASE)
            return false;
        insert(edit, key);
        return true;
    }
}

void edit_set(struct edit *edit, const char *text)
{
    copy_text(edit->text, sizeof edit->text, text);
    edit->at = strlen(edit->text);
}

int edit_draw(const struct edit *edit, struct area area, int y, int x, int width, enum style style, bool focus)
{
    char left[EDIT_MAX];
    copy_text(left, sizeof left, edit->text);
    left[edit->at] = 0;
    const char *from = edit->text;
    int used = text_width(left);
    while (used >= width && *from) {
        utf8_next(&from);
        char part[EDIT_MAX];
        copy_text(part, sizeof part, from);
        part[edit->at - (size_t)(from - edit->text)] = 0;
        used = text_width(part);
    }
    int columns = put_fit(area, y, x, width - 1, style, from);
    if (!focus)
        return columns;
    char sign[8] = "_";
    if (edit->text[edit->at])
        snprintf(sign, sizeof sign, "%.*s", (int)(after(edit, edit->at) - edit->at), edit->text + edit->at);
    put(area, y, x + used, S_SELECT, sign);
    return columns > used + 1 ? columns : used + 1;
}

void history_add(struct history *history, const char *line)
{
    bool again = history->count && str_equal(history->lines[history->count - 1], line);
    if (!str_empty(line) && !again) {
        if (history->count == HISTORY_MAX)
            memmove(history->lines[0], history->lines[1], sizeof history->lines[0] * (size_t)(--history->count));
        copy_text(history->lines[history->count++], EDIT_MAX, line);
    }
    history->at = history->count;
}

bool history_key(struct history *history, struct edit *edit, keycode key)
{
    bool up = key == K_UP || key == CTRL_P, down = key == K_DOWN || key == CTRL_N;
    if (!up && !down)
        return false;
    if (history->at == history->count)
        copy_text(history->draft, sizeof history->draft, edit->text);
    int to = history->at + (up ? -1 : 1);
    if (to >= 0 && to <= history->count) {
        history->at = to;
        edit_set(edit, to == history->count ? history->draft : history->lines[to]);
    }
    return true;
}
