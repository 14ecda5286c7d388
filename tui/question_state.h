/* The state of a running attempt, shared by the exam's two files: keys and storing (question.c), looks (question_draw.c). */
#ifndef SLIPWAY_TUI_QUESTION_STATE_H
#define SLIPWAY_TUI_QUESTION_STATE_H

#include "lessons/page.h"
#include "tui/draw.h"
#include "tui/list.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { OPTIONS_MAX = 8, ITEMS_MAX = 128 };

struct item {
    const json_t *json; /* inside attempt->started */
    struct pages stem, options[OPTIONS_MAX];
    int option_count;
    bool multiple, flagged;
    unsigned chosen; /* a bit per option, in the order shown */
    long long seq;   /* of the last answer that was sent */
    bool changed;    /* the answer differs from what was sent */
    bool sending, failed;
};

struct attempt {
    char bank[80], error[400];
    int count, seconds;
    json_t *started; /* the reply to exam.start; NULL until it came */
    long long id;
    int64_t deadline_ns, retry_ns;
    struct item items[ITEMS_MAX];
    int item_count, current, option;
    struct list review;
    bool reviewing, finishing, over, asking;
    char number[4]; /* digits typed after g */
    bool going;
    int top, lines, rows;
};

int attempt_answered(const struct attempt *attempt);
int attempt_unsaved(const struct attempt *attempt);
void attempt_draw(struct attempt *attempt, struct area area);
/* Options of one question from row y on; `marks` tells for each a sign and a style in place of the box (results), or NULL. Rows
 * used. */
int draw_option(struct area area, int y, int index, const struct pages *text, bool multiple, bool chosen, bool cursor);

#endif
