/* What is wrong with a lab's files, as far as it can be told without running them. */
#ifndef SLIPWAY_LABS_LINT_H
#define SLIPWAY_LABS_LINT_H

#include "labs/problem.h"

#include <stdbool.h>

/* Everything that reading the lab tells, and what its scripts and texts look like. `course`: its prerequisites must be there. */
void lab_lint(const char *folder, bool course, struct lab_problems *problems);

/* Names of the lab's scripts that begin with "wrong-", each once, without ".sh" and "@HOST"; sorted, allocated. */
char **lab_wrongs(const char *folder);
/* What line 1 of wrong-NAME.sh (or of wrong-NAME@HOST.sh) promises after "# expect: "; NULL when it promises nothing. */
char *lab_expected(const char *folder, const char *name);

#endif
