/* One TLS connection, as tls.c makes it and tls_carry.c uses it. */
#ifndef SLIPWAY_BASE_TLS_SESSION_H
#define SLIPWAY_BASE_TLS_SESSION_H

#include "base/tls.h"
#include "base/tls_library.h"

struct tls_session {
    const struct tls_library *gnutls;
    gnutls_session_t state;
    enum tls_side side;
    int fd;
    gnutls_typed_vdata_st wanted[2]; /* of the peer's certificate; GnuTLS keeps the pointer */
    struct tls_link *link;           /* NULL: nobody asks why it broke */
};

const char *tls_alert_name(int alert); /* in Go's words */
void tls_link_tell(struct tls_link *link, const char *problem);

#endif
