/* The proof of a lab: what authors run before learners do. */
#ifndef SLIPWAY_LABS_LAB_TEST_H
#define SLIPWAY_LABS_LAB_TEST_H

#include "labs/lab.h"

/* For each step, in sandboxes of their own: with the steps before it solved, the untouched step fails its check, each wrong-*.sh
 * fails with the words it expects, and solve.sh passes. One line each on `out` ("ok - ..." or "not ok - ..."); gives the number of
 * failures. */
int lab_test(const char *host, const struct lab *lab, FILE *out);

#endif
