/* The plain mode: what the UI offers, as menus with numbers that are read from top to bottom, for screen readers, braille lines and
 * terminals that can do nothing. Lines in, lines out: no cursor moves, nothing is drawn twice, nothing changes by itself. Neither
 * side need be a terminal.
 *
 * A menu is one file. What it does is done by the program's own commands (`slipway lesson show`), whose output needs no cursor.
 */
#ifndef SLIPWAY_TUI_PLAIN_H
#define SLIPWAY_TUI_PLAIN_H

#include "base/command.h"

#include <stdbool.h>
#include <stddef.h>

struct plain {
    const struct command_context *context;
    bool ended; /* the input is over, or "q" was typed: every menu returns */
};

/* Ask for a line; static storage, without blanks around it; NULL when the input is over. Reads not a byte beyond the line: commands
 * that are started read on from there. */
char *plain_ask(struct plain *plain, const char *question);

/* Lists `items` (NULL ends) under their numbers and asks for one, again until it is one. Gives its index, or -1 for 0, back, and at
 * the end of the input. `way` names what 0 does. */
int plain_choose(struct plain *plain, const char *title, char *const *items, const char *way);

/* Run one of our commands: plain_run(plain, false, WORDS("lesson", "show", slug)). `reads`: it gets the input, else none. Its exit
 * code. */
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
int plain_run(struct plain *plain, bool reads, const char *const *arguments);

void plain_lessons(struct plain *plain);
void plain_labs(struct plain *plain);
void plain_containers(struct plain *plain);
void plain_exams(struct plain *plain);

#endif
