/* POST /auth: are these credentials good for this registry? Asked of the registry itself (its /v2/, HTTP basic authentication; the
 * distribution specification, "determining support"); nothing is kept here, clients keep credentials. */
#include "api/http.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/tls.h"
#include "daemon/settings.h"

#include <errno.h>
#include <netdb.h>
#include <nettle/base64.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECT_MS = 10000, ANSWER_MS = 15000, ANSWER_MOST = 64 * 1024 };

struct registry {
    char *host, *port; /* as connected to */
    char *name;        /* as it is written, with the port when one was */
    bool insecure;
};

static void registry_clear(struct registry *registry)
{
    free(registry->host);
    free(registry->port);
    free(registry->name);
}

/* "https://index.docker.io/v1/", "127.0.0.1:5000", "registry.example" */
static struct registry registry_parse(const char *server)
{
    struct registry registry = {0};
    const char *sep = strstr(server, "://");
    cleanup_free char *name = xstrdup(sep ? sep + 3 : server);
    name[strcspn(name, "/")] = '\0';
    bool hub = !*name || str_equal(name, "index.docker.io") || str_equal(name, "docker.io");
    registry.name = xstrdup(hub ? "registry-1.docker.io" : name);
    registry.host = xstrdup(registry.name);
    char *colon = strrchr(registry.host, ':');
    if (colon && !strchr(colon, ']')) {
        *colon = '\0';
        registry.port = xstrdup(colon + 1);
    }
    return registry;
}

/* Loopback, and what the configuration lists, by name. */
static bool registry_insecure(struct engine *engine, const struct registry *registry)
{
    json_t *list = engine_setting(engine, "insecure-registries"), *entry;
    bool found = str_starts(registry->host, "127.") || str_equal(registry->host, "localhost");
    size_t i;
    json_array_foreach(list, i, entry) found |= str_equal(json_string_value(entry), registry->name);
    json_decref(list);
    return found;
}

static int wait_connected(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    int code = ETIMEDOUT;
    socklen_t len = sizeof code;
    if (poll(&wait, 1, CONNECT_MS) > 0)
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len);
    return code;
}

/* Errors as Go's net package words them. */
static int dial(const char *host, const char *port, struct error *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int rc = getaddrinfo(host, port, &hints, &found), code = EADDRNOTAVAIL;
    if (rc)
        return error_set(err, EIO, "dial tcp: lookup %s: %s", host, rc == EAI_NONAME ? "no such host" : gai_strerror(rc));
    for (const struct addrinfo *at = found; at && code; at = at->ai_next) {
        int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        code = connect(fd, at->ai_addr, at->ai_addrlen) == 0 ? 0 : errno;
        if (code == EINPROGRESS)
            code = wait_connected(fd);
        if (!code) {
            freeaddrinfo(found);
            return fd;
        }
        fd_close(fd);
    }
    freeaddrinfo(found);
    cleanup_free char *reason = str_lower(strerror(code));
    return error_set(err, EIO, "dial tcp %s:%s: connect: %s", host, port, reason);
}

/* With and without verifying; kept, since sessions use them until they end. */
static struct tls_context *client_context(bool verify, struct error *err)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct tls_context *contexts[2];
    const struct tls_files none = {0};
    pthread_mutex_lock(&lock);
    if (!contexts[verify])
        contexts[verify] = tls_context_new(TLS_CLIENT, &none, verify, err);
    struct tls_context *context = contexts[verify];
    pthread_mutex_unlock(&lock);
    return context;
}

static int dial_tls(const char *host, const char *port, bool verify, struct error *err)
{
    struct tls_context *context = client_context(verify, err);
    int fd = context ? dial(host, port, err) : -err->code, plain = -EBADF;
    if (fd < 0)
        return fd;
    struct tls_session *session = tls_handshake(context, fd, host, CONNECT_MS, err);
    if (!session || tls_carry_apart(session, &plain, NULL, err) < 0)
        plain = -err->code;

    return plain;
}

