/* What every command of the command line shares: parsing with Docker's messages and exit codes, errors, paths, filters, and the
 * steps of a dialogue with the engine. A command is one file, one function, and one row in commands.c.
 *
 * Exit codes: 125 for what never reached a container (a bad flag, or any failure of `run`), 1 for errors of other commands.
 */
#ifndef SLIPWAY_CLI_CLI_H
#define SLIPWAY_CLI_CLI_H

#include "base/command.h"
#include "base/error.h"
#include "base/flags.h"
#include "client/client.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum { CLI_GO = -1, CLI_ANY = -1, CLI_BAD_FLAG = 125 };

extern const struct command cli_commands[];

/* How many operands a command takes; `stop`: flags end at the first of them. */
struct cli_operands {
    int least, most;
    bool stop;
};

/* Fills `options` and leaves the operands in *argc, *argv. CLI_GO: carry on; else the exit code, and all has been said. */
int cli_parse(const struct command_context *context, const struct flag *table, void *options, bool *seen,
              struct cli_operands operands, int *argc, char ***argv);

/* A bad value of a flag: the message, the usage line, and where help is. 125. */
int cli_bad_flag(const struct command_context *context, const char *command, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "docker: message" and where help is, as `run` reports everything. 125. */
int cli_refuse(const struct command_context *context, const char *command, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Print the error on stderr, with "Error response from daemon: " when the engine said it. 1. */
int cli_failed(const struct error *err);
char *cli_error_text(const struct error *err); /* the same line; allocated */

/* "/containers/" + name + "/json", with what must be escaped in the name escaped; allocated. */
char *cli_path(const char *prefix, const char *name, const char *suffix);

/* ["name=a","name=b"] to {"name":{"a":true,"b":true}}; EINVAL with Docker's message. NULL for an empty list. */
json_t *cli_filters(char *const *list, struct error *err);
/* Adds "?key=value" or "&key=value", escaped. */
struct buf;
void cli_query(struct buf *path, const char *key, const char *value);
int cli_query_filters(struct buf *path, char *const *list, struct error *err);
/* `start`, and behind it what --filter asks for, into `path`. CLI_GO, or 125 after having said which filter is none. */
int cli_filtered_path(const struct command_context *context, const char *command, const char *start, char *const *filters,
                      struct buf *path);

/* ["a=1","b"] to {"a":"1","b":""}. */
json_t *cli_pairs(char *const *list);

/* The same documents in another order; a new array. */
json_t *cli_sorted(const json_t *list, int (*compare)(const json_t *a, const json_t *b));
int cli_by_name(const json_t *a, const json_t *b); /* by their "Name" */

/* Do `act` for each operand, print each that went well, report the failures after. 0 or 1. */
typedef int (*cli_act)(struct client *client, const char *name, const void *options, struct error *err);
int cli_for_each(const struct command_context *context, char *const *names, cli_act act, const void *options, bool print);

/* A whole answer or an exit code of 1 with the error printed. */
json_t *cli_get(struct client *client, const char *path, struct error *err);

/* cli_parse for a command that takes --format for a single document and nothing else. `template` is NULL when it is not given. A
 * template with a mistake is the exit code 64. */
struct template;
int cli_parse_format(const struct command_context *context, int argc, char **argv, struct template **template);

/* Terminal width in columns; 80 when stdout is none. */
int cli_columns(void);
bool cli_colour(int fd); /* a terminal, and NO_COLOR is not set */
bool cli_utf8(void);

void cleanup_client_p(struct client **client);
#define cleanup_client __attribute__((cleanup(cleanup_client_p)))

#endif
