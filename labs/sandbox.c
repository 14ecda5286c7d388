/* Running things inside a machine through the Engine API's exec. */
#include "labs/sandbox.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* What timeout(1) in the machine cannot end, or what has lost it, is given up from here a little later. */
enum { FRAME_HEADER = 8, OUTPUT_MOST = 1 << 20, LEASE_LINE_MOST = 1 << 16, LATER_MS = 3000, TIMED_OUT = 124, KILLED = 137 };

/* Exactly `len` bytes, 0 at the end of the stream before the first, or a negative error; `until` in ns, 0 for ever. */
static ssize_t read_until(int fd, void *data, size_t len, int64_t until)
{
    for (size_t got = 0; got < len;) {
        struct pollfd waiting = {.fd = fd, .events = POLLIN};
        int64_t left = (until - clock_mono_ns()) / 1000000;
        int ready = poll(&waiting, 1, until ? (left > 0 ? (int)left : 0) : -1);
        if (ready == 0)
            return -ETIMEDOUT;
        ssize_t n = ready < 0 ? -1 : read(fd, (char *)data + got, len - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : got ? -EPROTO : 0;
        got += (size_t)n;
    }
    return (ssize_t)len;
}

/* Docker's stream frames (stream, three zeros, big-endian length) until the end; both streams into one text. */
static int read_frames(int fd, int64_t until, struct buf *out, struct error *err)
{
    unsigned char head[FRAME_HEADER];
    for (;;) {
        ssize_t got = read_until(fd, head, sizeof head, until);
        if (got == 0)
            return 0;
        uint32_t size;
        memcpy(&size, head + 4, sizeof size);
        size = ntohl(size);
        cleanup_free char *piece = got == FRAME_HEADER && size <= OUTPUT_MOST ? xmalloc(size + 1) : NULL;
        if (piece && size)
            got = read_until(fd, piece, size, until);
        if (got == -ETIMEDOUT)
            return error_set(err, ETIMEDOUT, "the script did not end, or something that it started keeps its output open");
        if (!piece || got <= 0)
            return error_set(err, EPROTO, "the engine's output stream broke off");
        if (out->len + size <= OUTPUT_MOST)
            buf_add(out, piece, size);
    }
}

static json_t *command(const struct sandbox_script *script)
{
    json_t *list = json_array();
    if (script->seconds) {
        cleanup_free char *limit = str_format("%u", script->seconds);
        const char *const words[] = {"timeout", "-k", "1", limit};
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
            json_array_append_new(list, json_string(words[i]));
    }
    const char *const words[] = {"bash", "-c", script->text, script->name};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (json_array_append_new(list, json_string(words[i])) < 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static char *exec_create(struct client *client, const char *id, const struct sandbox_script *script, struct error *err)
{
    json_t *words = command(script), *environment = script->environment ? json_from_strv(script->environment) : json_array();
    cleanup_json json_t *body =
        json_pack("{s:b,s:b,s:o*,s:o}", "AttachStdout", 1, "AttachStderr", 1, "Cmd", words, "Env", environment);
    if (!words) {
        error_set(err, EINVAL, "%s is not valid UTF-8", script->name);
        return NULL;
    }
    cleanup_free char *path = str_format("/containers/%s/exec", id);
    cleanup_json json_t *answer = NULL;
    if (client_call(client, "POST", path, body, &answer, err) < 0)
        return NULL;
    return xstrdup(json_str(answer, "Id", ""));
}

static int exit_code(struct client *client, const char *exec, struct error *err)
{
    cleanup_free char *path = str_format("/exec/%s/json", exec);
    cleanup_json json_t *state = NULL;
    int r = client_call(client, "GET", path, NULL, &state, err);
    return r < 0 ? r : (int)json_num(state, "ExitCode", 255);
}

/* What the runtime says instead of running anything comes as output, as of any other command. */
static int check_started(int code, const struct buf *out, struct error *err)
{
    enum { CANNOT = 126, NOT_THERE = 127 };
    if ((code == CANNOT || code == NOT_THERE) && out->len && str_starts(out->data, "OCI runtime exec failed"))
        return error_set(err, EIO, "%.*s", (int)strcspn(out->data, "\r\n"), out->data);
    return code;
}

int sandbox_run(const char *host, const char *id, const struct sandbox_script *script, char **output, struct error *err)
{
    struct client *client = client_new(host);
    cleanup_buf struct buf out = BUF_INIT;
    int64_t started = clock_mono_ns(), limit = (int64_t)script->seconds * 1000000000;
    cleanup_free char *exec = exec_create(client, id, script, err);
    int r = exec ? 0 : -err->code;
    cleanup_close int fd = -EBADF;
    if (r == 0) {
        cleanup_free char *path = str_format("/exec/%s/start", exec);
        cleanup_json json_t *body = json_pack("{s:b,s:b}", "Detach", 0, "Tty", 0);
        r = client_hijack(host, path, body, &fd, err);
    }
    if (r == 0)
        r = read_frames(fd, limit ? started + limit + LATER_MS * 1000000ll : 0, &out, err);
    if (r == 0)
        r = check_started(exit_code(client, exec, err), &out, err);
    if ((r == TIMED_OUT || r == KILLED) && limit && clock_mono_ns() - started >= limit)
        r = error_set(err, ETIMEDOUT, "%s did not end within %u s and was stopped", script->name, script->seconds);
    client_free(client);
    if (output)
        *output = buf_take(&out);
    return r;
}

/* The lease's stream begins with one JSON line that names the machine. */
json_t *sandbox_lease(const char *host, const char *path, json_t *config, int *lease, struct error *err)
{
    cleanup_buf struct buf line = BUF_INIT;
    char c;
    if (client_hijack(host, path, config, lease, err) < 0)
        return NULL;
    while (line.len < LEASE_LINE_MOST && read_full(*lease, &c, 1) == 1 && c != '\n')
        buf_putc(&line, c);
    return json_parse(line.data ? line.data : "", line.len, "the engine's answer to a lease", err);
}
