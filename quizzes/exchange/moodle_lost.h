/* What a question in Moodle XML says that a bank has no place for: each thing is a note. */
#ifndef SLIPWAY_QUIZZES_EXCHANGE_MOODLE_LOST_H
#define SLIPWAY_QUIZZES_EXCHANGE_MOODLE_LOST_H

#include "quizzes/exchange/xml_tree.h"

void moodle_note_lost(struct exchange *exchange, const struct xml_node *node, const struct bank_question *question);

/* --- for both (moodle_read.c) --- */

/* The text of an element as Markdown, by the format it names, or `otherwise`; allocated, "" of no element. */
char *moodle_markdown(const struct xml_node *node, const char *otherwise);
/* "true" or "1"; `otherwise` when there is no such element. */
bool moodle_says(const struct xml_node *node, const char *name, bool otherwise);

#endif
