/* Proofs of questions: a script that shows by the state of engine and kernel that the key is right. Here its text becomes
 * scripts that say yes or no; quizzes/prove.h runs them.
 *
 * A statement is a script with `expect NAME COMMAND...` (the command must succeed) and `refuse NAME COMMAND...` (it must fail).
 * Options have sections: %setup, %before (must succeed), %check (exit 0 when the option had the effect that is asked for), and
 * %option 1 ... in the order of the file.
 */
#ifndef SLIPWAY_QUIZZES_PROOF_H
#define SLIPWAY_QUIZZES_PROOF_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { PROOF_OPTIONS_MAX = 8 };

/* Exit codes of the scripts below. */
enum { PROOF_HOLDS = 0, PROOF_FAILS = 1, PROOF_BROKEN = 2, PROOF_REACHED = 10, PROOF_NOT_REACHED = 11 };

/* What is wrong with the text, before anything is run; 0 when nothing is. `options` is how many the question has, 0 for a
 * statement. */
int proof_check(const char *text, size_t options, struct error *err);

/* Does the statement hold? PROOF_HOLDS, or PROOF_FAILS and each expectation that failed on a line. Owned. */
char *proof_statement(const char *text);
/* What does option `number` (from 1) do? PROOF_REACHED or PROOF_NOT_REACHED; PROOF_BROKEN with the reason. Owned. */
char *proof_option(const char *text, size_t number);

/* The same script with an engine that does nothing, once with success and once with failure: PROOF_HOLDS when both times it does
 * not prove anything. Owned; NULL when the proof never asks an engine, and so has nothing to be fooled by. */
char *proof_gate(const char *script, const char *text);

#endif
