/* Actions: what a person can do, each said once. From the same row come its keys, its place in the footer, its line in the help,
 * its entry in the palette and its name in the file of keys.
 *
 * A screen declares a const table of its own; a part of a screen (a tab) may have one more; the general ones are in general.c.
 * Neighbouring rows that share a `brief` are one entry of the footer ("n p page"), those that share a `help` one line of the help.
 */
#ifndef SLIPWAY_TUI_ACTION_H
#define SLIPWAY_TUI_ACTION_H

#include "tui/input.h"

#include <stdbool.h>
#include <stddef.h>

struct app;
struct screen;

struct action {
    const char *id;    /* "containers.stop"; NULL ends the table */
    const char *keys;  /* as key_parse() reads them, blanks between: "n Right l". The first is the one shown. "" for none */
    const char *brief; /* one or two words for the footer; NULL: not there */
    const char *help;  /* a sentence without its full stop */
    /* NULL: the row only tells what the motion or general action of this id ("move.down") does here; the keys are that one's. */
    void (*run)(struct app *app, void *state);
    bool (*when)(struct app *app, void *state); /* offered only then; NULL: always. Two rows may share a key only if each has one */
};

enum { ACTION_KEYS = 6, ACTION_TABLES = 4 };

/* The keys of an action: of the file of keys when that names it, else its own. Gives how many. */
int action_keys(const struct action *action, keycode keys[ACTION_KEYS]);
bool action_has_key(const struct action *action, keycode key);

/* The tables that hold now: of the part on show, of the screen, the general ones; an earlier one goes before a later. NULL ends. */
struct action_set {
    const struct action *tables[ACTION_TABLES];
    void *state;
};
struct action_set actions_now(struct app *app);
/* The action of a key: NULL when none is bound to it, or not now. `general`: only the general ones, or only those of the screen. */
const struct action *action_find(struct app *app, keycode key, bool general);
bool action_offered(struct app *app, void *state, const struct action *action);
void action_run(struct app *app, void *state, const struct action *action);
const struct action *action_named(const char *id); /* of any screen; NULL when there is none */

/* One entry for the rows from `action` on that share what `help` chooses (their help, or their brief): their keys as text, such as
 * "n p" or "1-5". Gives the row after them. `all`: every key of each, else the first. */
const struct action *action_group(const struct action *action, bool help, bool all, char *keys, size_t room);

/* Motions, with vi's keys and the arrows; keys of lists and of texts that scroll. */
enum motion { MOVE_NONE, MOVE_DOWN, MOVE_UP, MOVE_PAGE_DOWN, MOVE_PAGE_UP, MOVE_TOP, MOVE_BOTTOM };
enum motion motion_of(keycode key);

extern const struct action general_actions[], motion_actions[];
/* Every screen there is: for names in the file of keys, for the palette and for tests. A new screen gets a row in general.c. */
extern const struct screen *const all_screens[];

/* Read $XDG_CONFIG_HOME/slipway/keys (lines "ACTION KEY...", "#" begins a remark; an action without keys has none). What is wrong
 * is left out and told in `note`, empty when all is well. Screens keep working with what their tables say. */
void keys_load(char *note, size_t room);
void keys_read(const char *path, const char *text, char *note,
               size_t room); /* the same from memory; forgets what was read before */

#endif
