/* A registry, as a client of the OCI distribution specification sees it.
 *
 * A `struct registry` is one place that was reached: it knows what the place asks for (nothing, Basic, Bearer), gets and keeps
 * tokens, renews one that is refused in mid-flight once, waits and asks again after 429 and 5xx (as long as Retry-After says, or
 * 0.5 s and twice as long each time), and turns the registry's errors into Docker's sentences. Threads may use it at the same time.
 * `name` is a repository at the registry: "library/busybox". Nothing is trusted: digests and sizes are checked here.
 *
 * Errors: ENOENT for what is not there, EACCES for who may not, EPROTO for lies, EAGAIN when it stayed overloaded, those of web.h.
 */
#ifndef SLIPWAY_IMAGE_REGISTRY_REGISTRY_H
#define SLIPWAY_IMAGE_REGISTRY_REGISTRY_H

#include "base/error.h"
#include "image/registry/manifest.h"
#include "image/registry/web.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* places.c: where a registry may be. */
struct place {
    char *url;  /* "https://registry-1.docker.io", without a '/' at the end */
    char *host; /* "localhost:5000", as people write it */
    bool insecure, mirror;
};
/* For the domain of a reference ("docker.io", "localhost:5000"), in the order in which they are to be tried. `insecure` and
 * `mirrors` are the configuration's lists and may be NULL; mirrors are for Docker Hub, and only when `pulling`. Insecure is what
 * is on loopback, listed by name, or in a listed network ("10.0.0.0/8"): TLS without a check of certificates, then plain HTTP. */
struct place *places_of(const char *domain, const json_t *insecure, const json_t *mirrors, bool pulling, size_t *count);
void places_free(struct place *places, size_t count);

struct registry_options {
    const struct place *place;
    const json_t *auth; /* {"username","password"}, {"identitytoken"}, {"registrytoken"}; NULL: none; never sent to a mirror */
    const char *certs;  /* holds HOST:PORT/; NULL: /etc/docker/certs.d */
    int attempts;       /* how often one thing is tried; 0: 5 */
    int stall;          /* see web.h */
    bool (*cancelled)(void *data); /* may be NULL */
    void *data;
};

struct registry;
/* Asks GET /v2/ what is wanted. EINVAL for credentials that no header can hold. */
struct registry *registry_open(const struct registry_options *options, struct error *err);
void registry_close(struct registry *registry);
const char *registry_url(const struct registry *registry);
bool registry_cancelled(const struct registry *registry);
/* The same for registries at one place that were opened with the same credentials, and for no others: what came from one may be
 * shared with who asks the other. */
const char *registry_key(const struct registry *registry);

/* Are these credentials good? The refresh token that a token server gave for them, or "" (allocated). EACCES with Docker's
 * sentence; EPERM when a token server said no. */
int registry_login(struct registry *registry, char **identity, struct error *err);

/* fetch.c */
/* By tag or digest; what comes by digest has it. */
int registry_manifest(struct registry *registry, const char *name, const char *reference, struct manifest *out, struct error *err);
int registry_tags(struct registry *registry, const char *name, char ***tags, struct error *err);
/* A small blob (a configuration) as text; allocated. */
char *registry_small_blob(struct registry *registry, const char *name, const struct descriptor *blob, struct error *err);
/* A blob of any size into `fd`, an empty file. A broken connection is taken up where it broke. `got` (may be NULL) is told how much
 * is there, and hears of each wait before another attempt. EPROTO: "filesystem layer verification failed for digest sha256:...". */
struct fetch_watch {
    void (*got)(void *data, int64_t bytes);
    void (*retrying)(void *data, int seconds);
    void (*verifying)(void *data);
    void *data;
};
int registry_blob(struct registry *registry, const char *name, const struct descriptor *blob, int fd,
                  const struct fetch_watch *watch, struct error *err);

/* send.c */
/* 1 with its size, or 0 when the repository has it not. */
int registry_has(struct registry *registry, const char *name, const char *digest, int64_t *size, struct error *err);
/* Take a blob over from another repository of the registry: 1, or 0 when it is to be uploaded (`upload` is where to then;
 * allocated). */
int registry_mount(struct registry *registry, const char *name, const char *digest, const char *from, char **upload,
                   struct error *err);
/* The bytes of a blob, which must be the same each time. */
struct blob_source {
    ssize_t (*read)(void *data, char *out, size_t room, struct error *err); /* as read(2) */
    int (*rewind)(void *data, struct error *err);                           /* to the first byte; is called before the first read */
    void *data;
};
/* In one stream; a broken connection is taken up where the registry says. `upload`: from registry_mount, or NULL. */
int registry_send(struct registry *registry, const char *name, const char *upload, const struct blob_source *source,
                  char digest[DIGEST_TEXT], int64_t *size, struct error *err);
int registry_send_text(struct registry *registry, const char *name, const char *text, size_t len, char digest[DIGEST_TEXT],
                       struct error *err);
int registry_send_manifest(struct registry *registry, const char *name, const char *reference, const char *type, const char *text,
                           struct error *err);

/* Inside: what fetch.c and send.c are written with. */

/* What `request` is about: the token must allow `actions` ("pull", "pull,push") on `name`, and pulling from `from` (may be NULL).
 */
struct access {
    const char *name, *actions, *from;
};
/* Adds credentials to the request. 0 with any status that is not retried. A request with a source is tried once only, and a
 * second time after 401 if it has `again` (which sets the source to where it was). */
int registry_ask(struct registry *registry, const struct access *access, struct web_request *request,
                 int (*again)(void *source_data, struct error *err), struct web_answer *answer, struct error *err);
/* "<url>/v2/<path>"; allocated. */
char *registry_path(const struct registry *registry, const char *format, ...) __attribute__((format(printf, 2, 3)));
int registry_attempts(const struct registry *registry);
struct web *registry_web(struct registry *registry);
/* Milliseconds before attempt `tried` + 1; what the answer (may be NULL) says, or our own. */
int64_t registry_backoff(const struct web_answer *answer, int tried);
/* The failure that an answer tells of: "denied: requested access to the resource is denied". Returns -err->code. */
int registry_problem(const struct web_answer *answer, struct error *err);
/* The code of the first error in the answer ("MANIFEST_UNKNOWN"), or "". */
void registry_problem_code(const struct web_answer *answer, char out[64]);
bool registry_transient(const struct error *err); /* another attempt may help */

#endif
