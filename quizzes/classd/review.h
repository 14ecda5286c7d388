/* What of an ended attempt its learner may see, and when. Everything that tells of marks asks here: results, the history, the home
 * screen, cards, and the copy of one's own data. */
#ifndef SLIPWAY_QUIZZES_CLASSD_REVIEW_H
#define SLIPWAY_QUIZZES_CLASSD_REVIEW_H

#include "quizzes/classd/store.h"

/* What of an item is told: nothing of these while the attempt runs. */
enum { REVIEW_RIGHT = 1, REVIEW_POINTS = 2, REVIEW_KEY = 4, REVIEW_EXPLANATIONS = 8, REVIEW_ALL = 15 };
enum { REVIEW_MARKS = REVIEW_RIGHT | REVIEW_POINTS };

struct review {
    unsigned open;    /* bits of the above */
    int64_t withheld; /* a class's results are not out: until when; 0 when they are */
    int64_t running;  /* another attempt of theirs that runs: keys of this one are keys of that one */
    bool counts;      /* its marks may show in what is summed up: topics, cards, the best so far */
};

/* For the person whose attempt it is. What a student of a class may see waits for the assignment's review, whoever asks through
 * them; the settings of a quiz decide in phases: the two minutes after the end, later, and after it has closed. */
int review_of(struct store *store, int64_t attempt, struct review *out, struct error *err);

bool review_counts(struct store *store, int64_t attempt);
/* May the marks of it be told? Of a running one they may not. */
bool review_points(struct store *store, int64_t attempt);

#endif
