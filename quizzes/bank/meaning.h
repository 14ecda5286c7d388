/* Whether what somebody typed means what the key says: short answers, numbers with units, command lines. */
#ifndef SLIPWAY_QUIZZES_BANK_MEANING_H
#define SLIPWAY_QUIZZES_BANK_MEANING_H

#include "base/error.h"

#include <stdbool.h>

/* `*` stands for anything, `\*` for itself. Case, spaces at the ends and how many spaces there are do not count. */
bool pattern_matches(const char *pattern, const char *answer);

/* "7", "7.0", "7,5", "1,024", "7 MiB", "0.5h". Without a unit the one of the key is meant. Units of one kind are converted: bytes
 * (B, kB, KiB, ..., and k, m, g as Docker means them), times (ns to d), percent. Another unit, or one where the key has none, is
 * not right. */
bool number_matches(double value, double tolerance, const char *unit, const char *answer);

/* Two command lines mean the same when the words of the command, the flags with their values in any order, the operands in their
 * order, and for `run`, `create` and `exec` all words of the command inside are the same. `-d` is `--detach`, `-it` is `-i -t`,
 * `--name=a` is `--name a`, `docker container ls` is `docker ps`, `-m 1g` is `--memory 1024m`, and quoting does not count.
 * Commands joined by |, &&, ||, ; are compared one by one. A line that no shell would read (an open quote) means nothing. */
bool command_matches(const char *key, const char *answer);

#endif
