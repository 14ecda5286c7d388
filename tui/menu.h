/* A box over a part of a screen in which one thing is chosen, or one line is written. While it is open its owner hands it all keys
 * (screen->typing); Esc closes it. */
#ifndef SLIPWAY_TUI_MENU_H
#define SLIPWAY_TUI_MENU_H

#include "tui/draw.h"
#include "tui/edit.h"
#include "tui/list.h"

#include <stdbool.h>

struct app;

enum { MENU_ROWS = 256 };

struct menu_row {
    char name[48], note[120];
    long value; /* the owner's affair */
};

struct menu {
    bool open, line; /* `line`: one is written, there are no rows */
    char title[100], label[120];
    struct menu_row rows[MENU_ROWS];
    int count;
    struct list list;
    struct edit edit;
    void (*chosen)(struct app *app, void *owner, const struct menu_row *row);
    void (*written)(struct app *app, void *owner, const char *text);
};

void menu_open(struct menu *menu, const char *title, void (*chosen)(struct app *, void *, const struct menu_row *));
void menu_add(struct menu *menu, long value, const char *name, const char *note); /* what does not fit is left out */
/* Write a line: `label` tells what is wanted, `text` stands there to begin with. */
void menu_line(struct menu *menu, const char *title, const char *label, const char *text,
               void (*written)(struct app *, void *, const char *));
void menu_key(struct app *app, struct menu *menu, void *owner, keycode key);
void menu_draw(struct menu *menu, struct area area);

#endif
