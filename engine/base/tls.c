/* Contexts and handshakes; the carrying of bytes is in tls_carry.c. */
#include "base/tls.h"
#include "base/tls_session.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FAREWELL_MS = 300 };

#define PRIORITY "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"

struct tls_context {
    enum tls_side side;
    bool verify;
    gnutls_certificate_credentials_t credentials;
};

/* As Go says that a file could not be opened. */
static bool unreadable(const char *path, char *why, size_t size)
{
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        return false;
    const char *reason = errno == ENOENT ? "no such file or directory" : errno == EACCES ? "permission denied" : strerror(errno);
    snprintf(why, size, "open %s: %s", path, reason);
    return true;
}

static int load_pair(struct tls_context *context, const struct tls_files *files, struct error *err)
{
    const struct tls_library *gnutls = tls_library(err);
    char why[512];
    const char *cert = str_or(files->cert, ""), *key = str_or(files->key, "");
    if (unreadable(cert, why, sizeof why) || unreadable(key, why, sizeof why))
        return error_set(err, ENOENT, "Could not load X509 key pair (cert: \"%s\", key: \"%s\"): %s", cert, key, why);
    int rc = gnutls->gnutls_certificate_set_x509_key_file(context->credentials, cert, key, GNUTLS_X509_FMT_PEM);
    if (rc >= 0)
        return 0;
    return error_set(err, EINVAL,
                     "Error reading X509 key pair (cert: \"%s\", key: \"%s\"): %s. Make sure the key is not encrypted.", cert, key,
                     gnutls->gnutls_strerror(rc));
}

static int load_trust(struct tls_context *context, const char *ca, struct error *err)
{
    const struct tls_library *gnutls = tls_library(err);
    char why[512];
    if (str_empty(ca) && context->side == TLS_CLIENT) {
        gnutls->gnutls_certificate_set_x509_system_trust(context->credentials);
        return 0;
    }
    if (unreadable(str_or(ca, ""), why, sizeof why))
        return error_set(err, ENOENT, "could not read CA certificate \"%s\": %s", str_or(ca, ""), why);
    if (gnutls->gnutls_certificate_set_x509_trust_file(context->credentials, ca, GNUTLS_X509_FMT_PEM) <= 0)
        return error_set(err, EINVAL, "failed to append certificates from PEM file: \"%s\"", ca);
    return 0;
}

struct tls_context *tls_context_new(enum tls_side side, const struct tls_files *files, bool verify, struct error *err)
{
    const struct tls_library *gnutls = tls_library(err);
    if (!gnutls)
        return NULL;
    struct tls_context *context = xcalloc(1, sizeof *context);
    context->side = side;
    context->verify = verify;
    gnutls->gnutls_certificate_allocate_credentials(&context->credentials);
    int rc = 0;
    if (side == TLS_SERVER || !str_empty(files->cert) || !str_empty(files->key))
        rc = load_pair(context, files, err);
    if (rc == 0 && verify)
        rc = load_trust(context, files->ca, err);
    if (rc == 0)
        return context;
    tls_context_free(context);
    return NULL;
}

void tls_context_free(struct tls_context *context)
{
    if (!context)
        return;
    tls_library(NULL)->gnutls_certificate_free_credentials(context->credentials);
    free(context);
}

static void session_free(struct tls_session *session)
{
    session->gnutls->gnutls_deinit(session->state);
    fd_close(session->fd);
    free(session);
}

/* As Go's tls and x509 packages word what they refuse. */
static int refused(const struct tls_session *session, const char *name, struct error *err)
{
    unsigned status = session->gnutls->gnutls_session_get_verify_cert_status(session->state);
    static const char unverified[] = "tls: failed to verify certificate: x509: ";
    if (status & (GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED))
        return error_set(err, EACCES, "%scertificate has expired or is not yet valid", unverified);
    if (status & GNUTLS_CERT_UNEXPECTED_OWNER)
        return error_set(err, EACCES, "%scertificate is not valid for %s", unverified, name);
    if (status & GNUTLS_CERT_PURPOSE_MISMATCH)
        return error_set(err, EACCES, "%scertificate specifies an incompatible key usage", unverified);
    return error_set(err, EACCES, "%scertificate signed by unknown authority", unverified);
}

