/* The state of a running attempt, shared by the exam's two files: keys and storing (question.c), looks (question_draw.c). */
#ifndef SLIPWAY_TUI_QUESTION_STATE_H
#define SLIPWAY_TUI_QUESTION_STATE_H

#include "lessons/page.h"
#include "tui/draw.h"
#include "tui/edit.h"
#include "tui/list.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { OPTIONS_MAX = 8, ITEMS_MAX = 128 };

/* How a question is answered. */
enum item_kind { ITEM_CHOICES, ITEM_ONE_BY_ONE, ITEM_ORDER, ITEM_PAIRS, ITEM_LINE, ITEM_ESSAY, ITEM_LAB };

struct item {
    json_t *json; /* inside attempt->started */
    enum item_kind kind;
    struct pages stem, options[OPTIONS_MAX], counterparts[OPTIONS_MAX];
    int option_count, counterpart_count;
    bool multiple, flagged;
    unsigned chosen;             /* a bit per option, in the order shown; one by one: those that got a yes */
    char order[OPTIONS_MAX + 1]; /* letters in the order given */
    char pairs[OPTIONS_MAX + 1]; /* the letter that belongs to each option, ' ' for none */
    char *text;                  /* line, essay */
    int said;                    /* one by one: options that were judged */
    bool yes, one_over;          /* what is being sent about the next one; nothing is left to judge */
    long long seq;               /* of the last answer that was sent */
    bool changed;                /* the answer differs from what was sent */
    bool sending, failed;
};

struct attempt {
    char bank[80], error[400];
    int count, seconds;
    json_t *started; /* the reply to exam.start; NULL until it came */
    long long id;
    int64_t deadline_ns, over_ns, retry_ns; /* over_ns: limit and grace are */
    struct item items[ITEMS_MAX];
    int item_count, current, option;
    struct list review;
    bool reviewing, finishing, over, asking;
    bool late;       /* the limit is over; the grace may not be */
    bool refused;    /* to begin it; asking again does not help */
    bool wants_word; /* the quiz's password, which is written now */
    char word[EDIT_MAX];
    char number[4]; /* digits typed after g */
    bool writing;   /* a line or an essay */
    struct edit edit;
    bool forward, going_on; /* no way back; the next question is asked for */
    int total;              /* of all questions, also those that are not here yet */
    bool going;
    int top, lines, rows;
};

int attempt_answered(const struct attempt *attempt);
bool item_answered(const struct item *item);
int attempt_unsaved(const struct attempt *attempt);
void attempt_draw(struct attempt *attempt, struct area area);
/* Options of one question from row y on; `marks` tells for each a sign and a style in place of the box (results), or NULL. Rows
 * used. */
int draw_option(struct area area, int y, int index, const struct pages *text, bool multiple, bool chosen, bool cursor);

/* What is below the stem: how it is answered, and the answer as it stands. `edit`: the line that is being written, or NULL. Rows.
 */
int item_draw(const struct item *item, const struct edit *edit, int cursor, struct area area, int y);

/* question_send.c. attempt_finish is what an app_ask calls as well. */
struct app;
void attempt_start(struct app *app, struct attempt *attempt);
void attempt_send(struct app *app, struct attempt *attempt, int index); /* the item's answer as it stands */
void attempt_say(struct app *app, struct attempt *attempt, bool yes);
void attempt_finish(struct app *app, void *owner, long argument);

/* question_answer.c: answers of every kind between keys, the item and the wire. */
void item_load(struct item *item, json_t *json);
void item_free(struct item *item);
json_t *item_answer(const struct item *item);   /* as it is sent */
bool item_touch(struct item *item, int option); /* the option with this letter; false when that changes nothing */
void item_add_option(struct item *item, json_t *option);
const char *item_hint(const struct item *item); /* what the keys do, in a few words */
/* Writing: the last line of the text goes into the line editor, and back with the rest. */
void item_write(struct item *item, struct edit *edit);
void item_written(struct item *item, const struct edit *edit);

#endif
