/* Strings, buffers and string lists; relies on memory.h for allocation. */
#include "base/strings.h"

#include "base/memory.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *str_vformat(const char *format, va_list args)
{
    char *out = NULL;
    if (vasprintf(&out, format, args) < 0)
        abort();
    return out;
}

char *str_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *out = str_vformat(format, args);
    va_end(args);
    return out;
}

bool str_starts(const char *text, const char *prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }

bool str_ends(const char *text, const char *suffix)
{
    size_t a = strlen(text), b = strlen(suffix);
    return a >= b && memcmp(text + a - b, suffix, b) == 0;
}

bool str_equal(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }
bool str_empty(const char *text) { return !text || !*text; }
const char *str_or(const char *text, const char *otherwise) { return str_empty(text) ? otherwise : text; }

char *str_trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t end = strlen(text);
    while (end && isspace((unsigned char)text[end - 1]))
        text[--end] = 0;
    return text;
}

char *str_lower(const char *text)
{
    char *out = xstrdup(text);
    for (char *p = out; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return out;
}

void str_hex(const unsigned char *bytes, size_t count, char *out)
{
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        *out++ = digit[bytes[i] >> 4];
        *out++ = digit[bytes[i] & 15];
    }
    *out = 0;
}

bool str_to_int(const char *text, long long *out)
{
    if (str_empty(text) || isspace((unsigned char)*text))
        return false;
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || *end)
        return false;
    *out = value;
    return true;
}

bool str_to_real(const char *text, double *out)
{
    if (str_empty(text) || isspace((unsigned char)*text))
        return false;
    char *end;
    double value = strtod(text, &end);
    if (*end || !isfinite(value))
        return false;
    *out = value;
    return true;
}

char *str_shell_quote(const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%^";
    if (*text && strspn(text, plain) == strlen(text))
        return xstrdup(text);
    struct buf out = BUF_INIT;
    buf_putc(&out, '\'');
    for (; *text; text++)
        *text == '\'' ? buf_puts(&out, "'\\''") : buf_putc(&out, *text);
    buf_putc(&out, '\'');
    return buf_take(&out);
}

static void reserve(struct buf *buf, size_t more)
{
    if (buf->len + more + 1 <= buf->cap)
        return;
    size_t cap = buf->cap ? buf->cap : 64;
    while (cap < buf->len + more + 1)
        cap *= 2;
    buf->data = xrealloc(buf->data, cap);
    buf->cap = cap;
}

void buf_add(struct buf *buf, const void *bytes, size_t count)
{
    reserve(buf, count);
    if (count)
        memcpy(buf->data + buf->len, bytes, count);
    buf->len += count;
    buf->data[buf->len] = 0;
}

void buf_puts(struct buf *buf, const char *text) { buf_add(buf, text, strlen(text)); }
void buf_putc(struct buf *buf, char c) { buf_add(buf, &c, 1); }

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cleanup_free char *text = str_vformat(format, args);
    va_end(args);
    buf_puts(buf, text);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    if (buf->data)
        buf->data[0] = 0;
}

void buf_free(struct buf *buf)
{
    free(buf->data);
    *buf = BUF_INIT;
}

char *buf_take(struct buf *buf)
{
    char *out = buf->data ? buf->data : xstrdup("");
    *buf = BUF_INIT;
    return out;
}

void buf_consume(struct buf *buf, size_t count)
{
    if (count > buf->len)
        count = buf->len;
    if (!count)
        return;
    buf->len -= count;
    memmove(buf->data, buf->data + count, buf->len + 1);
}

size_t strv_len(char *const *list)
{
    size_t count = 0;
    while (list && list[count])
        count++;
    return count;
}

void strv_take(char ***list, char *text)
{
    size_t count = strv_len(*list);
    *list = xrealloc(*list, (count + 2) * sizeof **list);
    (*list)[count] = text;
    (*list)[count + 1] = NULL;
}

void strv_add(char ***list, const char *text) { strv_take(list, xstrdup(text)); }

char **strv_copy(char *const *list)
{
    char **out = NULL;
    for (; list && *list; list++)
        strv_add(&out, *list);
    return out;
}

void strv_free(char **list)
{
    for (char **p = list; p && *p; p++)
        free(*p);
    free(list);
}

bool strv_has(char *const *list, const char *text)
{
    for (; list && *list; list++)
        if (strcmp(*list, text) == 0)
            return true;
    return false;
}

char **str_split(const char *text, char separator)
{
    size_t count = 0;
    for (const char *p = text; (p = strchr(p, separator)); p++)
        count++;
    char **out = xcalloc(count + 2, sizeof *out); /* strv_take looks for the end each time, and files have many lines */
    char **next = out;
    for (const char *end; (end = strchr(text, separator)); text = end + 1)
        *next++ = xstrndup(text, (size_t)(end - text));
    *next = xstrdup(text);
    return out;
}

char *strv_join(char *const *list, const char *separator)
{
    struct buf out = BUF_INIT;
    for (size_t i = 0; list && list[i]; i++) {
        if (i)
            buf_puts(&out, separator);
        buf_puts(&out, list[i]);
    }
    return buf_take(&out);
}

size_t utf8_control(const char *p)
{
    const unsigned char *byte = (const unsigned char *)p;
    bool c1 = byte[0] == 0xc2 && byte[1] >= 0x80 && byte[1] < 0xa0;
    return c1 ? 2 : *byte < 0x20 || *byte == 0x7f;
}

size_t utf8_sequence(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80)
        return 1;
    size_t need = p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 : p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : 0;
    if (!need || need > left)
        return 0;
    for (size_t i = 1; i < need; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
    bool beyond = (p[0] == 0xed && p[1] >= 0xa0) || (p[0] == 0xf4 && p[1] >= 0x90);
    return overlong || beyond ? 0 : need;
}
