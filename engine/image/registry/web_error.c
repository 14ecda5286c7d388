/* Failures of the network and of TLS, worded as Go's net, net/http and crypto/x509 word them. */
#include "image/registry/web_error.h"

#include "base/memory.h"

#include <ctype.h>
#include <errno.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>

static int dial_failure(const struct curl_library *curl, CURL *handle, const char *url, struct error *err)
{
    long code = 0;
    cleanup_free char *host = NULL, *port = NULL;
    curl->easy_getinfo(handle, CURLINFO_OS_ERRNO, &code);
    url_host(url, &host, &port);
    if (!code)
        code = ECONNREFUSED;
    cleanup_free char *reason = str_lower(strerror((int)code));
    return error_set(err, (int)code, "dial tcp %s:%s: connect: %s", str_or(host, "?"), str_or(port, "?"), reason);
}

static int certificate_failure(const struct curl_library *curl, CURL *handle, const char *said, struct error *err)
{
    static const struct {
        long flag;
        const char *words;
    } reasons[] = {
        {GNUTLS_CERT_SIGNER_NOT_FOUND, "certificate signed by unknown authority"},
        {GNUTLS_CERT_SIGNER_NOT_CA, "certificate is not authorized to sign other certificates"},
        {GNUTLS_CERT_EXPIRED, "certificate has expired or is not yet valid"},
        {GNUTLS_CERT_NOT_ACTIVATED, "certificate has expired or is not yet valid"},
        {GNUTLS_CERT_REVOKED, "certificate has been revoked"},
    };
    long flags = 0;
    curl->easy_getinfo(handle, CURLINFO_SSL_VERIFYRESULT, &flags);
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (flags & reasons[i].flag)
            return error_set(err, EACCES, "x509: %s", reasons[i].words);
    if (strstr(said, "subject name"))
        return error_set(err, EACCES, "x509: certificate is valid for another name: %s", said);
    return error_set(err, EACCES, "x509: %s", said);
}

static int handshake_failure(const char *said, struct error *err)
{
    if (strstr(said, "unexpected TLS packet") || strstr(said, "wrong version number"))
        return error_set(err, EPROTO, "http: server gave HTTP response to HTTPS client");
    return error_set(err, EPROTO, "tls: %s", said);
}

/* Broken off by the other side, after the connection was made. */
static int cut_off(const struct curl_library *curl, CURL *handle, CURLcode code, const char *said, struct error *err)
{
    long os = 0;
    const char *alert = strstr(said, "alert has been received"); /* TLS 1.3: what is wrong with us is said after the handshake */
    if (alert)
        return error_set(err, EACCES, "remote error: tls: %s", strchr(alert, ':') ? strchr(alert, ':') + 2 : said);
    curl->easy_getinfo(handle, CURLINFO_OS_ERRNO, &os);
    if (os == ECONNRESET || os == EPIPE)
        return error_set(err, ECONNRESET, "read: connection reset by peer");
    return error_set(err, ECONNRESET, code == CURLE_GOT_NOTHING ? "EOF" : "unexpected EOF");
}

static int timed_out(const struct curl_library *curl, CURL *handle, const char *url, struct error *err)
{
    curl_off_t connected = 0;
    cleanup_free char *host = NULL, *port = NULL;
    curl->easy_getinfo(handle, CURLINFO_CONNECT_TIME_T, &connected);
    url_host(url, &host, &port);
    if (!connected)
        return error_set(err, ETIMEDOUT, "dial tcp %s:%s: i/o timeout", str_or(host, "?"), str_or(port, "?"));
    return error_set(err, ETIMEDOUT,
                     "net/http: timeout: the server accepted the connection and then sent nothing (or next to nothing)");
}

static int explain(const struct curl_library *curl, CURL *handle, CURLcode code, const char *said, const char *url,
                   struct error *err)
{
    cleanup_free char *host = NULL, *port = NULL;
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        url_host(url, &host, &port);
        return error_set(err, EHOSTUNREACH, "dial tcp: lookup %s: no such host", str_or(host, "?"));
    case CURLE_COULDNT_CONNECT:
        return dial_failure(curl, handle, url, err);
    case CURLE_OPERATION_TIMEDOUT:
        return timed_out(curl, handle, url, err);
    case CURLE_PEER_FAILED_VERIFICATION:
        return certificate_failure(curl, handle, said, err);
    case CURLE_SSL_CONNECT_ERROR:
        return handshake_failure(said, err);
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_SEND_FAIL_REWIND: /* on a connection that had been kept and was closed meanwhile */
        return cut_off(curl, handle, code, said, err);
    case CURLE_TOO_MANY_REDIRECTS:
        return error_set(err, ELOOP, "stopped after 10 redirects");
    case CURLE_UNSUPPORTED_PROTOCOL:
        return error_set(err, EPROTO,
                         "a redirect leads to what is not trusted as much: only https is followed from https, and "
                         "nothing but http and https at all");
    case CURLE_ABORTED_BY_CALLBACK:
        return error_set(err, ECANCELED, "context canceled");
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
        return error_set(err, EINVAL, "tls: %s", said);
    default:
        return error_set(err, EPROTO, "%s", said);
    }
}

int web_failure(const struct curl_library *curl, CURL *handle, CURLcode code, const struct error *own, const char *said,
                const struct web_request *request, struct error *err)
{
    struct error none = ERROR_INIT;
    err = err ? err : &none;
    const char *url = NULL;
    char verb[16];
    curl->easy_getinfo(handle, CURLINFO_EFFECTIVE_URL, &url);
    url = str_or(url, request->url);
    if (own->code)
        *err = *own;
    else
        explain(curl, handle, code, *said ? said : curl->easy_strerror(code), url, err);
    web_verb(str_or(request->said, request->method), verb);
    return error_prefix(err, "%s \"%s\"", verb, url);
}
