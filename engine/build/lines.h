/* A Dockerfile line by line: directives, comments, continuations. Used by dockerfile.c alone. */
#ifndef SLIPWAY_BUILD_LINES_H
#define SLIPWAY_BUILD_LINES_H

#include "base/strings.h"
#include "build/dockerfile.h"

struct lines {
    const char *at; /* valid UTF-8, ends with NUL */
    int number;     /* of the line that was read last, from 1 */
    char escape;
    bool no_directive, seen_escape, seen_check;
    char *syntax;
    char **warnings;
};

/* The next instruction on one line, without blanks before it; 1, or 0 at the end. EINVAL. */
int lines_next(struct lines *lines, struct buf *line, int *first, struct error *err);

/* Fills the content from the lines that follow, up to the one that is the heredoc's name. */
int lines_heredoc(struct lines *lines, struct heredoc *heredoc, struct error *err);

#endif
