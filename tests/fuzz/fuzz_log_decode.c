/* The readers of both log formats: whatever stands in a file, every byte is passed over once, no more is read than there is, and
 * what the decoder of json-file makes of a line is what a JSON parser makes of it. */
#include "api/log_decode.h"
#include "base/json.h"
#include "base/memory.h"
#include "shim/log_entry.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void walk(const char *data, size_t size, ssize_t (*decode)(const char *, size_t, struct log_entry *))
{
    while (size) {
        struct log_entry entry;
        cleanup_buf struct buf out = BUF_INIT;
        ssize_t used = decode(data, size, &entry);
        if (used > 0) {
            log_entry_text(&entry, &out);
            log_entry_ns(&entry);
            if (entry.attrs)
                json_decref(json_loadb(entry.attrs, entry.attrs_len, 0, NULL));
        }
        log_entry_clear(&entry);
        if (used == 0)
            return;
        size_t passed = (size_t)(used < 0 ? -used : used);
        if (passed > size)
            abort();
        data += passed;
        size -= passed;
    }
}

/* Written and read back: local keeps every byte, json-file all that is UTF-8. */
static void round_trip(const char *data, size_t size)
{
    struct shim_stamp stamp = {.second = INT64_MIN, .at = INT64_MIN};
    const struct shim_piece piece = {
        .data = data, .len = size < SHIM_LOG_LINE ? size : SHIM_LOG_LINE, .at = 1795252367277979400LL, .ends = true};
    cleanup_free char *out = xmalloc(6 * piece.len + SHIM_ENTRY_HEAD);
    cleanup_buf struct buf text = BUF_INIT;
    struct log_entry entry;
    size_t len = shim_entry_local(out, &piece);
    if (log_decode_local(out, len, &entry) != (ssize_t)len || entry.len != piece.len || memcmp(entry.text, data, piece.len) != 0)
        abort();
    len = shim_entry_json(&stamp, out, &piece);
    if (log_decode_json(out, len, &entry) != (ssize_t)len || entry.owned || log_entry_ns(&entry) != piece.at)
        abort();
    log_entry_text(&entry, &text);
    cleanup_json json_t *doc = json_loadb(out, len - 1, JSON_ALLOW_NUL, NULL);
    json_t *log = json_object_get(doc, "log");
    if (!log || json_string_length(log) != text.len || memcmp(json_string_value(log), text.data, text.len) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_free char *copy = xmalloc(size ? size : 1); /* so that reading behind it is noticed */
    memcpy(copy, data, size);
    walk(copy, size, log_decode_json);
    walk(copy, size, log_decode_local);
    round_trip(copy, size);
    return 0;
}
