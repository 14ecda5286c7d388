/* The screen of per-objective mastery, which other screens open at a bank. */
#ifndef SLIPWAY_TUI_MASTERY_H
#define SLIPWAY_TUI_MASTERY_H

#include "tui/app.h"

extern const struct screen screen_mastery;

/* `bank` may be "quiz:NAME" or "mock:dca"; `user` is the login of whom to show, "" for the class. */
void mastery_show(struct app *app, const char *bank, const char *user);

#endif
