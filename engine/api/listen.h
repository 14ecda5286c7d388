/* Where the API is offered: the addresses of -H and daemon.json's "hosts", and the sockets behind them. */
#ifndef SLIPWAY_API_LISTEN_H
#define SLIPWAY_API_LISTEN_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct listener {
    int fd;
    bool tcp;
    char *address; /* "/run/slipway.sock" or "127.0.0.1:2375", as the log says it */
    char *path;    /* of a unix socket that is removed at the end; NULL for none */
};

struct listeners {
    struct listener *list;
    size_t count;
};

/* An address in its full form: "tcp://127.0.0.1:2375" for "127.0.0.1", ":2375" or "tcp://"; allocated. Default ports are 2375, and
 * 2376 with TLS. EINVAL "invalid bind address format: ..." as dockerd says. */
char *listen_canonical(const char *text, bool tls, struct error *err);

/* Open one address and add its socket, or for fd:// those that systemd passed (LISTEN_FDS, sd_listen_fds(3)). `group` may use a
 * unix socket ("" for none). */
int listen_open(struct listeners *listeners, const char *address, const char *group, struct error *err);

/* Close all and remove their files. */
void listen_close(struct listeners *listeners);

#endif
