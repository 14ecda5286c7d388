/* Sends a container's output, line by line, to a log service: syslog or journald.
 *
 * A service may be slow or stuck, and the shim must not be: a thread of its own does the sending, from a bounded queue. When that
 * is full the container's output waits, or, with "non_blocking", what does not fit is dropped and the service is told how much. The
 * thread allocates nothing, as the shim forks.
 *
 * The configuration, made by the daemon (daemon/logging.h):
 *   {"kind":"syslog","transport":"unixgram"|"unix"|"udp"|"tcp","address":"/dev/log"|"10.0.0.1:514"|"[::1]:514","priority":24,
 *    "format":""|"rfc3164"|"rfc5424"|"rfc5424micro","tag":"...","non_blocking":bool,"buffer":bytes}
 *   {"kind":"journald","socket":"/run/systemd/journal/socket","fields":{"CONTAINER_ID":"...",...},"non_blocking":..,"buffer":..}
 */
#ifndef SLIPWAY_SHIM_LOG_SERVICE_H
#define SLIPWAY_SHIM_LOG_SERVICE_H

#include "base/error.h"
#include "shim/log_lines.h"

#include <jansson.h>
#include <stdbool.h>

struct shim_service;

/* Connects; the errors are those that Docker gives for a service that is not there. */
struct shim_service *shim_service_open(const json_t *config, struct error *err);
void shim_service_put(struct shim_service *service, enum shim_stream stream, const char *data, size_t len, int64_t at);
bool shim_service_ready(struct shim_service *service); /* 64 KiB can be put */
void shim_service_on_ready(struct shim_service *service, void (*resume)(void *owner), void *owner);
void shim_service_close(struct shim_service *service); /* NULL is fine */

/* One kind of service: how a piece becomes a message. `out` has room for SHIM_MESSAGE bytes; the length. Exposed for tests. */
enum { SHIM_MESSAGE = 2 * SHIM_LOG_LINE };
struct shim_message_style {
    bool journald;
    char format[16], tag[512], host[256];
    int priority; /* facility * 8 */
    char *fields; /* journald: the constant fields, encoded; owned */
    size_t fields_len;
};
int shim_style_open(struct shim_message_style *style, const json_t *config, struct error *err);
size_t shim_message(const struct shim_message_style *style, char *out, const struct shim_piece *piece);

#endif
