/* The log writer: whatever a container prints, in whatever pieces, every entry is one line of valid JSON, and the texts of the
 * entries together are what was printed, but for bytes that are no UTF-8. */
#include "base/json.h"
#include "base/memory.h"
#include "shim/log_writer.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct shim_log log_writer;

static size_t check_entries(const char *text, size_t len)
{
    size_t printed = 0;
    while (len) {
        const char *end = memchr(text, '\n', len);
        if (!end)
            abort();
        size_t line = (size_t)(end - text);
        cleanup_json json_t *entry = json_loadb(text, line, JSON_ALLOW_NUL, NULL);
        if (!entry || !json_is_string(json_object_get(entry, "log")) || json_object_size(entry) != 3)
            abort();
        printed += json_string_length(json_object_get(entry, "log"));
        text = end + 1;
        len -= line + 1;
    }
    return printed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int file = memfd_create("log", MFD_CLOEXEC);
    memset(&log_writer, 0, offsetof(struct shim_log, batch));
    const struct shim_log_options options = {.path = "/dev/null", .max_files = 1};
    if (shim_log_open(&log_writer, &options, NULL) < 0)
        abort();
    fd_close(log_writer.fd);
    log_writer.fd = fcntl(file, F_DUPFD_CLOEXEC, 3);
    size_t at = 0;
    while (at < size) { /* the first byte of a piece is its length */
        size_t piece = (size_t)data[at] * 80;
        if (piece > size - at)
            piece = size - at;
        shim_log_write(&log_writer, SHIM_STDOUT, (const char *)data + at, piece ? piece : 1);
        at += piece ? piece : 1;
    }
    shim_log_end(&log_writer, SHIM_STDOUT);
    off_t len = lseek(file, 0, SEEK_END);
    char *text = xmalloc((size_t)len + 1);
    if (pread(file, text, (size_t)len, 0) != len || check_entries(text, (size_t)len) < size)
        abort();
    free(text);
    fd_close(file);
    shim_log_close(&log_writer);
    return 0;
}
