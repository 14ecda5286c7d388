/* The functions of GnuTLS that tls.c calls, loaded when they are needed; for tls.c alone. */
#ifndef SLIPWAY_BASE_TLS_LIBRARY_H
#define SLIPWAY_BASE_TLS_LIBRARY_H

#include "base/error.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#define TLS_FUNCTIONS(X)                                                                                                           \
    X(gnutls_alert_get)                                                                                                            \
    X(gnutls_alert_send)                                                                                                           \
    X(gnutls_bye)                                                                                                                  \
    X(gnutls_certificate_allocate_credentials)                                                                                     \
    X(gnutls_certificate_free_credentials)                                                                                         \
    X(gnutls_certificate_server_set_request)                                                                                       \
    X(gnutls_certificate_set_x509_key_file)                                                                                        \
    X(gnutls_certificate_set_x509_system_trust)                                                                                    \
    X(gnutls_certificate_set_x509_trust_file)                                                                                      \
    X(gnutls_credentials_set)                                                                                                      \
    X(gnutls_deinit)                                                                                                               \
    X(gnutls_error_is_fatal)                                                                                                       \
    X(gnutls_handshake)                                                                                                            \
    X(gnutls_init)                                                                                                                 \
    X(gnutls_priority_set_direct)                                                                                                  \
    X(gnutls_record_check_pending)                                                                                                 \
    X(gnutls_record_recv)                                                                                                          \
    X(gnutls_record_send)                                                                                                          \
    X(gnutls_server_name_set)                                                                                                      \
    X(gnutls_session_get_verify_cert_status)                                                                                       \
    X(gnutls_session_set_verify_cert2)                                                                                             \
    X(gnutls_strerror)                                                                                                             \
    X(gnutls_transport_set_int2)

struct tls_library {
#define X(name) __typeof__(name) *name;
    TLS_FUNCTIONS(X)
#undef X
};

/* The loaded library, the same for all callers; NULL with ENOSYS when it is not there. */
const struct tls_library *tls_library(struct error *err);

#endif