static int read_answer(int fd, struct buf *answer)
{
    int64_t end = clock_mono_ns() + (int64_t)ANSWER_MS * 1000000;
    char bytes[4096];
    while (answer->len < ANSWER_MOST && !(answer->data && strstr(answer->data, "\r\n\r\n"))) {
        int64_t left = (end - clock_mono_ns()) / 1000000;
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        ssize_t got = left > 0 && poll(&wait, 1, (int)left) > 0 ? read(fd, bytes, sizeof bytes) : -1;
        if (got <= 0)
            return -EIO;
        buf_add(answer, bytes, (size_t)got);
    }
    return 0;
}

/* GET /v2/, with credentials ("user:password") or NULL. The status, and its words in `reason`. */
static int ask(const struct registry *registry, bool tls, const char *credentials, char reason[64], struct error *err)
{
    const char *scheme = tls ? "https" : "http", *port = str_or(registry->port, tls ? "443" : "80");
    cleanup_buf struct buf text = BUF_INIT, answer = BUF_INIT;
    cleanup_close int fd = tls ? dial_tls(registry->host, port, !registry->insecure, err) : dial(registry->host, port, err);
    if (fd < 0)
        return error_prefix(err, "Get \"%s://%s/v2/\"", scheme, registry->name);
    buf_printf(&text, "GET /v2/ HTTP/1.1\r\nHost: %s\r\nUser-Agent: slipway/%s\r\nConnection: close\r\n", registry->name,
               SLIPWAY_VERSION);
    if (credentials) {
        size_t len = strlen(credentials);
        cleanup_free char *coded = xcalloc(BASE64_ENCODE_RAW_LENGTH(len) + 1, 1);
        base64_encode_raw(coded, len, (const uint8_t *)credentials);
        buf_printf(&text, "Authorization: Basic %s\r\n", coded);
    }
    buf_puts(&text, "\r\n");
    int status = 0;
    if (send(fd, text.data, text.len, MSG_NOSIGNAL) != (ssize_t)text.len || read_answer(fd, &answer) < 0)
        return error_set(err, EIO, "Get \"%s://%s/v2/\": EOF", scheme, registry->name);
    if (sscanf(answer.data, "HTTP/1.%*1d %d %63[^\r\n]", &status, reason) < 1 || status < 100)
        return error_set(err, EIO, "Get \"%s://%s/v2/\": malformed HTTP response", scheme, registry->name);
    if (status == 401 && strcasestr(answer.data, "\nwww-authenticate: bearer"))
        return error_set(err, EIO, "the registry %s gives tokens to those who log in; this engine knows basic authentication only",
                         registry->name);
    return status;
}

static enum MHD_Result auth(struct request *request)
{
    struct error err = ERROR_INIT, first = ERROR_INIT;
    struct registry registry = registry_parse(json_str(request->json, "serveraddress", ""));
    registry.insecure = registry_insecure(request->engine, &registry);
    cleanup_free char *credentials =
        str_format("%s:%s", json_str(request->json, "username", ""), json_str(request->json, "password", ""));
    char reason[64] = "";
    bool tls = true;
    int status = ask(&registry, true, credentials, reason, &first);
    if (status < 0 && registry.insecure) {
        tls = false;
        status = ask(&registry, false, credentials, reason, &err);
    } else {
        err = first;
    }
    cleanup_free char *where = str_format("%s://%s/v2/", tls ? "https" : "http", registry.name);
    registry_clear(&registry);
    if (status < 0)
        return reply_status(request, 500, err.message);
    if (status == 200)
        return reply_json(request, 200, json_pack("{s:s, s:s}", "IdentityToken", "", "Status", "Login Succeeded"));
    cleanup_free char *message = str_format("login attempt to %s failed with status: %d %s", where, status, reason);
    return reply_status(request, 500, message);
}

const struct route auth_routes[] = {{"POST", "/auth", auth, BODY_JSON, NULL}, {0}};
