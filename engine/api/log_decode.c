/* Decoders of log entries. The usual json-file line, as our shim and Docker write it, is taken apart in place; any other JSON goes
 * through a parser. */
#include "api/log_decode.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

void log_entry_clear(struct log_entry *entry)
{
    free(entry->owned);
    entry->owned = NULL;
}

int64_t log_entry_ns(const struct log_entry *entry)
{
    char text[CLOCK_TEXT] = "";
    int64_t at = 0;
    if (!entry->time)
        return entry->at;
    memcpy(text, entry->time, entry->time_len < sizeof text ? entry->time_len : sizeof text - 1);
    return clock_parse(text, &at) ? at : 0;
}

/* json-file */

/* Where the first quote or backslash is; `end` when there is none. */
static const char *find_special(const char *at, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');
    for (; at + 16 <= end; at += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);
        int mask = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, slash)));
        if (mask)
            return at + __builtin_ctz((unsigned)mask);
    }
#endif
    while (at < end && *at != '"' && *at != '\\')
        at++;
    return at;
}

static bool take_literal(const char **at, const char *end, const char *literal)
{
    size_t len = strlen(literal);
    if ((size_t)(end - *at) < len || memcmp(*at, literal, len) != 0)
        return false;
    *at += len;
    return true;
}

static bool decode_usual(const char *at, const char *end, struct log_entry *entry)
{
    static const char before_time[] = ",\"time\":\"";
    if (!take_literal(&at, end, "{\"log\":\""))
        return false;
    entry->text = at;
    while ((at = find_special(at, end)) < end && *at == '\\') {
        entry->escaped = true;
        at = at + 2 < end ? at + 2 : end;
    }
    entry->len = (size_t)(at - entry->text);
    if (!take_literal(&at, end, "\",\"stream\":\"std"))
        return false;
    entry->errors = take_literal(&at, end, "err\"");
    if (!entry->errors && !take_literal(&at, end, "out\""))
        return false;
    const char *time = at;
    if (take_literal(&at, end, ",\"attrs\":")) {
        time = NULL;
        for (const char *p = end - 1; p > at && !time; p--)
            if (*p == ',' && (size_t)(end - p) > sizeof before_time && memcmp(p, before_time, sizeof before_time - 1) == 0)
                time = p;
        if (!time)
            return false;
        entry->attrs = at;
        entry->attrs_len = (size_t)(time - at);
    }
    if (!take_literal(&time, end, before_time) || end - time < 3 || end[-1] != '}' || end[-2] != '"')
        return false;
    entry->time = time;
    entry->time_len = (size_t)(end - 2 - time);
    return !memchr(time, '"', entry->time_len);
}

/* Whatever else is JSON: the fields in another order, spaces, a text that was left out because it is empty. */
static bool decode_any(const char *line, size_t len, struct log_entry *entry)
{
    *entry = (struct log_entry){0};
    cleanup_json json_t *doc = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
    json_t *log = json_object_get(doc, "log"), *attrs = json_object_get(doc, "attrs");
    if (!json_is_string(log))
        return false;
    cleanup_free char *extra = json_is_object(attrs) ? json_dumps(attrs, JSON_COMPACT) : NULL;
    size_t size = json_string_length(log), extra_len = extra ? strlen(extra) : 0;
    entry->owned = xmalloc(size + extra_len + 1);
    memcpy(entry->owned, json_string_value(log), size);
    if (extra)
        memcpy(entry->owned + size, extra, extra_len);
    entry->text = entry->owned;
    entry->len = size;
    entry->errors = str_equal(json_str(doc, "stream", ""), "stderr");
    entry->attrs = extra ? entry->owned + size : NULL;
    entry->attrs_len = extra_len;
    clock_parse(json_str(doc, "time", ""), &entry->at);
    return true;
}

ssize_t log_decode_json(const char *data, size_t len, struct log_entry *entry)
{
    const char *end = memchr(data, '\n', len);
    *entry = (struct log_entry){0};
    if (!end)
        return 0;
    ssize_t size = end + 1 - data;
    if (decode_usual(data, end, entry))
        return size;
    return decode_any(data, (size_t)(size - 1), entry) ? size : -size;
}

static int hex4(const char *at, const char *end)
{
    int value = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

static void put_utf8(struct buf *out, unsigned code)
{
    char bytes[4];
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n - 1; i > 0; i--, code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3f));
    bytes[0] = (char)(lead[n] | code);
    buf_add(out, bytes, n);
}

