/* Control connections: lines in, lines out. One that asks for events becomes a subscriber, one that attaches leaves. */
#ifndef SLIPWAY_SHIM_CONNECTION_H
#define SLIPWAY_SHIM_CONNECTION_H

#include "base/strings.h"
#include "shim/loop.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { SHIM_REQUEST_MOST = 1024 * 1024, SHIM_BACKLOG_MOST = 4 * 1024 * 1024, SHIM_CONNECTIONS_MOST = 256 };

struct shim_connection {
    struct shim_connection *next;
    struct shim_source socket;
    struct buf in, out;
    bool events; /* wants to hear */
    bool dead;   /* closed; freed by shim_connection_sweep */
};

typedef void (*shim_line_handler)(struct shim_connection *connection, const char *line, size_t len);

/* Accept connections at `listener` from now on, and take `first` (may be negative) as a subscriber. */
struct shim_connection *shim_connections_open(int listener, int first, shim_line_handler handler);
void shim_connections_stop_accepting(void);

void shim_connection_say(struct shim_connection *connection, const json_t *line);
/* Gives the descriptor away; what came after the request line goes to `rest`. */
int shim_connection_detach(struct shim_connection *connection, struct buf *rest);

/* Send to every subscriber; true when there is one. */
bool shim_tell(const json_t *event);

bool shim_connections_flushed(void);
void shim_connection_sweep(void);

#endif
