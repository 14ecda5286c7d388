/* Looking at a student's screen. What was on it is kept in memory alone, for as long as somebody looks; that somebody looked is an
 * event of the log. */
#ifndef SLIPWAY_QUIZZES_CLASSD_PEEK_H
#define SLIPWAY_QUIZZES_CLASSD_PEEK_H

struct peeks;

void peeks_free(struct peeks *peeks);

#endif
