/* One health check: an exec in the container, its output up to a bound, its exit code, and an end to it when it takes too long. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/exec.h"
#include "daemon/health.h"
#include "shim/frame.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

enum { KILLED_MS = 3000 };

struct output {
    struct buf text;
    bool truncated;
    unsigned char head[SHIM_FRAME];
    size_t head_len;
    uint32_t left; /* of the frame that is being read */
};

static void keep(struct output *output, const char *bytes, size_t count)
{
    size_t room = HEALTH_OUTPUT_MOST - output->text.len;
    buf_add(&output->text, bytes, count < room ? count : room);
    output->truncated |= count > room;
}

/* Bytes of the multiplexed stream, cut anywhere. */
static void take(struct output *output, const char *bytes, size_t count)
{
    while (count) {
        if (output->left) {
            size_t part = count < output->left ? count : output->left;
            keep(output, bytes, part);
            output->left -= (uint32_t)part;
            bytes += part;
            count -= part;
            continue;
        }
        output->head[output->head_len++] = (unsigned char)*bytes++;
        count--;
        if (output->head_len < SHIM_FRAME)
            continue;
        output->head_len = 0;
        for (size_t i = SHIM_FRAME - 4; i < SHIM_FRAME; i++)
            output->left = output->left << 8 | output->head[i];
    }
}

/* To the end of the stream; false when the time ran out first. */
static bool read_all(int connection, int64_t until_ns, struct output *output)
{
    for (;;) {
        int64_t left_ms = (until_ns - clock_mono_ns()) / 1000000;
        struct pollfd ready = {.fd = connection, .events = POLLIN};
        if (left_ms < 0)
            return false;
        int n = poll(&ready, 1, (int)(left_ms < 1000000 ? left_ms + 1 : 1000000));
        if (n < 0 && errno != EINTR)
            return true;
        if (n <= 0)
            continue;
        char bytes[4096];
        ssize_t got = recv(connection, bytes, sizeof bytes, 0);
        if (got <= 0)
            return true;
        take(output, bytes, (size_t)got);
    }
}

static json_t *result(int64_t started, int exit_code, const char *text, size_t len)
{
    char start[CLOCK_TEXT], end[CLOCK_TEXT];
    clock_rfc3339(started, start);
    clock_rfc3339(clock_wall_ns(), end);
    return json_pack("{s:s, s:s, s:i, s:o}", "Start", start, "End", end, "ExitCode", exit_code, "Output",
                     json_text_value(text, len));
}

static json_t *failed(int64_t started, const struct error *err) { return result(started, -1, err->message, strlen(err->message)); }

static json_t *timed_out(int64_t started, const struct health_config *config, const struct output *output)
{
    char limit[DURATION_TEXT];
    cleanup_buf struct buf text = BUF_INIT;
    duration_text(config->timeout_ns, limit);
    buf_printf(&text, "Health check exceeded timeout (%s)", limit);
    if (output->text.len) {
        buf_puts(&text, ": ");
        buf_add(&text, output->text.data, output->text.len);
    }
    return result(started, -1, text.data, text.len);
}

static json_t *follow(struct exec *exec, const struct health_config *config, int64_t started, int64_t until, int connection)
{
    struct output output = {.text = BUF_INIT};
    json_t *doc;
    if (read_all(connection, until, &output)) {
        int code;
        exec_settle(exec);
        if (output.truncated)
            buf_puts(&output.text, "...");
        if (exec_exit_code(exec, &code))
            doc = result(started, code, output.text.data ? output.text.data : "", output.text.len);
        else
            doc = timed_out(started, config, &output);
    } else {
        exec_kill(exec);
        doc = timed_out(started, config, &output);
        /* Dying checks must not pile up. */
        struct output rest = {.text = BUF_INIT};
        read_all(connection, clock_mono_ns() + KILLED_MS * 1000000ll, &rest);
        buf_free(&rest.text);
    }
    buf_free(&output.text);
    return doc;
}

json_t *health_probe(struct instance *instance, const struct health_config *config)
{
    struct error err = ERROR_INIT;
    int64_t started = clock_wall_ns(), until = clock_mono_ns() + config->timeout_ns;
    cleanup_json json_t *request =
        json_pack("{s:o, s:b, s:b}", "Cmd", health_command(instance->config, config), "AttachStdout", 1, "AttachStderr", 1);
    char id[ID_TEXT];
    if (exec_create(instance, request, id, &err) < 0)
        return failed(started, &err);
    struct exec *exec = exec_find(instance->engine, id, &err);
    int connection = -EBADF;
    json_t *doc = NULL;
    if (!exec || exec_claim(exec, &err) < 0 || exec_start(exec, false, &connection, &err) < 0)
        doc = failed(started, &err);
    else
        doc = follow(exec, config, started, until, connection);
    fd_close(connection);
    if (exec)
        exec_forget(exec);
    exec_unref(exec);
    return doc;
}
