/* Running things inside a sandbox through the Engine API's exec. */
#include "labs/sandbox.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

enum { FRAME_HEADER = 8, OUTPUT_MOST = 1 << 20 };

/* Docker's stream frames (stream, three zeros, big-endian length) until the end; both streams into one text. */
static int read_frames(int fd, struct buf *out, struct error *err)
{
    unsigned char head[FRAME_HEADER];
    for (;;) {
        ssize_t got = read_full(fd, head, sizeof head);
        if (got == 0)
            return 0;
        uint32_t size;
        memcpy(&size, head + 4, sizeof size);
        size = ntohl(size);
        cleanup_free char *piece = got == FRAME_HEADER && size <= OUTPUT_MOST ? xmalloc(size) : NULL;
        if (!piece || read_full(fd, piece, size) != (ssize_t)size)
            return error_set(err, EPROTO, "the engine's output stream broke off");
        if (out->len + size <= OUTPUT_MOST)
            buf_add(out, piece, size);
    }
}

static char *exec_create(struct client *client, const char *id, const char *script, char *const *environment, struct error *err)
{
    cleanup_json json_t *body = json_pack("{s:b,s:b,s:[s,s,s],s:o}", "AttachStdout", 1, "AttachStderr", 1, "Cmd", "bash", "-c",
                                          script, "Env", environment ? json_from_strv(environment) : json_array());
    if (!body) {
        error_set(err, EINVAL, "the script is not valid UTF-8");
        return NULL;
    }
    cleanup_free char *path = str_format("/containers/%s/exec", id);
    cleanup_json json_t *answer = NULL;
    if (client_call(client, "POST", path, body, &answer, err) < 0)
        return NULL;
    return xstrdup(json_str(answer, "Id", ""));
}

int sandbox_run(const char *host, const char *id, const char *script, char *const *environment, char **output, struct error *err)
{
    struct client *client = client_new(host);
    cleanup_buf struct buf out = BUF_INIT;
    cleanup_free char *exec = exec_create(client, id, script, environment, err);
    int r = exec ? 0 : -err->code;
    cleanup_close int fd = -EBADF;
    if (r == 0) {
        cleanup_free char *path = str_format("/exec/%s/start", exec);
        cleanup_json json_t *body = json_pack("{s:b,s:b}", "Detach", 0, "Tty", 0);
        r = client_hijack(host, path, body, &fd, err);
    }
    if (r == 0)
        r = read_frames(fd, &out, err);
    if (r == 0) {
        cleanup_free char *path = str_format("/exec/%s/json", exec);
        cleanup_json json_t *state = NULL;
        r = client_call(client, "GET", path, NULL, &state, err);
        if (r == 0)
            r = (int)json_num(state, "ExitCode", 255);
    }
    client_free(client);
    if (output)
        *output = buf_take(&out);
    return r;
}
