/* The body of an http:// address, for `import`. */
#ifndef SLIPWAY_API_FETCH_H
#define SLIPWAY_API_FETCH_H

#include "base/error.h"

/* A descriptor from which the body of the answer is read; it ends with the connection. EINVAL for what is no http address, EIO when
 * the server does not answer 200. */
int fetch_open(const char *url, struct error *err);

#endif