const char *tls_alert_name(int alert)
{
    static const struct {
        int alert;
        const char *name;
    } names[] = {
        {GNUTLS_A_UNEXPECTED_MESSAGE, "unexpected message"},
        {GNUTLS_A_HANDSHAKE_FAILURE, "handshake failure"},
        {GNUTLS_A_BAD_CERTIFICATE, "bad certificate"},
        {GNUTLS_A_UNSUPPORTED_CERTIFICATE, "unsupported certificate"},
        {GNUTLS_A_CERTIFICATE_EXPIRED, "expired certificate"},
        {GNUTLS_A_UNKNOWN_CA, "unknown certificate authority"},
        {GNUTLS_A_PROTOCOL_VERSION, "protocol version not supported"},
        {GNUTLS_A_CERTIFICATE_REQUIRED, "certificate required"},
        {GNUTLS_A_INTERNAL_ERROR, "internal error"},
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (names[i].alert == alert)
            return names[i].name;
    return "connection refused by the other side";
}

/* What came was no TLS at all: most likely plain HTTP. */
static bool speaks_plainly(int rc) { return rc == GNUTLS_E_UNSUPPORTED_VERSION_PACKET || rc == GNUTLS_E_UNEXPECTED_PACKET_LENGTH; }

static int explain(const struct tls_session *session, const char *name, int rc, struct error *err)
{
    if (rc == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR || rc == GNUTLS_E_CERTIFICATE_ERROR)
        return refused(session, str_or(name, "this name"), err);
    if (rc == GNUTLS_E_NO_CERTIFICATE_FOUND || rc == GNUTLS_E_CERTIFICATE_REQUIRED)
        return error_set(err, EACCES, "tls: client didn't provide a certificate");
    if (rc == GNUTLS_E_FATAL_ALERT_RECEIVED)
        return error_set(err, EPROTO, "remote error: tls: %s",
                         tls_alert_name((int)session->gnutls->gnutls_alert_get(session->state)));
    if (speaks_plainly(rc) && session->side == TLS_CLIENT)
        return error_set(err, EPROTO, "http: server gave HTTP response to HTTPS client");
    if (rc == GNUTLS_E_PREMATURE_TERMINATION || rc == GNUTLS_E_PULL_ERROR || rc == GNUTLS_E_PUSH_ERROR)
        return error_set(err, EPROTO, "EOF");
    return error_set(err, EPROTO, "tls: %s", session->gnutls->gnutls_strerror(rc));
}

/* The deadline is of the whole handshake: one byte a second must not keep it alive. */
static int shake(struct tls_session *session, int timeout_ms)
{
    int64_t end = clock_mono_ns() + (int64_t)timeout_ms * 1000000;
    for (;;) {
        int rc = session->gnutls->gnutls_handshake(session->state);
        if (rc == GNUTLS_E_INTERRUPTED || rc == GNUTLS_E_WARNING_ALERT_RECEIVED)
            continue;
        if (rc != GNUTLS_E_AGAIN)
            return rc;
        int64_t left = (end - clock_mono_ns()) / 1000000;
        /* All that is written in a handshake fits into an empty socket's buffer: it is always the other side that is waited for. */
        struct pollfd wait = {.fd = session->fd, .events = POLLIN};
        if (left <= 0 || poll(&wait, 1, (int)left) == 0)
            return GNUTLS_E_TIMEDOUT;
    }
}

/* Unread bytes would turn the closing into a reset, which may overtake the alert that says why. */
static void farewell(const struct tls_session *session)
{
    char rest[4096];
    struct pollfd wait = {.fd = session->fd, .events = POLLIN};
    session->gnutls->gnutls_alert_send(session->state, GNUTLS_AL_FATAL, GNUTLS_A_BAD_CERTIFICATE);
    shutdown(session->fd, SHUT_WR);
    for (int i = 0; i < 16 && poll(&wait, 1, FAREWELL_MS) > 0 && read(session->fd, rest, sizeof rest) > 0; i++)
        continue;
}

static void expect_certificate(struct tls_session *session, const char *name, bool verify)
{
    const struct tls_library *gnutls = session->gnutls;
    bool client = session->side == TLS_CLIENT;
    if (!client)
        gnutls->gnutls_certificate_server_set_request(session->state, verify ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_IGNORE);
    if (!verify)
        return;
    session->wanted[0] = (gnutls_typed_vdata_st){.type = GNUTLS_DT_KEY_PURPOSE_OID,
                                                 .data = (void *)(client ? GNUTLS_KP_TLS_WWW_SERVER : GNUTLS_KP_TLS_WWW_CLIENT)};
    session->wanted[1] = (gnutls_typed_vdata_st){.type = GNUTLS_DT_DNS_HOSTNAME, .data = (void *)name};
    gnutls->gnutls_session_set_verify_cert2(session->state, session->wanted, client && name ? 2 : 1, 0);
}

/* An address is not a name that may be asked for by (RFC 6066, section 3). */
static bool is_name(const char *text) { return text && !strchr(text, ':') && text[strspn(text, "0123456789.")]; }

struct tls_session *tls_handshake(struct tls_context *context, int fd, const char *name, int timeout_ms, struct error *err)
{
    const struct tls_library *gnutls = tls_library(NULL);
    struct tls_session *session = xcalloc(1, sizeof *session);
    *session = (struct tls_session){.gnutls = gnutls, .side = context->side, .fd = fd};
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    gnutls->gnutls_init(&session->state, (context->side == TLS_SERVER ? GNUTLS_SERVER : GNUTLS_CLIENT) | GNUTLS_NONBLOCK |
                                             GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS);
    int rc = gnutls->gnutls_priority_set_direct(session->state, PRIORITY, NULL);
    gnutls->gnutls_credentials_set(session->state, GNUTLS_CRD_CERTIFICATE, context->credentials);
    gnutls->gnutls_transport_set_int2(session->state, fd, fd);
    expect_certificate(session, name, context->verify);
    if (context->side == TLS_CLIENT && is_name(name))
        gnutls->gnutls_server_name_set(session->state, GNUTLS_NAME_DNS, name, strlen(name));
    if (rc >= 0)
        rc = shake(session, timeout_ms);
    if (rc >= 0)
        return session;
    if (rc == GNUTLS_E_TIMEDOUT)
        error_set(err, ETIMEDOUT, "net/http: TLS handshake timeout");
    else {
        struct error why = ERROR_INIT;
        explain(session, name, rc, &why);
        error_set(err, why.code, "%s", why.message);
        if (why.code == EACCES)
            farewell(session);
    }
    session_free(session);
    return NULL;
}
