/* Words with variables in them, as Docker's builder reads them
 * (https://docs.docker.com/reference/dockerfile/#environment-replacement):
 * `$x`, `${x}`, `${x:-word}`, `:+`, `:?`, the same without the colon (only unset counts), `${x#pattern}`, `##`, `%`, `%%`,
 * `${x/pattern/text}`, `${x//pattern/text}`; single and double quotes, and the escape character of the file.
 *
 * It is close to a shell and is none: `$(command)` stays as it is, an unset variable is empty, `$1` is a name like any other.
 */
#ifndef SLIPWAY_BUILD_EXPAND_H
#define SLIPWAY_BUILD_EXPAND_H

#include "base/error.h"

#include <stdbool.h>

struct expander {
    char escape;       /* '\\' or '`' */
    char *const *env;  /* "NAME=value"; the first of a name counts; NULL is none */
    bool raw_quotes;   /* quotes stay in the result, though they do their work */
    bool raw_escapes;  /* escapes stay, likewise */
    bool plain_quotes; /* quotes are characters like any other: the inside of a heredoc */
    bool keep_unset;   /* `$x` stays as it is when x is not set */
};

/* One text out of one text. EINVAL: `failed to process "${B": missing ':' in substitution`. */
int expand_word(const struct expander *expander, const char *text, char **out, struct error *err);

/* The same, split at blanks that are neither quoted nor escaped; blanks in the values of variables split, too. */
int expand_words(const struct expander *expander, const char *text, char ***out, struct error *err);

#endif
