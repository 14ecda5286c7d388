/* The log of a long-running program: one line an event, on stderr, in logfmt as dockerd writes it
 * (time="..." level=info msg="..."). Call log_open once; threads may log at the same time. */
#ifndef SLIPWAY_BASE_LOG_H
#define SLIPWAY_BASE_LOG_H

#include <stdbool.h>

void log_open(bool debug);
/* Log nothing below "debug", "info", "warn", "error" or "fatal" (which is nothing at all). May change at any time. */
void log_level(const char *least);
/* A warning with one more field behind the message: host="tcp://127.0.0.1:2375". */
void log_warn_of(const char *field, const char *value, const char *message);
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
