/* Questions at the end of a lesson, or those that are due by repetition: drawn and judged by the school, one after the other, each
 * with its explanation at once. */
#ifndef SLIPWAY_TUI_LESSON_RECALL_H
#define SLIPWAY_TUI_LESSON_RECALL_H

#include "tui/draw.h"
#include "tui/proof_watch.h"
#include "tui/question_state.h"

#include <jansson.h>
#include <stdbool.h>

struct app;

struct lesson_recall {
    bool open, asking, judging;
    bool due; /* by repetition, not of a lesson */
    char lesson[80];
    json_t *items;   /* NULL until they came */
    json_t *verdict; /* of the question on show: "right", "key", "explanations"; NULL before it is answered */
    size_t at;
    int right, answered;
    struct item item; /* the one on show, with what is answered so far; made when it comes */
    bool made, writing;
    struct edit edit;
    json_t *told; /* the item with its verdict and the answer in it */
    struct proof_watch proof;
    int top, lines, rows;
    char error[300];
};

/* `text`: the lines of a recall block. */
void lesson_recall_open(struct app *app, struct lesson_recall *recall, const char *lesson, const char *text);
/* What is due and some new questions (learn.due). */
void lesson_recall_due(struct app *app, struct lesson_recall *recall);
void lesson_recall_close(struct app *app, struct lesson_recall *recall);

bool lesson_recall_waits(const struct lesson_recall *recall);                        /* for an answer */
void lesson_recall_choose(struct app *app, struct lesson_recall *recall, int index); /* an option */
/* Enter: hands in what was chosen when several are right, or goes on to the next question; false at the end. */
bool lesson_recall_go_on(struct app *app, struct lesson_recall *recall);
/* Answers that are written: begin (false: this one is not), and all keys while recall->writing. */
bool lesson_recall_write(struct lesson_recall *recall);
void lesson_recall_write_key(struct app *app, struct lesson_recall *recall, keycode key);
/* The proof of the question that was just judged, run in a lab machine; false when it has none. */
bool lesson_recall_has_proof(const struct lesson_recall *recall);
void lesson_recall_prove(struct app *app, struct lesson_recall *recall);
void lesson_recall_draw(struct lesson_recall *recall, struct area area);

#endif
