/* The rest of an instruction taken apart into words, each kind of instruction in its own way. Used by the parser alone. */
#ifndef SLIPWAY_BUILD_WORDS_H
#define SLIPWAY_BUILD_WORDS_H

#include "build/dockerfile.h"

/* Blanks between words on one line: not all that Unicode calls so. */
#define WORDS_BLANKS " \t\v\f\r"

/* The flags that `rest` begins with ("--chown=1:2"), quotes and escapes taken away; returns what follows them. */
const char *words_flags(const char *rest, char ***flags);

char **words_plain(const char *rest);               /* between blanks */
char **words_quoted(const char *rest, char escape); /* blanks in quotes or behind an escape divide nothing; quotes stay */

/* 1 for an array of strings, with whatever follows it; 0 for what is no JSON array, which is then text; EINVAL for other arrays. */
int words_json(const char *rest, char ***words, struct error *err);

/* "a=1 b=2", or "a the rest"; `name` is the instruction's, for errors. */
int words_pairs(const char *rest, char escape, const char *name, struct instruction *out, struct error *err);

void words_add_pair(struct instruction *out, const char *key, const char *value);

#endif
