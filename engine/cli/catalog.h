/* All commands of the program in one place: the engine's command line and the school's. Dispatch, help, completion and the manual
 * pages look here, so that none of them knows a command that another does not. */
#ifndef SLIPWAY_CLI_CATALOG_H
#define SLIPWAY_CLI_CATALOG_H

#include "base/command.h"

#include <stdbool.h>
#include <stdio.h>

/* A management word ("container"), or a word of the school ("lab"). */
struct catalog_group {
    const char *name, *summary;
    bool school;
    const char *usage; /* behind the name in the usage line of an error; as Docker has it, only `volume` tells */
};

extern const struct catalog_group catalog_groups[]; /* ends with a NULL name */
const struct catalog_group *catalog_group(const char *name);

/* Calls `visit` for each row of each table, in order, until it returns false. */
void catalog_each(bool (*visit)(void *data, const struct command *command, bool school), void *data);

/* By any spelling; NULL when there is none. */
const struct command *catalog_find(const char *spelling);

/* The spellings of a command, its name first; free with strv_free. */
char **catalog_spellings(const struct command *command);

/* What it is called within a group ("build" in "builder"): the first spelling there, which the group lists; allocated. NULL: it is
 * not in it. */
char *catalog_within(const struct command *command, const char *group);

/* What help and usage call it: within a group the row's name ("container list" is "container ls"), else as typed ("ps"). */
const char *catalog_called(const struct command *command, const char *typed);

/* Commands of Docker that this engine does not have: what it would be ("pulling images from a registry"), or NULL.
 * A word alone ("swarm") stands for all that begins with it. */
const char *catalog_later(const char *spelling);

/* The flags of a command, and whether they end at its first operand; static storage of the command. */
struct catalog_flags {
    const struct flag *flags;
    bool stop;
};
struct catalog_flags catalog_flags(const struct command *command);

#endif
