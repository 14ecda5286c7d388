/* The process has one TLS configuration, made when the first connection needs it. */
#include "client/secure.h"
#include "client/client.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/tls.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { HANDSHAKE_MS = 10000 };

static struct {
    bool on, verify;
    char *ca, *cert, *key;
    struct tls_context *context; /* locked */
} secure;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

bool secure_wanted(void) { return secure.on; }
bool client_tls_wanted(void) { return secure.on; }

/* A file that was named has to be there; the default ones of certificate and key need not. */
static char *choose(const char *given, const char *directory, const char *name, bool needed)
{
    if (!str_empty(given))
        return xstrdup(given);
    char *path = path_join(directory, name);
    if (needed || path_exists(path))
        return path;
    free(path);
    return xstrdup("");
}

int client_tls(const struct client_tls *how, struct error *err)
{
    const char *cert_path = getenv("DOCKER_CERT_PATH"), *config = getenv("DOCKER_CONFIG"), *home = getenv("HOME");
    secure.verify = how->verify_given ? how->verify : !str_empty(getenv("DOCKER_TLS_VERIFY"));
    secure.on = how->tls || how->verify_given || secure.verify || !str_empty(getenv("DOCKER_TLS"));
    if (!secure.on)
        return 0;
    cleanup_free char *own = path_join(str_or(home, "/"), ".docker");
    const char *directory = str_or(cert_path, str_or(config, own));
    secure.ca = choose(how->ca, directory, "ca.pem", true);
    secure.cert = choose(how->cert, directory, "cert.pem", !str_empty(how->key));
    secure.key = choose(how->key, directory, "key.pem", !str_empty(how->cert));
    const char *const files[] = {secure.ca, secure.cert, secure.key};
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        if (*files[i] && !path_exists(files[i]))
            return error_set(err, ENOENT, "open %s: no such file or directory", files[i]);
    return 0;
}

static struct tls_context *context(struct error *err)
{
    const struct tls_files files = {secure.ca, secure.cert, secure.key};
    pthread_mutex_lock(&lock);
    if (!secure.context)
        secure.context = tls_context_new(TLS_CLIENT, &files, secure.verify, err);
    struct tls_context *made = secure.context;
    pthread_mutex_unlock(&lock);
    return made;
}

/* "tcp://[::1]:2376" to "::1" */
static char *server_name(const char *host)
{
    const char *start = strstr(host, "://");
    start = start ? start + 3 : host;
    if (*start == '[')
        return xstrndup(start + 1, strcspn(start + 1, "]"));
    return xstrndup(start, strcspn(start, ":/"));
}

int secure_connect(int *fd, const char *host, struct tls_link **link, struct error *err)
{
    struct error why = ERROR_INIT;
    cleanup_free char *name = server_name(host);
    struct tls_context *made = context(&why);
    struct tls_session *session = NULL;
    if (made)
        session = tls_handshake(made, *fd, name, HANDSHAKE_MS, &why);
    else
        fd_close(*fd);
    *fd = -EBADF;
    if (!session)
        return error_set(err, why.code, "%s", why.message);
    return tls_carry_apart(session, fd, link, err);
}
