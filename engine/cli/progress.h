/* Streams of JSON messages, the answers of pull, push, load, import and build, shown as Docker's client shows them: on a terminal
 * one line for each layer, which is written over as its state changes; elsewhere plain lines without the bars.
 *
 * A message is {"stream"} (text as it is), {"status","id","progressDetail"} (a line), {"aux"} (a result, not shown) or {"error",
 * "errorDetail"} (the end). Messages of our own, {"slipway"}, go to `own`.
 */
#ifndef SLIPWAY_CLI_PROGRESS_H
#define SLIPWAY_CLI_PROGRESS_H

#include "base/error.h"
#include "base/strings.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct messages {
    FILE *out;     /* NULL: nobody looks on */
    bool terminal; /* it can move its cursor */
    int columns;   /* its width; 0: it is asked for */
    void (*aux)(void *data, const json_t *aux);
    void (*own)(void *data, const json_t *own);
    void *data; /* of both */

    /* What follows is kept here, and is empty at the beginning. */
    struct buf pending; /* of a message that is not complete */
    size_t scanned;
    int depth;
    bool in_text, escaped, broken;
    char **lines; /* IDs that have a line, from the top */
    char *failure;
    int failure_code; /* that the engine gave: of a process that failed in a build */
};

/* Pieces of the stream in order: a `take` of client_exchange, whose data is the struct. False: there is nothing more to be had. */
bool messages_take(void *data, const char *bytes, size_t len);

/* How it ended: 0, or EPROTO with what the engine said. */
int messages_end(struct messages *messages, struct error *err);
void messages_clear(struct messages *messages);
#define cleanup_messages __attribute__((cleanup(messages_clear)))

/* "[=====>     ]  1.2MB/3MB" for a terminal of so many columns; "" when nothing is known. Allocated. */
char *progress_bar(const json_t *detail, int columns);

#endif
