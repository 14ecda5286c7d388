/* Hostile answers of an engine: whatever comes over the connection, the client ends with an answer or an error, and in time. The
 * first byte chooses between a call, a stream that is read as it comes, and a connection that is handed over raw. */
#include "base/memory.h"
#include "base/strings.h"
#include "client/http.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static bool take(void *data, const char *bytes, size_t len)
{
    buf_add(data, bytes, len);
    return ((struct buf *)data)->len < 4096;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int ends[2];
    struct error err = ERROR_INIT;
    if (size < 1 || size > 60000 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return 0;
    cleanup_buf struct buf body = BUF_INIT;
    struct http http = {.fd = ends[0], .host = "unix:///fuzz", .sink = take, .sink_data = &body};
    if (write(ends[1], data + 1, size - 1) != (ssize_t)size - 1)
        abort();
    int r = http_send(&http, "GET", "/x", NULL, NULL, 0, &err);
    shutdown(ends[1], SHUT_WR);
    if (r == 0 && data[0] % 3 == 0)
        r = http_pump_head(&http, &err);
    while (r >= 0 && http.fd >= 0 && !http.message_done && !http.stopped)
        r = http_pump(&http, data[0] % 3 == 1, &err);
    if (r < 0 && !err.code)
        abort(); /* a failure without a reason */
    if (r >= 0 && http.status >= 400 && http_error(http.status, &body, &err) >= 0)
        abort();
    http_close(&http);
    close(ends[1]);
    return 0;
}
