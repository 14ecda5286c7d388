/* Front matter read by a table: which fields there are, of what kind, between which bounds, and where each value goes.
 *
 * Everything that is wrong becomes a problem with its file, line and field; a field that is not in the table is one too, since it
 * is mostly a known one misspelt.
 */
#ifndef SLIPWAY_LABS_FIELD_H
#define SLIPWAY_LABS_FIELD_H

#include "labs/problem.h"

#include <jansson.h>
#include <stdbool.h>

enum field_kind {
    FIELD_TEXT,   /* char *: one line */
    FIELD_NUMBER, /* int, from `least` to `most` */
    FIELD_CPUS,   /* double: more than 0, at most `most` */
    FIELD_BYTES,  /* long long: "64m", from `least` MiB to `most` MiB */
    FIELD_WORD,   /* char *: one of `words` */
    FIELD_YES,    /* bool: yes or no */
    FIELD_LINES,  /* char **: a list of texts */
    FIELD_WORDS,  /* char **: a list of words out of `words` */
    FIELD_SLUGS,  /* char **: a list of names of lessons, labs, steps or machines */
    FIELD_IDS,    /* char **: a list of ids such as C01 or image-build */
    FIELD_MAP,    /* json_t *: names and texts; a new reference */
};

struct field {
    const char *name; /* NULL ends the table */
    enum field_kind kind;
    size_t offset;
    bool required;
    long long least, most;
    const char *words; /* "strict free" */
    const char *example;
};

/* One file with front matter; `body` points into `text`. */
struct head {
    char *file, *text;
    const char *body;
    json_t *values; /* NULL when the front matter could not be read: then that is a problem already */
};

void head_read(struct head *head, const char *file, struct lab_problems *problems);
void head_free(struct head *head);
#define cleanup_head __attribute__((cleanup(head_free)))

void fields_read(const struct head *head, const struct field *table, void *into, struct lab_problems *problems);
/* What fields_read has allocated. */
void fields_free(const struct field *table, void *of);

/* The line on which a field stands, and within it the one that holds `item` (NULL: the field itself). */
int field_line(const struct head *head, const char *name, const char *item);
int body_line(const struct head *head); /* of the file's first line after the front matter */

bool slug_valid(const char *text); /* a-z, 0-9 and single dashes, at most 64 */

#endif
