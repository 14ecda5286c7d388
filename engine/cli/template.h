/* Go's text/template over JSON documents: what --format means.
 *
 * All of the language: fields, chains, variables, pipelines, if, with, range, break, continue, define, template, block, Go's own
 * functions and those that Docker adds (json, split, join, title, lower, upper, pad, truncate). Messages are worded as Go words
 * them, position included, because people look them up. A template is text of the person at the keyboard: nothing in it can do more
 * than read the document. Behaviour: pkg.go.dev/text/template.
 */
#ifndef SLIPWAY_CLI_TEMPLATE_H
#define SLIPWAY_CLI_TEMPLATE_H

#include "base/error.h"
#include "base/strings.h"

#include <jansson.h>
#include <stdbool.h>

struct template;
struct go_type;

/* How the root of the document behaves. All members may be NULL. */
struct template_subject {
    const char
        *type; /* "*formatter.ContainerContext": a missing field is then named as a field of this type, else as a map's key */
    /* A method with arguments, `.Label "x"`: a new reference, or NULL when there is no such method. */
    json_t *(*method)(void *data, const char *name, json_t *const *arguments, size_t count);
    const char *method_name; /* which that is, for messages about its arguments */
    bool heading;            /* the fields are headings: functions that shape a value leave them alone */
    const char *name;        /* of the template, as messages give it; NULL: none */
    void *data;
    const struct go_type *schema; /* Go types of the document, when they are known (go_type.h) */
    bool raw;                     /* it is what Docker falls back to: maps all the way, numbers are json.Number */
};

/* NULL with "template: :1: unclosed action" and the like. */
struct template *template_parse(const char *text, struct error *err);
void template_free(struct template *template);

/* Appends to `out`; on an error what was written before it stays. */
int template_run(const struct template *template, json_t *root, const struct template_subject *subject, struct buf *out,
                 struct error *err);

void cleanup_template_p(struct template **template);
#define cleanup_template __attribute__((cleanup(cleanup_template_p)))

#endif
