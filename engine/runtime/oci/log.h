/* Where slipway-oci says what went wrong: --log and --log-format, as those who drive a runtime read them (conmon, containerd's
 * shim: the last line of the file with "level":"error"). */
#ifndef SLIPWAY_RUNTIME_OCI_LOG_H
#define SLIPWAY_RUNTIME_OCI_LOG_H

#include "base/error.h"

/* The destination is a file ("file:PATH" or a path), "journald:NAME" or "syslog:NAME"; NULL is stderr. The format is "text" or
 * "json". A file that cannot be written is an error before anything is done. */
int oci_log_open(const char *destination, const char *format, struct error *err);

/* One error; on stderr in any case. */
void oci_log_error(const char *message);

#endif
