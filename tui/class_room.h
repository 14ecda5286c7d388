/* What the screens of the class share: the strip of names on top, the table, the box that is written in, and sending a change to
 * the school. Each screen is a file of its own and begins its state with a struct class_room.
 *
 * Who may see and do what is decided by the school (quizzes/classd/roles.c). Here the role only says which names are worth showing.
 */
#ifndef SLIPWAY_TUI_CLASS_ROOM_H
#define SLIPWAY_TUI_CLASS_ROOM_H

#include "tui/app.h"
#include "tui/browse.h"
#include "tui/form.h"

#include <stdio.h>

enum class_tab {
    CLASS_BOARD,
    CLASS_GRADING,
    CLASS_BOOK,
    CLASS_WORK,
    CLASS_ROSTER,
    CLASS_MESSAGES,
    CLASS_BANKS,
    CLASS_LOG,
    CLASS_TABS
};

/* Writes what goes into a file, and tells the command that would. */
typedef void class_output(struct app *app, void *state, FILE *out);

struct class_room {
    struct browse browse;
    struct form form;
    bool loaded, sending;
    char error[300];                                               /* of the last look */
    char said[200];                                                /* what is told when the change that is under way is made */
    void (*changed)(struct app *app, void *state, json_t *answer); /* after that; NULL: only look again */
    class_output *output;                                          /* of the form that asks for a file */
};

void class_show(struct app *app, enum class_tab tab);
void class_next(struct app *app, void *state); /* for the tables of actions */
void class_before(struct app *app, void *state);
bool class_instructs(struct app *app, void *state); /* as `when` of an action: the one who asks is an instructor, */
bool class_staff(struct app *app, void *state);     /* or a grader; true as long as that is not known */
bool class_student(struct app *app, void *state);   /* known to be none of these */

/* What the class is called; "" as long as that is not known. */
const char *class_title(void);

/* The names in the first row, the one on show marked; gives what is below. */
struct area class_strip(struct area area, enum class_tab on);

/* Called by the screens' own functions of these names. */
void class_open(struct app *app, struct class_room *room, const struct browse_column *columns, int count);
void class_close(struct class_room *room);
bool class_typing(struct app *app, void *state);
struct filter *class_filter(struct app *app, void *state);
bool class_key(struct app *app, void *state, keycode key);
int class_interval(struct app *app, void *state);
void class_sort(struct app *app, void *state);
void class_reverse(struct app *app, void *state);
/* Box, strip and, while there is nothing else to show, why; false then. *inside is what is left. */
bool class_frame(struct class_room *room, enum class_tab tab, struct area area, const char *title, const char *note,
                 struct area *inside);
void class_over(struct class_room *room, struct area area); /* what is written, over the rest */

/* The first half of an answer_fn: keeps the error. True when there is an answer to take. */
bool class_got(struct app *app, struct class_room *room, const struct error *err);
/* The same, and the member `part` of the answer (NULL: all of it) takes the place of what is in *slot. */
bool class_take(struct app *app, struct class_room *room, json_t *answer, const char *part, json_t **slot, const struct error *err);

/* Ask for a change (`request` is taken). When it is made the form closes, `said` is told, and the screen looks again; else the
 * reason is shown where it was written. `changed` may be NULL. */
void class_change(struct app *app, struct class_room *room, json_t *request, const char *said,
                  void (*changed)(struct app *app, void *state, json_t *answer));
/* What came of something that a form asked for (form.sent): that form closes, or shows what is wrong; one that was opened meanwhile
 * is left alone, and an error becomes a note. False for an error. */
bool class_came(struct app *app, struct class_room *room, const struct error *err);
/* For what is wrong with a form before anything is asked: shows it there; false when there is an error. */
bool class_accept(struct class_room *room, const struct error *err);

/* The same with a request that is made off the screen's thread, of files and of what the school says. `about` (taken, may be NULL)
 * is what was written in the form. `build` gives NULL and the reason, or NULL alone when nothing is left to ask. */
typedef json_t *class_build(const json_t *about, struct error *err);
void class_change_by(struct app *app, struct class_room *room, json_t *about, class_build *build, const char *said,
                     void (*changed)(struct app *app, void *state, json_t *answer));
/* `yes` at once when there is no such file, else after a question. */
void class_write_over(struct app *app, const char *path, void (*yes)(struct app *app, void *owner, long argument), void *owner);
/* Asks for a file, called `name` unless another name is written; more lines may be added to the form. What `output` writes goes
 * there, readable by its owner alone, and over a file that is there after a question. What comes of it is told as of a change. */
void class_save(struct class_room *room, const char *title, const char *hint, const char *name, class_output *output);

/* A text member for a request. */
json_t *class_text(const char *text);
/* A number as it is written in a form: "%" may follow. */
bool class_real(const char *text, double *out);

#define CLASS_ACTIONS(prefix)                                                                                                      \
    {prefix ".table-after", "Tab", "tabs", "the class's other tables", class_next, NULL},                                          \
    {                                                                                                                              \
        prefix ".table-before", "Shift-Tab", NULL, "the class's other tables", class_before, NULL                                  \
    }

extern const struct screen screen_grading, screen_gradebook, screen_assignments, screen_roster, screen_messages, screen_class_banks,
    screen_log, screen_peek, screen_bank_files;

#endif
