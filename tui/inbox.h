/* Messages of the class on the student's screen: one line of news each, whatever screen is shown. */
#ifndef SLIPWAY_TUI_INBOX_H
#define SLIPWAY_TUI_INBOX_H

struct app;

/* Asks for what is new, at most every ten seconds, and only on a machine that has a class. Called by the clock. */
void inbox_tick(struct app *app);

#endif
