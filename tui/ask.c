/* Asking for one line. */
#include "tui/ask.h"

#include "base/strings.h"
#include "tui/format.h"

void ask_begin(struct ask *ask, const char *prompt, const char *text)
{
    *ask = (struct ask){.open = true};
    copy_text(ask->prompt, sizeof ask->prompt, prompt);
    edit_set(&ask->edit, text);
}

enum ask_end ask_key(struct ask *ask, keycode key)
{
    if (key == K_ENTER || key == K_ESC)
        ask->open = false;
    else
        edit_key(&ask->edit, key);
    return key == K_ENTER ? ASK_GIVEN : key == K_ESC ? ASK_LEFT : ASK_GOES_ON;
}

struct area ask_draw(const struct ask *ask, struct area area, const char *kept)
{
    int y = area.h - 1;
    if (!ask->open && str_empty(kept))
        return area;
    int x = put(area, y, 0, S_KEY, ask->open ? ask->prompt : "/");
    if (ask->open)
        x += edit_draw(&ask->edit, area, y, x, area.w - x - 32, S_STRONG, true);
    else
        x += put_fit(area, y, x, area.w - x - 20, S_STRONG, kept);
    put_fit(area, y, x + 3, area.w - x - 3, S_DIM, ask->open ? "Enter gives it, Esc leaves it" : "Esc clears it");
    return area_rows(area, 0, area.h - 1);
}
