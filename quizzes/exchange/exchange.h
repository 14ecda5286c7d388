/* Question banks in the formats of others: GIFT, Aiken, Moodle XML and CSV, read into a bank and written from one.
 *
 * Reading gives a bank as bank_load does, or problems and nothing; what a bank cannot hold becomes a note. Writing gives the text
 * and a note for each thing that the format cannot hold. Formats as docs.moodle.org describes them ("GIFT format", "Aiken format",
 * "Moodle XML format"); CSV as RFC 4180 with columns of our own (csv.c), which hold everything. What has no place in GIFT and
 * Moodle XML travels in their tags, so that it comes back: level, topic, objective, scoring, engine, lesson, man, and the types
 * command and ordering.
 */
#ifndef SLIPWAY_QUIZZES_EXCHANGE_EXCHANGE_H
#define SLIPWAY_QUIZZES_EXCHANGE_EXCHANGE_H

#include "base/strings.h"
#include "quizzes/bank/bank.h"

#include <jansson.h>

/* What explains an option whose source explains nothing; left out again when a bank is written. */
#define UNEXPLAINED "The source of this question gives no reason."

struct exchange {
    const char *file; /* for messages */
    struct bank *bank;
    json_t *ids;                /* of its questions: exchange_name */
    char ***problems, ***notes; /* "file:12: what is wrong; what to do", strv_free */
    const char *topic;          /* of questions that name none */
};

struct exchange_format {
    const char *name, *endings; /* "gift", ".gift .txt" */
    void (*read)(struct exchange *exchange, const char *text, size_t len);
    void (*write)(const struct bank *bank, struct buf *out, char ***notes);
};

extern const struct exchange_format exchange_formats[]; /* ends with a NULL name */
const struct exchange_format *exchange_format_named(const char *name);
/* By the ending of the name or, for .txt, by what it holds; NULL. */
const struct exchange_format *exchange_format_of(const char *file, const char *text);

/* Front matter that a file does not bring; NULL where the file name or a default has to do. */
struct exchange_defaults {
    const char *id, *title, *domain, *version, *licence, *topic;
};

/* Read `len` bytes and write them as the Markdown of a bank to `out` (empty when there are problems). How many problems. */
size_t exchange_import(const struct exchange_format *format, const char *file, const char *text, size_t len,
                       const struct exchange_defaults *defaults, struct buf *out, char ***problems, char ***notes);

/* The Markdown of a bank (bank_write.c): bank_parse reads it back the same. */
void bank_write(const struct bank *bank, struct buf *out);

/* --- for the formats --- */

void exchange_problem(struct exchange *exchange, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
void exchange_note(char ***notes, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A new question of the bank, of level 1 and the topic of those that name none; valid until the next one. */
struct bank_question *exchange_question(struct exchange *exchange, int line);
/* Its id, by what it is called; made of a-z, 0-9 and dashes, and unlike all others. Once for each question. */
void exchange_name(struct exchange *exchange, struct bank_question *question, const char *name);
/* One option; takes the texts. NULL when there are too many, which is a problem. An empty explanation becomes UNEXPLAINED. */
struct bank_option *exchange_option(struct exchange *exchange, struct bank_question *question, int line, bool key, char *text,
                                    char *explanation);
/* What a source says of the whole question explains its first right option that has no explanation of its own, or goes on where
 * that of the first right one ends; without options it is left out, with a note. `text` is Markdown; empty says nothing. */
void exchange_general(struct exchange *exchange, struct bank_question *question, int line, const char *text);
/* Several options may be chosen: how, by what choosing a wrong one costs. Percent, NAN where the source
 * says nothing, which is 0; keys > 0. */
enum question_scoring exchange_scoring(const double *percents, size_t count);
/* "" for UNEXPLAINED. */
const char *exchange_explained(const struct bank_option *option);

/* "level=2" and so on of a tag, or the front matter of a bank as JSON; false for what it does not know. */
bool exchange_tag(struct exchange *exchange, struct bank_question *question, int line, const char *tag);
/* All of a question, NULL-ended; strv_free. Without id. */
char **exchange_tags(const struct bank_question *question);
void exchange_front_read(struct exchange *exchange, int line, const char *json);
char *exchange_front(const struct bank *bank);

/* Plain text as Markdown that shows it as it is; HTML as far as Markdown has its like (the rest of the tags goes). Allocated. */
char *markdown_of_plain(const char *text);
char *markdown_of_html(const char *html);

/* A fenced block that `text` cannot end. */
void markdown_fence(struct buf *out, const char *info, const char *text);

/* "7", "7 +- 0.5"; allocated. */
char *number_text(double value, double tolerance);

void gift_read(struct exchange *exchange, const char *text, size_t len);
void gift_write(const struct bank *bank, struct buf *out, char ***notes);
void aiken_read(struct exchange *exchange, const char *text, size_t len);
void aiken_write(const struct bank *bank, struct buf *out, char ***notes);
void csv_read(struct exchange *exchange, const char *text, size_t len);
void csv_write(const struct bank *bank, struct buf *out, char ***notes);
void moodle_read(struct exchange *exchange, const char *text, size_t len);
void moodle_write(const struct bank *bank, struct buf *out, char ***notes);

#endif
