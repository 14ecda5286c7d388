/* Answers between the wire, where options have the letters in which they were shown, and the store, where they have the bank's.
 *
 *   single, multiple, truefalse   stored as the letters, sorted: "ac"; sent as ["b","d"]
 *   ordering                      the letters in the order given: "cab"; sent as ["a","c","b"]
 *   matching                      for each letter of the bank the one that belongs to it, '-' for none: "b-a"; sent as a list, in
 * the order in which the left sides are shown, with "" for none short, numeric, command, essay   the text; sent as a string task
 * "3/4": steps done; comes from the lab, never from a client by DOMC                       "c-a+" (domc.h)
 */
#ifndef SLIPWAY_QUIZZES_CLASSD_ANSWERS_H
#define SLIPWAY_QUIZZES_CLASSD_ANSWERS_H

#include "quizzes/bank/bank.h"
#include "quizzes/classd/store.h"

#include <jansson.h>
#include <stdbool.h>

enum { ANSWER_TEXT_MAX = 1 << 10, ANSWER_ESSAY_MAX = 32 << 10 };

/* A question as one attempt shows it. */
struct drawn {
    int64_t slot, rev, position;
    enum question_type type;
    enum question_scoring scoring;
    char ordering[16]; /* letters of the bank in the order shown */
    char pairing[16];  /* the same for counterparts */
    int domc;          /* 0 no, 1 yes, 2 with one more option after the decision */
    bool reported;     /* a task whose steps are what the student's own program said, and a person has to confirm */
};

/* "a" of what is shown to the letter of the bank and back; 0 when there is no such letter. */
char letter_to_source(const char *ordering, char shown);
char letter_to_shown(const char *ordering, char source);

/* What a client sent as what is stored; allocated. `by_source`: with letters of the bank, or texts of options. EINVAL. */
int answer_read(struct store *store, const struct drawn *item, const json_t *given, bool by_source, char **stored,
                struct error *err);
json_t *answer_json(const struct drawn *item, const char *stored);
bool answer_given(const struct drawn *item, const char *stored); /* false for nothing and for what was taken back */

/* A text that shows on the terminals of others, "the answer" say: at most so many bytes, and no control character but tab and new
 * line. */
enum { COMMENT_MOST = 4000 };
int text_check(const char *what, const char *text, size_t most, struct error *err);

#endif
