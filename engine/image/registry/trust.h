/* Whom a registry's certificate must be signed by, and what we show it: from a directory as dockerd reads them
 * (/etc/docker/certs.d/HOST:PORT/): every *.crt is a CA beside those of the system, X.cert and X.key are ours. */
#ifndef SLIPWAY_IMAGE_REGISTRY_TRUST_H
#define SLIPWAY_IMAGE_REGISTRY_TRUST_H

#include "base/error.h"

struct trust {
    int bundle;       /* all CAs in one file without a name; -EBADF: those of the system */
    char *path;       /* of the bundle, as long as it is open; or of the system's; NULL: there are none */
    char *cert, *key; /* NULL: none */
};

/* `directory` may be NULL or missing. EINVAL in Docker's words when a key or a certificate has no other half. */
int trust_read(const char *directory, struct trust *out, struct error *err);
void trust_clear(struct trust *trust);

#endif
