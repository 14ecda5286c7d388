/* How an instruction is read, in the two turns that Docker takes: first every line of the file is taken apart, then each
 * instruction is checked, so that an error of the first kind on the last line comes before one of the second kind on the first.
 * Used by the parser alone. */
#ifndef SLIPWAY_BUILD_PARSE_H
#define SLIPWAY_BUILD_PARSE_H

#include "build/dockerfile.h"

/* An instruction on its way. Until it is checked, `args` of ENV and LABEL are empty, those of ARG and HEALTHCHECK are words, and
 * flags without a value have NULL. */
struct draft {
    struct instruction in;
    char *keyword;       /* as written, in upper case; `in.kind` is INSTRUCTION_KINDS when there is no such instruction */
    struct draft *inner; /* of ONBUILD */
};

int draft_read(const char *line, char escape, struct draft *out, struct error *err);
int draft_check(struct draft *draft, struct error *err);
void draft_clear(struct draft *draft);

/* Finds its heredocs, whose contents are then to be read from the lines that follow. */
void draft_heredocs(struct draft *draft);

int health_check(struct instruction *instruction, struct error *err);

/* The heredoc that `word` is the sign of, without its content; false when it is none. */
bool heredoc_sign(const char *word, struct heredoc *out);
void heredoc_clear(struct heredoc *heredoc);

#endif
