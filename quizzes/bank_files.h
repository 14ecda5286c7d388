/* Files of questions, checked and converted, for the commands (quiz lint, import, export) and the screen of the class's banks.
 * Nothing here asks the school. */
#ifndef SLIPWAY_QUIZZES_BANK_FILES_H
#define SLIPWAY_QUIZZES_BANK_FILES_H

#include "base/error.h"
#include "base/strings.h"
#include "quizzes/exchange/exchange.h"

/* What is said of a file, a line each: "file:12: what is wrong; what to do". */
struct bank_lines {
    char **problems; /* with one of them nothing is made of the file */
    char **notes;    /* advice, or what the other format cannot hold */
    size_t count;    /* of problems, of which not all need be listed */
    size_t questions;
    char *id; /* of the bank that was checked; NULL for none */
};
void bank_lines_free(struct bank_lines *lines);
#define cleanup_bank_lines __attribute__((cleanup(bank_lines_free)))

/* What a bank refers to: topics, lessons. NULL, and why, when that cannot be read. */
struct course_names;
struct course_names *course_names_load(struct error *err);
void course_names_free(struct course_names *names);

/* A bank in Markdown. -1 and why when it cannot be read. */
int bank_check(const char *path, const struct course_names *names, struct bank_lines *lines, struct error *err);

/* To a bank, and from one; `format` is "gift", "aiken", "moodle-xml" or "csv"; to a bank it may be NULL where the file tells. The
 * text goes to `out`, which stays empty when there are problems. -1 and why when nothing was read. */
int bank_from_other(const char *path, const char *format, const struct exchange_defaults *defaults, struct buf *out,
                    struct bank_lines *lines, struct error *err);
int bank_to_other(const char *path, const char *format, struct buf *out, struct bank_lines *lines, struct error *err);

/* What was made of the file `from` into the file `to`: whole or not at all, readable by its owner alone, as keys are in it. A file
 * of that name is replaced: ask first. EINVAL when it is `from` itself, EEXIST when it is no ordinary file. */
int bank_file_write(const char *from, const char *to, const struct buf *text, struct error *err);

#endif
