/* HTTP for the registry client: one request, one answer, over libcurl.
 *
 * A `struct web` is what requests to one place share: trust and keys, connections that are kept open, and the question whether
 * anybody still waits. Threads may ask at the same time. Redirections of GET and HEAD are followed, ten at the most, from https to
 * https only, and never with credentials to another host. What hangs is given up: 10 s to connect, `stall` seconds without a byte.
 * Errors are worded as Go's net/http words them, since that is what Docker's users know and search for.
 */
#ifndef SLIPWAY_IMAGE_REGISTRY_WEB_H
#define SLIPWAY_IMAGE_REGISTRY_WEB_H

#include "base/error.h"
#include "base/strings.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct web_options {
    const char *certs; /* a directory with *.crt (CAs), and X.cert with X.key (ours); NULL or missing: the system's CAs alone */
    bool insecure;     /* certificates are not checked, and redirections may lead from https to http */
    int stall;         /* seconds; 0: 30 */
    bool (*cancelled)(void *data); /* may be NULL */
    void *data;
};

struct web;
/* EINVAL for a directory of certificates that is not complete, in Docker's words. */
struct web *web_new(const struct web_options *options, struct error *err);
void web_free(struct web *web);
bool web_cancelled(const struct web *web);
/* Wait; ECANCELED as soon as nobody waits for the result any more. */
int web_pause(const struct web *web, int64_t ms, struct error *err);

struct web_request {
    const char *method, *url;
    const char *said;          /* the method that errors name; NULL: this one */
    char *const *headers;      /* "Accept: ..."; may be NULL */
    const char *authorization; /* "Bearer ..." or NULL; for the host of `url` alone */
    const void *body;
    size_t body_len;
    /* A body of unknown length instead: as read(2), 0 at the end; negative ends the request with the error that it set. */
    ssize_t (*source)(void *data, char *out, size_t room, struct error *err);
    void *source_data;
    /* Takes the body of a 200 or 206; a failure ends the request with that error. NULL: the answer keeps it. */
    int (*sink)(void *data, int status, const char *bytes, size_t len, struct error *err);
    void *sink_data;
    size_t most; /* what the answer keeps at the most, EFBIG beyond it; 0: 1 MiB */
};

struct web_answer {
    int status;
    char reason[64];    /* "Not Found" */
    struct buf headers; /* of the last answer: "name: value\n", names in lower case */
    struct buf body;
    int64_t length; /* Content-Length; -1: not told */
    bool elsewhere; /* a redirection led to another place, which gave the answer */
};

/* 0 with any status, or: ECONNREFUSED, EHOSTUNREACH, ETIMEDOUT, ECONNRESET (cut off), EACCES (its certificate), EFBIG, ELOOP
 * (redirections), ECANCELED, EPROTO. The message begins with the method and the URL. */
int web_ask(struct web *web, const struct web_request *request, struct web_answer *answer, struct error *err);
void web_answer_clear(struct web_answer *answer);
/* Value of a header of the answer, allocated, several joined by ", "; NULL when there is none. `name` in lower case. */
char *web_header(const struct web_answer *answer, const char *name);

/* "Get", "Head": how errors name a method. */
void web_verb(const char *method, char out[16]);

/* Addresses (url.c); allocated, NULL when `text` is no http or https URL. */
char *url_resolve(const char *base, const char *text);    /* `text` may be relative */
char *url_with(const char *url, const char *more);        /* one more part of the query: "a=b" */
char *url_escape(const char *text);                       /* for a value in a query */
bool url_same_place(const char *a, const char *b);        /* scheme, host and port */
bool url_host(const char *url, char **host, char **port); /* without brackets; the scheme's port when there is none */

#endif