/* Behind "\u"; a half of a surrogate pair that stands alone is U+FFFD. */
static const char *put_code(struct buf *out, const char *at, const char *end)
{
    int code = hex4(at, end);
    if (code < 0) {
        put_utf8(out, 0xfffd);
        return at;
    }
    at += 4;
    if (code >= 0xd800 && code < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
        int low = hex4(at + 2, end);
        if (low >= 0xdc00 && low < 0xe000) {
            put_utf8(out, 0x10000u + ((unsigned)(code - 0xd800) << 10) + (unsigned)(low - 0xdc00));
            return at + 6;
        }
    }
    put_utf8(out, code >= 0xd800 && code < 0xe000 ? 0xfffdu : (unsigned)code);
    return at;
}

void log_entry_text(const struct log_entry *entry, struct buf *out)
{
    static const char meaning[128] = {
        ['n'] = '\n', ['r'] = '\r', ['t'] = '\t', ['b'] = '\b', ['f'] = '\f', ['"'] = '"', ['/'] = '/', ['\\'] = '\\'};
    const char *at = entry->text, *end = at + entry->len;
    while (entry->escaped && at < end) {
        const char *plain = memchr(at, '\\', (size_t)(end - at));
        if (!plain)
            break;
        buf_add(out, at, (size_t)(plain - at));
        at = plain + 1;
        if (at == end)
            break;
        unsigned char c = (unsigned char)*at++;
        if (c == 'u')
            at = put_code(out, at, end);
        else
            buf_putc(out, c < 128 && meaning[c] ? meaning[c] : (char)c);
    }
    buf_add(out, at, (size_t)(end - at));
    if (entry->newline)
        buf_putc(out, '\n');
}

/* local */

enum wire { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

struct field {
    unsigned number;
    enum wire wire;
    uint64_t value; /* of VARINT; the length of BYTES */
    const char *bytes;
};

static bool take_varint(const char **at, const char *end, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
        unsigned char c = (unsigned char)*(*at)++;
        *value |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80))
            return true;
    }
    return false;
}

static bool take_field(const char **at, const char *end, struct field *field)
{
    uint64_t key;
    if (!take_varint(at, end, &key))
        return false;
    field->number = (unsigned)(key >> 3);
    field->wire = (enum wire)(key & 7);
    field->bytes = NULL;
    size_t skip = 0;
    switch (field->wire) {
    case VARINT:
        return take_varint(at, end, &field->value);
    case BYTES:
        if (!take_varint(at, end, &field->value) || field->value > (uint64_t)(end - *at))
            return false;
        skip = (size_t)field->value;
        break;
    case FIXED64:
        skip = 8;
        break;
    case FIXED32:
        skip = 4;
        break;
    default:
        return false;
    }
    field->bytes = *at;
    if ((size_t)(end - *at) < skip)
        return false;
    *at += skip;
    return true;
}

/* Whether the piece that this metadata belongs to ends its line. */
static bool is_last(const char *at, const char *end)
{
    struct field field;
    bool last = false;
    while (at < end && take_field(&at, end, &field))
        if (field.number == 1 && field.wire == VARINT)
            last = field.value != 0;
    return last;
}

static bool decode_body(const char *at, const char *end, struct log_entry *entry)
{
    struct field field;
    entry->newline = true;
    entry->text = "";
    while (at < end) {
        if (!take_field(&at, end, &field))
            return false;
        if (field.number == 1 && field.wire == BYTES)
            entry->errors = field.value == 6 && memcmp(field.bytes, "stderr", 6) == 0;
        if (field.number == 2 && field.wire == VARINT)
            entry->at = (int64_t)field.value;
        if (field.number == 3 && field.wire == BYTES) {
            entry->text = field.bytes;
            entry->len = (size_t)field.value;
        }
        if (field.number == 5 && field.wire == BYTES)
            entry->newline = is_last(field.bytes, field.bytes + field.value);
    }
    return true;
}

ssize_t log_decode_local(const char *data, size_t len, struct log_entry *entry)
{
    uint32_t before, behind;
    *entry = (struct log_entry){0};
    if (len < sizeof before)
        return 0;
    memcpy(&before, data, sizeof before);
    before = be32toh(before);
    if (before > LOG_ENTRY_MOST)
        return -(ssize_t)len;
    if (len < before + 2 * sizeof before)
        return 0;
    memcpy(&behind, data + sizeof before + before, sizeof behind);
    ssize_t size = (ssize_t)(before + 2 * sizeof before);
    if (be32toh(behind) != before || !decode_body(data + sizeof before, data + sizeof before + before, entry))
        return -(ssize_t)len;
    return size;
}
