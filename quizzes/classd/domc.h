/* Discrete option multiple choice: options one at a time, yes or no, no way back, and an end as soon as it is decided.
 *
 * With one key the item is right when the key gets a yes, and wrong at the first wrong yes or no; with several keys all must get a
 * yes. With probability 0.5, drawn beforehand, one more option follows the decision, so that the end tells nothing. What was said
 * is stored as letters of the bank file with a sign: "c-a+". */
#ifndef SLIPWAY_QUIZZES_CLASSD_DOMC_H
#define SLIPWAY_QUIZZES_CLASSD_DOMC_H

#include <stdbool.h>
#include <stddef.h>

enum domc_state { DOMC_OPEN, DOMC_RIGHT, DOMC_WRONG };

/* *decided: after how many options it was; as many as were said while it is open. */
enum domc_state domc_judge(const char *keys, const char *said, size_t *decided);

/* How many options there are to say something to, as far as is known: one more than were said, or all that are shown at all. */
size_t domc_shown(const char *keys, const char *said, size_t options, bool extra);
bool domc_over(const char *keys, const char *said, size_t options, bool extra);

#endif
