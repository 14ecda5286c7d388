/* The dialogue with a process in a container: its output to ours, our input to it, signals and window sizes on the side. */
#ifndef SLIPWAY_CLI_SESSION_H
#define SLIPWAY_CLI_SESSION_H

#include "base/error.h"
#include "client/client.h"

#include <stdbool.h>
#include <stddef.h>

/* Docker's stream frames (8 bytes: stream 1 or 2, three zeros, length) taken apart, however they are cut. */
struct demux {
    unsigned char head[8];
    size_t have; /* of the header */
    size_t left; /* of the payload */
};
/* Hands the payload to `put`, with the descriptor, 1 or 2, that it is for; EPROTO when the bytes are no frames. */
int demux_feed(struct demux *demux, const char *bytes, size_t len,
               int (*put)(void *data, int stream, const char *bytes, size_t len), void *data, struct error *err);
/* To our own descriptors 1 and 2; everything is written when it returns. */
int demux_stdio(struct demux *demux, const char *bytes, size_t len, struct error *err);

struct session {
    const char *host;
    const char *object; /* "/containers/<id>" or "/exec/<id>", for resize and kill */
    int stream;         /* from client_hijack */
    bool tty;           /* the process has a terminal: a raw stream, resizes */
    bool input;         /* our stdin goes to it */
    bool no_output;     /* read and dropped */
    bool signals;       /* pass ours on to it (--sig-proxy) */
    const char *detach_keys;
    struct client_feed *feed; /* steps to print as they come; may be NULL */
    void (*on_feed)(void *data, const char *bytes, size_t len);
    void *feed_data;
};

enum session_end { SESSION_DONE = 0, SESSION_DETACHED = 1 };

/* Call before the process starts, so that no signal falls between. */
void session_block_signals(void);
/* Until the stream ends or the person detaches. Negative: an error. The terminal is as before afterwards. */
int session_run(struct session *session, struct error *err);
/* Tell the engine the size of our terminal. */
void session_resize(const char *host, const char *object);
/* The same by way of another size, so that a program that is there already draws its screen again. */
void session_redraw(const char *host, const char *object);

#endif
