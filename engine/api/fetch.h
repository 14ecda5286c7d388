/* The body of an http or https address, for `import`. */
#ifndef SLIPWAY_API_FETCH_H
#define SLIPWAY_API_FETCH_H

#include "base/error.h"

/* A descriptor at the beginning of a file that has no name in `directory` and holds the answer's body. EINVAL for what is no
 * address, EIO when the server does not answer 200; those of image/registry/web.h. */
int fetch_open(const char *directory, const char *url, struct error *err);

#endif
