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
 *   ## pid-one {type=single level=2 topic=K04 objective=pid-init}
 *
 *   The stem: Markdown, code blocks allowed.
 *
 *   - [x] An option that is right
 *     > Why it is right.
 *   - [ ] One that is wrong
 *     > Why it is wrong, and what is true instead.
 *
 * A question's heading has type, level (1 to 3), topic and objective; engine=">=20.10", lesson=slug, man="7 namespaces" and, for
 * multiple choice, scoring=all|partial|penalty may follow. What comes after the stem depends on the type (bank_types.c):
 *
 *   single, multiple, truefalse   "- [x]" and "- [ ]" options, two to eight; truefalse has True and False
 *   matching    "- left = right"; several may have the same right side, but not all
 *   ordering    "1. first", "2. second": in the right order
 *   short       "- [x] pattern" with * for anything, and "- [ ] pattern" for common wrong answers
 *   numeric     "- [x] 7 +- 0.5 {unit=MiB}", and "- [ ] 6" as above; "- [ ] *", last, for every other answer
 *   command     "- [x] docker run -d --name web nginx": any command line that means the same is right
 *   essay       a fenced block "rubric" with lines "points: what"
 *   task        a line "lab: slug": what that lab checks is the question
 *
 * Each of those list items has an explanation. A fenced block "proof" or "proof options" may end a question: a script that shows,
 * on a real engine, that the key is right. HTML is refused: nothing that shows a question would render it.
 */
#ifndef SLIPWAY_QUIZZES_BANK_BANK_H
#define SLIPWAY_QUIZZES_BANK_BANK_H

#include "base/digest.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    BANK_OPTIONS_MAX = 8,
    BANK_STEM_MAX = 8 << 10,
    BANK_OPTION_MAX = 2 << 10,
    BANK_EXPLANATION_MAX = 4 << 10,
    BANK_PROOF_MAX = 32 << 10
};
enum { BANK_FILE_MAX = 16 << 20, BANK_QUESTIONS_MAX = 20000 };

enum question_type {
    QUESTION_SINGLE,
    QUESTION_MULTIPLE,
    QUESTION_TRUEFALSE,
    QUESTION_MATCHING,
    QUESTION_ORDERING,
    QUESTION_SHORT,
    QUESTION_NUMERIC,
    QUESTION_COMMAND,
    QUESTION_ESSAY,
    QUESTION_TASK,
    QUESTION_TYPES
};

/* How several chosen options become a mark; for multiple choice only. */
enum question_scoring {
    SCORING_ALL,     /* 1 for exactly the keys, else 0 */
    SCORING_PARTIAL, /* the share of the options that are judged right; choosing none gives nothing */
    SCORING_PENALTY  /* each key adds 1/keys, each wrong one takes 1/wrong away; never below 0 */
};

struct bank_option {
    char *text;        /* Markdown; for typed answers the pattern, the number or the command */
    char *explanation; /* Markdown */
    bool key;          /* true for each of matching and ordering */
    int line;
    char *match;             /* matching: what belongs to `text`; else NULL */
    double value, tolerance; /* numeric */
    char *unit;              /* numeric; NULL when none is asked for */
};

struct bank_question {
    char *id;
    enum question_type type;
    int level;
    char *topic;
    char *objective; /* "" when not given */
    enum question_scoring scoring;
    char *engine, *lesson, *man; /* NULL when not given */
    char *stem;                  /* Markdown */
    struct bank_option options[BANK_OPTIONS_MAX];
    size_t option_count;
    char *rubric; /* essay: lines "points: what"; else NULL */
    int points;   /* their sum */
    char *lab;    /* task; else NULL */
    char *proof;  /* the script; NULL when there is none. Secret as the keys are. */
    bool proof_options;
    int proof_line; /* of its first line */
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

/* The names of bank files; the numbers of names, negative for a name that is none. */
const char *question_type_name(enum question_type type);
int question_type_named(const char *name);
const char *question_scoring_name(enum question_scoring scoring);
int question_scoring_named(const char *name);

extern const char *const bank_domains[]; /* NULL ends them */
bool bank_domain_valid(const char *domain);

#endif
