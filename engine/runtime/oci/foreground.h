/* Staying with a process: what the loop in foreground.c turns. */
#ifndef SLIPWAY_RUNTIME_OCI_FOREGROUND_H
#define SLIPWAY_RUNTIME_OCI_FOREGROUND_H

#include "runtime/oci/oci.h"
#include "runtime/oci/relay.h"

#include <poll.h>
#include <stdbool.h>
#include <termios.h>

struct terminal_session {
    int master;           /* -EBADF: the process has no terminal, or another program has it */
    struct relay in, out; /* keys to the process, its output to us */
    bool changed;
    struct termios before;
};

/* Our own terminal becomes raw, and gives the process's its size. */
void session_begin(struct terminal_session *session, const struct oci_terminal *terminal);
void terminal_session_resize(const struct terminal_session *session);
/* After poll: the entries of `in`, then those of `out`. */
void session_turn(struct terminal_session *session, const struct pollfd polled[4]);
void session_end(struct terminal_session *session);

#endif
