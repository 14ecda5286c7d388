/* Several lines that are written together, in a box over a screen. While it is open its owner hands it all keys (screen->typing).
 * It stays open until its owner says that what was written is taken, so that nothing is lost by a refusal.
 */
#ifndef SLIPWAY_TUI_FORM_H
#define SLIPWAY_TUI_FORM_H

#include "tui/draw.h"
#include "tui/edit.h"

#include <stdbool.h>

struct app;

enum { FORM_FIELDS = 20 };

struct form_field {
    const char *label, *hint; /* borrowed; the hint is shown while the field is being written */
    struct edit edit;
};

struct form {
    bool open, sent; /* sent: what it asks for is under way, and its owner waits to close it, or to show what is wrong */
    char title[100], error[300];
    struct form_field fields[FORM_FIELDS];
    int count, at, top;
    long value; /* the owner's affair */
    void (*given)(struct app *app, void *owner, struct form *form);
};

void form_open(struct form *form, const char *title, void (*given)(struct app *, void *, struct form *));
void form_add(struct form *form, const char *label, const char *hint, const char *text);
const char *form_text(const struct form *form,
                      int field); /* without blanks around it; static storage until the next call but three */
void form_key(struct app *app, struct form *form, void *owner, keycode key); /* Enter gives all of it, Esc leaves */
void form_draw(struct form *form, struct area area);

#endif
