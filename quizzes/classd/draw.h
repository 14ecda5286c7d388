/* Drawing and shuffling that can be done again: the same seed gives the same questions and the same order of options. */
#ifndef SLIPWAY_QUIZZES_CLASSD_DRAW_H
#define SLIPWAY_QUIZZES_CLASSD_DRAW_H

#include <stddef.h>
#include <stdint.h>

enum { DRAW_SEED = 32 };

/* HMAC-SHA256 of the attempt's number under the exam secret. */
void draw_seed(const void *secret, size_t secret_len, int64_t attempt, unsigned char seed[DRAW_SEED]);

/* Put `count` different numbers from 0 to `most` - 1 into `out`, in random order (count <= most): Fisher and Yates' shuffle, fed
 * with HMAC-SHA256(seed, label and counter), without modulo bias. `label` makes streams of one seed independent. */
void draw(const unsigned char seed[DRAW_SEED], const char *label, size_t most, size_t count, size_t *out);

#endif
