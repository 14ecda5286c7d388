/* What went wrong, said where it went wrong.
 *
 * A fallible function returns 0 or a negative errno (or NULL) and takes a `struct error *` last.
 * The message says what was attempted, on which object, why it failed and, where it helps, what to
 * do next; it carries no trailing newline. The code is a positive errno and is what callers branch
 * on: ENOENT (no such thing), EEXIST (name or port taken), EINVAL (bad request), EBUSY (state
 * conflict), EPERM, EPROTO (the other side broke the protocol), and so on.
 */
#ifndef SLIPWAY_BASE_ERROR_H
#define SLIPWAY_BASE_ERROR_H

#include <stdarg.h>

struct error {
    int code;
    char message[1024];
};

#define ERROR_INIT ((struct error){0})

/* Fill `err` (which may be NULL) and return -code, so that `return error_set(err, EINVAL, ...)` reads well. */
int error_set(struct error *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same, with ": <strerror(code)>" appended. */
int error_errno(struct error *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Put "prefix: " before the message that `err` holds already; returns -err->code. */
int error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
