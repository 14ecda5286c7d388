/* A file of the client's, which it hands over instead of sending its bytes. */
#ifndef SLIPWAY_API_HANDED_H
#define SLIPWAY_API_HANDED_H

#include "api/http.h"

/* The file that the client has open under the number in the query parameter `descriptor`: the very same open file (pidfd_getfd(2)),
 * so that nobody gets to read what he could not. EINVAL for what is none that can be read or no regular file, EOPNOTSUPP when there
 * is no way to take it (another machine, a kernel before 6.5, a client that may not be looked into): it has to be sent then. */
int handed_file(struct request *request, struct error *err);

#endif
