/* The Engine API from the other side; used by cli/, tui/, lessons/, labs/ and quizzes/.
 *
 * `host` is "unix:///path", "tcp://name:port", or "sandbox://ID[@HOST]": the engine inside the lab machine ID (an id, its beginning
 * or its name), reached through the engine at HOST (client_host(NULL) when it is not said). Everything of this client works there
 * as anywhere else. One `struct client` serves one thread; requests reuse its connection where they
 * can. A status of 400 or more is an error: err->message is the daemon's own message, err->code ENOENT for 404, EBUSY for 409,
 * EINVAL for 400, EIO otherwise. A daemon that cannot be reached is ECONNREFUSED with Docker's sentence ("Cannot connect to the
 * Docker daemon at ...").
 */
#ifndef SLIPWAY_CLIENT_CLIENT_H
#define SLIPWAY_CLIENT_CLIENT_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct client;

struct client *client_new(const char *host);
void client_free(struct client *client);
int client_status(const struct client *client); /* HTTP status of the last answer */

/* The API path without its version ("/containers/json?all=1"). `body` may be NULL; it stays the caller's. `answer` may be NULL;
 * otherwise a new reference, or NULL for an empty body. */
int client_call(struct client *client, const char *method, const char *path, json_t *body, json_t **answer, struct error *err);

/* Send what `fd` gives (until its end) as the body (images import, load). */
int client_upload(struct client *client, const char *method, const char *path, const char *content_type, int fd, json_t **answer,
                  struct error *err);

/* Stream an answer: `take` gets each piece as it arrives, and stops the transfer by returning false. */
int client_stream(struct client *client, const char *method, const char *path, json_t *body,
                  bool (*take)(void *data, const char *bytes, size_t len), void *data, struct error *err);

/* A request with all that one may have. What is not wanted stays empty. */
struct client_request {
    const char *method, *path;
    const char *headers;                  /* lines, each ended by CRLF */
    json_t *body;                         /* stays the caller's; or a body of another type: */
    const char *content_type;             /* of what is read from `fd`, until its end */
    int fd;                               /* stays the caller's */
    bool (*sent)(void *data, size_t len); /* of each piece that goes, and 0 at the end; false breaks the upload off unfinished */
    bool (*take)(void *data, const char *bytes, size_t len); /* as client_stream; without it the answer is kept whole */
    void *data;                                              /* for `sent` and `take` */
};

/* The answer is read also while the body is being sent: the engine may tell of its progress, or refuse before the end. `answer` may
 * be NULL, and is left alone with `take`. ECANCELED when `sent` has broken it off. */
int client_exchange(struct client *client, const struct client_request *request, json_t **answer, struct error *err);

/* Start a streamed GET and hand back the socket for use in a poll loop; use client_stream_read to take the decoded bytes.
 * 0: nothing now (EAGAIN), >0: bytes, -ENODATA: the end. */
struct client_feed;
struct client_feed *client_feed_open(const char *host, const char *path, struct error *err);
int client_feed_fd(const struct client_feed *feed);
long client_feed_read(struct client_feed *feed, char *bytes, size_t room, struct error *err);
void client_feed_close(struct client_feed *feed);

/* The same in steps, so that several requests can be under way at once: send any request (`headers` are lines ended by CRLF, or
 * NULL), wait for the head of the answer (an error status is an error), take the whole answer as JSON, or take over the socket
 * (which frees the feed in any case). Reads of client_feed_read return 0 when nothing is there; read until then, bytes may be
 * waiting that poll(2) does not know of. */
#define CLIENT_UPGRADE "Connection: Upgrade\r\nUpgrade: tcp\r\n"
struct client_feed *client_feed_send(const char *host, const char *method, const char *path, json_t *body, const char *headers,
                                     struct error *err);
int client_feed_head(struct client_feed *feed, struct error *err);
int client_feed_answer(struct client_feed *feed, json_t **answer, struct error *err);
/* What the answer's head said of a path in a container (X-Docker-Container-Path-Stat); a new reference, NULL when nothing. */
json_t *client_feed_path_stat(const struct client_feed *feed);
int client_feed_raw(struct client_feed *feed, int *fd, struct error *err);

/* POST with "Connection: Upgrade, Upgrade: tcp"; on success *fd is the raw duplex stream, owned by the caller. */
int client_hijack(const char *host, const char *path, json_t *body, int *fd, struct error *err);

/* From now on write a line for each request and each answer's head ("GET /version -> 200 in 0.3 ms"); NULL stops it. */
void client_trace(FILE *out);

/* Percent-encode one path segment or query value; allocated. */
char *client_escape(const char *text);

/* How to speak with engines at tcp:// addresses, for the whole program; to be called before the first connection. Empty members are
 * taken from DOCKER_TLS_VERIFY, DOCKER_TLS and the files ca.pem, cert.pem, key.pem in DOCKER_CERT_PATH, DOCKER_CONFIG or ~/.docker.
 * ENOENT for a file that is not there. */
struct client_tls {
    bool tls, verify, verify_given;
    const char *ca, *cert, *key;
};
int client_tls(const struct client_tls *how, struct error *err);

/* A host in its full form, as docker reads -H: "127.0.0.1:2375", "name" and ":2375" are tcp://. Allocated; EINVAL. */
char *client_host_parse(const char *text, bool tls, struct error *err);
bool client_tls_wanted(void);

/* Resolve -H, SLIPWAY_HOST, DOCKER_HOST, then the default, in this order; static storage or borrowed. */
const char *client_host(const char *flag);

#endif
