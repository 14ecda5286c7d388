/* An entry of Docker's "local" log: a protocol buffer between its length and its length. */
#include "shim/log_entry.h"

#include <endian.h>
#include <string.h>

enum wire { VARINT = 0, BYTES = 2 };

static char *put_varint(char *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *out++ = (char)(value | 0x80);
    *out++ = (char)value;
    return out;
}

static char *put_number(char *out, unsigned field, uint64_t value)
{
    *out++ = (char)(field << 3 | VARINT);
    return put_varint(out, value);
}

static char *put_bytes(char *out, unsigned field, const char *bytes, size_t len)
{
    *out++ = (char)(field << 3 | BYTES);
    out = put_varint(out, len);
    memcpy(out, bytes, len);
    return out + len;
}

static char *put_piece(char *out, const struct shim_piece *piece)
{
    char inner[SHIM_LINE_ID + 32], *p = inner;
    if (piece->ends)
        p = put_number(p, 1, 1);
    p = put_bytes(p, 2, piece->id, strlen(piece->id));
    p = put_number(p, 3, piece->number);
    return put_bytes(put_number(out, 4, 1), 5, inner, (size_t)(p - inner));
}

size_t shim_entry_local(char *out, const struct shim_piece *piece)
{
    char *body = out + sizeof(uint32_t);
    char *p = put_bytes(body, 1, piece->stream == SHIM_STDOUT ? "stdout" : "stderr", 6);
    p = put_number(p, 2, (uint64_t)piece->at);
    if (piece->len)
        p = put_bytes(p, 3, piece->data, piece->len);
    if (piece->number)
        p = put_piece(p, piece);
    uint32_t size = htobe32((uint32_t)(p - body));
    memcpy(out, &size, sizeof size);
    memcpy(p, &size, sizeof size);
    return (size_t)(p - out) + sizeof size;
}
