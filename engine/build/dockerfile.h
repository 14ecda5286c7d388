/* The text of a Dockerfile: what it says, instruction by instruction. Nothing here builds anything.
 *
 * The grammar is that of Docker 20.10's classic builder with what BuildKit added to the text: heredocs, several names in one ARG,
 * `--link`, `--checksum`, `--mount` (https://docs.docker.com/reference/dockerfile/). What is wrong is said in the words of the
 * classic builder: "failed to parse Dockerfile: ..." for lines that cannot be taken apart, "dockerfile parse error line 2: ..." for
 * instructions that make no sense. Variables are not expanded while parsing: they depend on what was built before.
 * instruction_expand does it for one instruction when its turn has come.
 */
#ifndef SLIPWAY_BUILD_DOCKERFILE_H
#define SLIPWAY_BUILD_DOCKERFILE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum instruction_kind {
    INSTRUCTION_ADD,
    INSTRUCTION_ARG,
    INSTRUCTION_CMD,
    INSTRUCTION_COPY,
    INSTRUCTION_ENTRYPOINT,
    INSTRUCTION_ENV,
    INSTRUCTION_EXPOSE,
    INSTRUCTION_FROM,
    INSTRUCTION_HEALTHCHECK,
    INSTRUCTION_LABEL,
    INSTRUCTION_MAINTAINER,
    INSTRUCTION_ONBUILD,
    INSTRUCTION_RUN,
    INSTRUCTION_SHELL,
    INSTRUCTION_STOPSIGNAL,
    INSTRUCTION_USER,
    INSTRUCTION_VOLUME,
    INSTRUCTION_WORKDIR,
    INSTRUCTION_KINDS
};
const char *instruction_name(enum instruction_kind kind); /* "ADD", "ARG", ... */

struct instruction_flag {
    char *name, *value; /* "chown", "1:2"; a flag that needs no value has "true" or "false" */
};

struct instruction_pair {
    char *key, *value; /* value is NULL only for `ARG name` */
};

struct heredoc {
    char *name;    /* the word that ends it, without quotes: for COPY and ADD also the name of the file */
    char *content; /* as it stands in the file, every line with its newline; heredoc_text takes the tabs away */
    bool expand;   /* no part of the word was quoted: variables in it count */
    bool chomp;    /* <<-: tabs at the start of lines do not count */
    int fd;        /* 3 of `3<<EOF`; 0 without a number */
};

struct health_check {
    char **test;                                             /* {"NONE"}, {"CMD", ...} or {"CMD-SHELL", "..."} */
    int64_t interval, timeout, start_period, start_interval; /* ns; 0: not given */
    int retries;                                             /* 0: not given */
};

struct instruction {
    enum instruction_kind kind;
    char *original;  /* the whole instruction on one line, trimmed, as "Step 2/5 : " shows it; without heredocs' contents */
    int first, last; /* its lines, from 1, with continuations and heredocs */
    bool json;       /* the exec form: the arguments were a JSON array */
    bool literal;    /* came from no Dockerfile (build --label): nothing in it is expanded */

    struct instruction_flag *flags;
    size_t flag_count;

    /* RUN, CMD, ENTRYPOINT: the words of the exec form, or one text for the shell (none at all when nothing was written).
     * SHELL: its words. COPY, ADD: the sources, then the destination, at least two. EXPOSE, VOLUME: the words; EXPOSE's sorted.
     * FROM: image, or image, AS, name (struct stage has them in order). MAINTAINER, STOPSIGNAL, USER, WORKDIR: exactly one text.
     * ONBUILD: one text, the trigger as it is kept in the image ("RUN echo a"; heredocs follow on lines of their own).
     * ENV, LABEL, ARG, HEALTHCHECK: none, see `pairs` and `health`. Ends with NULL; may be NULL. */
    char **args;

