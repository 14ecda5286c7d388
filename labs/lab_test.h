/* The proof of labs: what authors run before learners do. */
#ifndef SLIPWAY_LABS_LAB_TEST_H
#define SLIPWAY_LABS_LAB_TEST_H

#include "labs/lab.h"

struct lab_test {
    const char *host;
    char *const *labs; /* names, or paths with a '/' */
    int first, seeds;  /* numbers of the seeds by which parameters are drawn: first, first + 1, ...; one is enough without any */
    int jobs;          /* machines at once */
    FILE *out;
};

/* For each lab, step and seed: the untouched step fails its check and says what is missing, each wrong-*.sh fails with the words
 * that it expects, and solve.sh passes; and when the machine goes, nothing of it stays. One line each on `out`, in order ("ok -
 * ..." or "not ok - ..."), and a last one with figures. Gives the number of failures. */
int lab_test(const struct lab_test *test);

#endif
