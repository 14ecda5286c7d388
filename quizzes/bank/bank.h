/* Question banks: Markdown with YAML front matter, read into memory and checked. Needs cmark and libyaml; knows no database.
 *
 *   ---
 *   id: containers-basics            a-z, 0-9 and dashes
 *   title: Containers from the kernel up
 *   domain: foundations
 *   version: 1
 *   licence: CC-BY-4.0
 *   pass: 65                         percent; 65 when not given
 *   ---
 *   ## pid-one {type=single level=2 topic=namespaces objective=pid-init}
 *
 *   The stem: Markdown, code blocks allowed.
 *
 *   - [x] An option that is right
 *     > Why it is right.
 *   - [ ] One that is wrong
 *     > Why it is wrong, and what is true instead.
 *
 * type, level (1 to 3) and topic (an id of lessons/topics.yaml) are needed, objective is not. Single choice has one key, multiple
 * choice one or more, and two to eight options. Every option has an explanation. After the options may stand one fenced block
 * `proof` or `proof options`. HTML is refused: nothing that shows a question would render it.
 */
#ifndef SLIPWAY_QUIZZES_BANK_BANK_H
#define SLIPWAY_QUIZZES_BANK_BANK_H

#include "base/digest.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { BANK_OPTIONS_MAX = 8, BANK_STEM_MAX = 8 << 10, BANK_OPTION_MAX = 2 << 10, BANK_EXPLANATION_MAX = 4 << 10 };
enum { BANK_FILE_MAX = 16 << 20, BANK_QUESTIONS_MAX = 20000 };

enum question_type { QUESTION_SINGLE, QUESTION_MULTIPLE };

struct bank_option {
    char *text;        /* Markdown */
    char *explanation; /* Markdown */
    bool key;
    int line;
};

struct bank_question {
    char *id;
    enum question_type type;
    int level;
    char *topic;
    char *objective; /* "" when not given */
    char *stem;      /* Markdown */
    struct bank_option options[BANK_OPTIONS_MAX];
    size_t option_count;
    char *proof; /* a script that shows that the key is right (quizzes/proof.h); NULL when there is none */
    bool proof_options;
    int proof_line;
    int line;
};

struct bank {
    char *id, *title, *domain, *version, *licence;
    int pass;
    char digest[DIGEST_TEXT]; /* of the file's bytes: two versions of a bank differ in it */
    struct bank_question *questions;
    size_t count;
};

/* Parse `len` bytes; `file` is for messages. Problems ("file:12: what is wrong; what to write instead"), in the order of the file,
 * go to *problems (strv_free). Returns how many there are; the bank is complete when there are none. Free it in both cases. */
size_t bank_parse(const char *file, const char *text, size_t len, struct bank *out, char ***problems);

/* Read and parse; the error is the first problem and the count of the others. *out is empty on error. */
int bank_load(const char *path, struct bank *out, struct error *err);

/* What is not wrong but weak, as `slipway quiz lint` shows it: keys that favour a position, keys that are the longest option. */
void bank_advise(const char *file, const struct bank *bank, char ***advice);

void bank_free(struct bank *bank);
#define cleanup_bank __attribute__((cleanup(bank_free)))

const char *question_type_name(enum question_type type); /* "single", "multiple" */

#endif
