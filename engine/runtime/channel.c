/* Messages between the parent and the child that sets a container up: packets on a SOCK_SEQPACKET pair that close on exec, so
 * that end of file means "it runs". */
#include "base/memory.h"
#include "base/sockets.h"
#include "runtime/setup.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

int channel_send(int channel, char kind, const struct error *err, const int *fds, size_t count)
{
    struct message message = {.kind = kind};
    size_t len = offsetof(struct message, text) + 1;
    if (err) {
        message.code = err->code;
        size_t text = strnlen(err->message, MESSAGE_TEXT - 1);
        memcpy(message.text, err->message, text);
        len += text;
    }
    return fds_send(channel, &message, len, fds, count);
}

int channel_receive(int channel, struct error *err, int *fds, size_t *count)
{
    struct message message = {0};
    size_t none = 0;
    ssize_t n = fds_receive(channel, &message, sizeof message - 1, fds, count ? count : &none);
    if (n == 0 || n == -ECONNRESET)
        return 0;
    if (n < 0)
        return error_errno(err, (int)-n, "read from the container's init");
    if (message.kind == 'E')
        error_set(err, message.code ? message.code : EIO, "%s", message.text);
    return message.kind;
}
