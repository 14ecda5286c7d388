/* Shared libraries that only some runs of a program need: loaded at the first use, not at the start. */
#ifndef SLIPWAY_BASE_SHARED_LIBRARY_H
#define SLIPWAY_BASE_SHARED_LIBRARY_H

#include <stddef.h>

struct library_function {
    const char *name;
    size_t offset; /* of the pointer to it in the table that shared_library_load fills */
};

/* `file` ("libcurl-gnutls.so.4") with dlopen's `flags`, and pointers to its functions into `table`. NULL, or what is wrong as text
 * that stays: "libcurl-gnutls.so.4 (Debian package libcurl3-gnutls) cannot be loaded". */
const char *shared_library_load(const char *file, const char *package, int flags, const struct library_function *functions,
                                size_t count, void *table);

#endif
