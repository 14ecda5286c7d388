/* What the files of `slipway class ...` share. */
#ifndef SLIPWAY_QUIZZES_CLASS_COMMANDS_H
#define SLIPWAY_QUIZZES_CLASS_COMMANDS_H

#include "base/command.h"
#include "base/error.h"
#include "base/flags.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

extern const struct command class_commands[]; /* ends with a NULL name */

struct class_options {
    const char *title, *user, *dir, *socket, *instructor, *name, *role, *csv_out, *group, *opens, *due, *closes, *review, *category,
        *to, *reason, *comment, *late, *weight, *receipt, *grading, *tolerance;
    long long extra, count, minutes, attempts, graders, drops, slot, since;
    bool json, csv, practice, background, follow, last, blind, disputed, trust;
};

/* A command: parse its flags, check the number of operands, and run it. The exit code. */
typedef int class_action(const struct class_options *options, char **operands, struct error *err);
int class_command(const struct command_context *context, int argc, char **argv, const struct flag *flags, const char *usage,
                  int least, int most, class_action *action);

/* Ask the class, and nobody's own school, and throw the request away; on success *reply is the caller's. */
int class_ask(json_t *request, json_t **reply, struct error *err);

/* bank.import of a file, which is read here, by who asks: the class's user need not be able to. `practice`: students may practise
 * with it. NULL and why. */
json_t *bank_import_request(const char *path, bool practice, struct error *err);

/* A login name or a number. */
int class_user(const char *text, uint32_t *uid, struct error *err);
/* A Unix group's number, and the login names in its list (strv_free; NULL for none). Both may be asked on any thread. */
int class_group(const char *name, gid_t *gid, char ***members, struct error *err);

/* "2026-12-01 09:00", "2026-12-01" or RFC 3339, in the local time zone unless it says otherwise, to milliseconds UTC. A time that
 * the clock skips or has twice (DST) is an error that says which two it could be. */
int local_time_parse(const char *text, int64_t *ms, struct error *err);
enum { LOCAL_TIME = 40 };
void local_time_text(int64_t ms, char out[LOCAL_TIME]);        /* "Tue 2026-12-01 09:00 CET" */
void local_time_of(const char *rfc3339, char out[LOCAL_TIME]); /* "" for null */

/* Text of others on this terminal: control characters become '?'. Allocated. */
char *text_shown(const char *text);

/* A field of a CSV file: quoted where it has to be, and with ' before what a spreadsheet would run as a formula. */
void csv_field(FILE *out, const char *text, bool last);

/* Rosters as CSV: user,role,name,extra. Read into the members of class.enrol; an error names file and line. */
int class_roster_read(const char *path, json_t *members, struct error *err);
void class_roster_write(FILE *out, const json_t *members);
/* Who is in a Unix group, by its list or as their first group, into the same; `role` may be "" for student. */
int class_roster_group(const char *name, const char *role, json_t *members, struct error *err);

int class_init_command(const struct command_context *context, int argc, char **argv);
int class_serve_command(const struct command_context *context, int argc, char **argv);
int class_enrol_command(const struct command_context *context, int argc, char **argv);
int class_roster_command(const struct command_context *context, int argc, char **argv);
int class_remove_command(const struct command_context *context, int argc, char **argv);

#endif
