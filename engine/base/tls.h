/* TLS over a connected stream socket, which then looks like a plain one: a thread carries the bytes between both. What is built on
 * plain sockets (poll, half-closing, passing a descriptor on) works unchanged on top of it.
 *
 * GnuTLS (libgnutls.so.30) is loaded with dlopen(3) when it is needed first, so that a program that talks over a unix socket pays
 * nothing for it. TLS 1.2 and 1.3 only. A peer whose certificate is wanted and not good is turned away in the handshake: nothing
 * of what it sends is read as a request.
 */
#ifndef SLIPWAY_BASE_TLS_H
#define SLIPWAY_BASE_TLS_H

#include "base/error.h"

#include <stdbool.h>

/* PEM files. Empty or NULL: none. */
struct tls_files {
    const char *ca, *cert, *key;
};

enum tls_side { TLS_CLIENT, TLS_SERVER };

/* Keys and trust, shared by many connections. `verify`: the peer must show a certificate that the CA signed for its side of a
 * connection (and, for a server, for the name that was called). Errors name the file as dockerd does: `Could not load X509 key pair
 * (cert: "...", key: "..."): open ...: no such file or directory`; ENOSYS without the library. */
struct tls_context *tls_context_new(enum tls_side side, const struct tls_files *files, bool verify, struct error *err);
void tls_context_free(struct tls_context *context);

/* The handshake on `fd`, which is taken over also when it fails (and then closed). `name` is whom a client means to reach. Errors:
 * ETIMEDOUT; EACCES with the words of Go's x509 when the peer's certificate is refused; EPROTO for all else. */
struct tls_session *tls_handshake(struct tls_context *context, int fd, const char *name, int timeout_ms, struct error *err);

/* Carry bytes between the session and `plain` until both directions have ended; frees the session and closes both. */
void tls_carry(struct tls_session *session, int plain);

/* tls_carry in a thread of its own, with all signals blocked. *plain is the end to use. `link` (may be NULL) tells later why a
 * connection broke. */
struct tls_link;
int tls_carry_apart(struct tls_session *session, int *plain, struct tls_link **link, struct error *err);

/* Why the connection broke, in Go's words ("remote error: tls: bad certificate"); "" when it ended as it should. Static storage of
 * the link. */
const char *tls_link_problem(struct tls_link *link);
void tls_link_free(struct tls_link *link);

#endif
