/* The lines of a ```recall block: questions that the reader is asked at the end of a lesson.
 *
 *   containers-basics/ns-count    one question of a bank
 *   topic C05 3                   three of a topic: those that topics.yaml names for it, and those whose own topic it is
 */
#ifndef SLIPWAY_LESSONS_RECALL_H
#define SLIPWAY_LESSONS_RECALL_H

#include "lessons/syllabus.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { RECALL_MOST = 20 };

struct recall_line {
    char *bank, *question; /* NULL when it is a topic */
    char *topic;
    int count;
    int line;            /* of the block, from 0 */
    const char *problem; /* in words for its author; NULL when all is well */
};

struct recall {
    struct recall_line *lines;
    size_t count;
};

void recall_parse(const char *text, struct recall *out);
void recall_free(struct recall *recall);
#define cleanup_recall __attribute__((cleanup(recall_free)))

/* A list of all questions that one may be asked, "bank/question", for recall_pick: bank after bank. */
struct question_name {
    char *bank, *id, *topic;
};

struct question_names {
    struct question_name *list;
    size_t count;
};

void question_names_add(struct question_names *names, const char *bank, const char *id, const char *topic);
void question_names_free(struct question_names *names);
bool question_names_has(const struct question_names *names, const char *bank, const char *id);

/* Those that fit a line, at most `most`, in the order of the names: how many there are in all. `syllabus` may be NULL. */
size_t recall_fitting(const struct recall_line *line, const struct question_names *names, const struct syllabus *syllabus,
                      const struct question_name **out, size_t most);

/* Ask the school (quizzes/class_client.h) for the questions of a block: adds to `items` what practice.draw gives, each question
 * once. Blocks. */
int recall_draw(const char *text, json_t *items, struct error *err);

#endif
