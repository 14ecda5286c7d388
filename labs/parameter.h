/* Parameters of a lab: what each learner has of their own, such as addresses, names and limits.
 *
 * A template is text with draws in braces: {A-B} is a whole number from A to B, {x|y|z} one of the choices. What is drawn follows
 * from a seed of 32 bytes, the parameter's name and the place of the draw in the template, by HMAC-SHA256, each value as likely as
 * the others: the same learner gets the same values again, and two learners' values tell nothing of each other's.
 */
#ifndef SLIPWAY_LABS_PARAMETER_H
#define SLIPWAY_LABS_PARAMETER_H

#include "base/error.h"
#include "lessons/page.h"

#include <stdbool.h>

enum { LAB_SEED = 32 };

struct lab_parameter {
    char *name;
    char *template;
    char *value; /* NULL until it is drawn */
};

bool parameter_name_valid(const char *name); /* a-z first, then a-z, 0-9 and _ */
/* NULL when the template is right; otherwise what is wrong, in a static text. */
const char *template_problem(const char *template);
char *template_draw(const char *template, const unsigned char seed[LAB_SEED], const char *name); /* of a right template */

/* {{name}} becomes the value; names that are no parameter stay as they are. */
char *parameters_fill(const char *text, const struct lab_parameter *list, size_t count);
void parameters_fill_pages(struct pages *pages, const struct lab_parameter *list, size_t count);
/* The next {{name}} from `text` on: allocated, and *at is its place; NULL when there is none. Templates of other languages, as
 * {{.Id}} or {{ upper .Name }}, are none. */
char *parameter_mention(const char *text, const char **at);

#endif
