/* Build arguments: what was given with the request, what ARG declares, and what may be used without being declared. */
#ifndef SLIPWAY_BUILD_ARGUMENTS_H
#define SLIPWAY_BUILD_ARGUMENTS_H

#include <jansson.h>
#include <stdbool.h>

struct arguments;

/* `given`: {"name":"text" or null}, borrowed. */
struct arguments *arguments_new(const json_t *given);
void arguments_free(struct arguments *arguments);

/* ARG before the first FROM; and what every stage may ask for by an ARG without a value (TARGETPLATFORM). */
void arguments_declare_early(struct arguments *arguments, const char *name, const char *value);
void arguments_offer(struct arguments *arguments, const char *name, const char *value);
/* What is there for expanding FROM and early ARGs: "NAME=value". Allocated. */
char **arguments_early(const struct arguments *arguments);

/* For one stage: declared by nobody yet, early ones stay. */
struct arguments *arguments_for_stage(const struct arguments *arguments);
void arguments_declare(struct arguments *arguments, const char *name, const char *value); /* `value` may be NULL */
/* What the environment `env` of the stage does not overrule; "NAME=value", sorted. Allocated. */
char **arguments_environment(const struct arguments *arguments, const json_t *env);
/* Whether it is shown in history and counts for the cache: the predefined ones do only when they were declared. */
bool arguments_shown(const struct arguments *arguments, const char *name);

/* What a stage declared counts as used. */
void arguments_merge_used(struct arguments *into, const struct arguments *stage);
char **arguments_unused(const struct arguments *arguments); /* names that were given for nothing, sorted; allocated */

#endif
