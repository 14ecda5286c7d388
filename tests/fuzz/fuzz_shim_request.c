/* The shim's request parser: any line is a request or an EPROTO, and what it accepts is in range. Bytes choose from
 * the words of the protocol, so that most lines get past the JSON parser; a first byte of 0xff gives the rest as it is. */
#include "base/memory.h"
#include "base/strings.h"
#include "shim/request.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[] = {
    "\"op\":\"",
    "start\"",
    "state\"",
    "events\"",
    "release\"",
    "pause\"",
    "attach\"",
    "exec-prepare\"",
    "exec-start\"",
    "signal\"",
    "resize\"",
    ",",
    "{",
    "}",
    "[",
    "]",
    "\"exec\":",
    "\"x1\"",
    "null",
    "\"process\":",
    "{}",
    "\"stdin\":",
    "true",
    "false",
    "\"in\":",
    "\"out\":",
    "\"err\":",
    "\"signal\":",
    "9",
    "\"all\":",
    "\"rows\":",
    "\"columns\":",
    "65535",
    "-1",
    "1e9",
    "\"paused\":",
    "0",
    "99999999999999",
    "{\"op\":\"",
    ",\"exec\":\"e\"",
};

static char *line_of(const uint8_t *data, size_t size)
{
    struct buf line = BUF_INIT;
    if (size && data[0] == 0xff)
        buf_add(&line, data + 1, size - 1);
    else
        for (size_t i = 0; i < size; i++)
            buf_puts(&line, words[data[i] % ARRAY_LEN(words)]);
    return buf_take(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct shim_request request;
    struct error err = ERROR_INIT;
    cleanup_free char *line = line_of(data, size);
    int r = shim_request_parse(line, strlen(line), &request, &err);
    if (r < 0 && (r != -EPROTO || err.code != EPROTO || !*err.message || request.doc))
        abort();
    if (r == 0) {
        if (request.op >= SHIM_OPS || request.rows < 0 || request.columns < 0 || request.signal < 0 || request.signal > 64)
            abort();
        if (request.exec && (!*request.exec || strlen(request.exec) > 128))
            abort();
        shim_request_free(&request);
    }
    return 0;
}