    struct instruction_pair *pairs; /* ENV, LABEL, ARG: in the order written, quotes and escapes still in the values */
    size_t pair_count;
    struct heredoc *heredocs; /* RUN, COPY, ADD */
    size_t heredoc_count;
    struct health_check *health; /* HEALTHCHECK */
};

struct stage {
    char *base;     /* as written: it may hold variables, and name an earlier stage (case does not matter) */
    char *platform; /* of --platform, as written, or NULL */
    char *name;     /* of AS, in lower case, or NULL. Two stages may have one name: the builder says so when it gets there. */
    struct instruction from;
    struct instruction *instructions; /* what follows it */
    size_t count;
};

struct dockerfile {
    struct instruction *arguments; /* the ARGs before the first FROM */
    size_t argument_count;
    struct stage *stages; /* at least one */
    size_t stage_count;
    char escape;     /* '\\' or '`' */
    char *syntax;    /* of `# syntax=`, or NULL: it has no effect */
    char **warnings; /* lines to show before the first step, as the classic builder prints them; NULL when there are none */
    int failed_line; /* after an error: where it is, or 0 when it is about no line in particular */
};

/* Takes `text` apart; `name` is for the message about an empty file. EINVAL with the sentence that Docker answers. `out` is always
 * set and has to be cleared, also after an error. */
int dockerfile_parse(const char *text, size_t len, const char *name, struct dockerfile *out, struct error *err);
void dockerfile_clear(struct dockerfile *file);

/* How many steps "Step n/m" counts: every FROM, every instruction, and the ARGs before. */
size_t dockerfile_steps(const struct dockerfile *file);

/* One instruction by itself: a trigger of an image's OnBuild, an entry of `commit --change`. EINVAL as above, but without "line n";
 * ONBUILD, FROM and MAINTAINER are refused when `trigger` says that it is one. `out` has to be cleared, also after an error. */
int instruction_parse(const char *text, bool trigger, struct instruction *out, struct error *err);
void instruction_clear(struct instruction *instruction);
void instruction_copy(const struct instruction *from, struct instruction *out);

/* `LABEL key=value` for `build --label`, behind everything else in the last stage. */
void dockerfile_add_label(struct dockerfile *file, const char *key, const char *value);

/* Puts the values of variables in place and takes quotes and escapes away, wherever the instruction allows variables: pairs (also
 * their keys), COPY and ADD (words, --chown, --chmod, --from, heredocs' contents), EXPOSE (a value with blanks gives several
 * words), FROM's image and platform, USER, WORKDIR, VOLUME, STOPSIGNAL. RUN, CMD, ENTRYPOINT, SHELL, HEALTHCHECK, MAINTAINER and
 * ONBUILD stay as they are. `env` is a list of "NAME=value", the first of a name counts. Works on the instruction itself: copy it
 * first when it is needed again. A later pair of the same instruction does not see an earlier one. EINVAL. */
int instruction_expand(struct instruction *instruction, char escape, char *const *env, struct error *err);

/* NULL when the flag was not given. */
const char *instruction_flag(const struct instruction *instruction, const char *name);
/* All of a flag that may be repeated (RUN --mount): the next one behind *at (0 at first), or NULL. */
const char *instruction_flag_next(const struct instruction *instruction, const char *name, size_t *at);

/* The heredoc that a source of COPY or ADD is ("<<EOF"), or NULL for a path. Ask with the word as it was before expansion: the i-th
 * of `args`, whose text is kept by instruction_expand when it is a heredoc. */
const struct heredoc *instruction_heredoc(const struct instruction *instruction, const char *word);

/* The content as it is meant: without leading tabs when it was <<-. Allocated. */
char *heredoc_text(const struct heredoc *heredoc);

/* What a RUN in shell form gives its shell, heredocs and all; allocated. When the whole command is one heredoc that begins with
 * "#!", *script is that heredoc and the text is the file's: it wants to be written to a file that is then executed without a shell.
 * *script is NULL otherwise. */
char *instruction_shell_text(const struct instruction *instruction, const struct heredoc **script);

#endif
