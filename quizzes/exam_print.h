/* Questions and results on a plain terminal or in a pipe. */
#ifndef SLIPWAY_QUIZZES_EXAM_PRINT_H
#define SLIPWAY_QUIZZES_EXAM_PRINT_H

#include <jansson.h>
#include <stdint.h>

enum { CLOCK_FACE = 24 };

/* "1:02:03" or "4:05". */
void clock_face(int64_t ms, char out[CLOCK_FACE]);

/* Markdown wrapped to the terminal; the first line begins with `first`, the others with as many spaces. */
void print_markdown(const char *markdown, const char *first);

/* The stem and the lettered options of an item, with what is chosen marked. */
void print_question(const json_t *item, size_t count, int64_t left_ms);

/* Score, pass mark, topics. */
void print_summary(const json_t *result);

/* Each item with key, own answer and explanations; `wrong_only` leaves out what was right. */
/* One of them, with what is known of its key. */
void print_answered(const json_t *item);
void print_items(const json_t *result, int wrong_only);

/* Indented JSON and a newline on stdout. */
void print_json(const json_t *doc);

#endif
