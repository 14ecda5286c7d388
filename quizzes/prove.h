/* Runs the proofs of question banks, each in a lab machine of its own with an engine inside, so that nothing is believed. */
#ifndef SLIPWAY_QUIZZES_PROVE_H
#define SLIPWAY_QUIZZES_PROVE_H

#include "quizzes/bank/bank.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdio.h>

struct prove {
    const char *host;        /* of an engine with lab machines; of any engine with `here` */
    bool here;               /* by bash on this machine, against that engine: what a real Docker does. No gates then. */
    bool gates;              /* also against engines that do nothing */
    int jobs;                /* machines at once */
    const char *only;        /* one question's id; NULL for all */
    const atomic_bool *stop; /* once it is set nothing more is begun; NULL: all of it is run */
    FILE *out;
};

/* For each question with a proof: it holds (a statement), or each option does what the key says, and a proof that asks an engine
 * does not hold with one that does nothing. A line each on `out`, in order ("ok - ..." or "not ok - ..." and what was said), and a
 * last one with figures. Gives the number of failures; what `stop` kept from being run is none, and is told before the figures. */
int prove_banks(const struct prove *prove, const struct bank *banks, size_t count);

/* The same for one question as practice.draw gives it, with what practice.answer said of it: only whether the proof holds. */
int prove_item(const char *host, const json_t *item, const json_t *verdict, FILE *out);

#endif
