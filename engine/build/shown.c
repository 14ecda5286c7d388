/* Values as Go prints them; see shown.h. */
#include "build/shown.h"

#include "base/go_text.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

static void put_escaped(struct buf *out, unsigned char c, char quote)
{
    static const char named[] = "abtnvfr"; /* from 7 on */
    if (c == (unsigned char)quote || c == '\\')
        buf_printf(out, "\\%c", c);
    else if (c >= 7 && c <= 13)
        buf_printf(out, "\\%c", named[c - 7]);
    else if (c < 0x20 || c == 0x7f)
        buf_printf(out, "\\x%02x", c);
    else
        buf_putc(out, (char)c);
}

void shown_rune(struct buf *out, int rune)
{
    buf_putc(out, '\'');
    if (rune < 0 || rune > 0x10ffff)
        buf_puts(out, "\xef\xbf\xbd");
    else if (rune < 0x80)
        put_escaped(out, (unsigned char)rune, '\'');
    else
        buf_printf(out, "\\u%04x", (unsigned)rune);
    buf_putc(out, '\'');
}

char *shown_quoted(const json_t *list)
{
    struct buf out = BUF_INIT;
    size_t i;
    json_t *value;
    buf_putc(&out, '[');
    json_array_foreach((json_t *)list, i, value)
    {
        if (i)
            buf_putc(&out, ' ');
        cleanup_free char *quoted = go_quote(str_or(json_string_value(value), ""));
        buf_puts(&out, quoted);
    }
    buf_putc(&out, ']');
    return buf_take(&out);
}

char *shown_list(char *const *list)
{
    cleanup_free char *words = list ? strv_join(list, " ") : NULL;
    return str_format("[%s]", words ? words : "");
}

/* "1.5" without zeros at the end. */
static void fraction(long long whole, long long rest, int digits, char *out, size_t room)
{
    int len = snprintf(out, room, "%lld.%0*lld", whole, digits, rest);
    while (len > 0 && out[len - 1] == '0')
        out[--len] = 0;
    if (len > 0 && out[len - 1] == '.')
        out[len - 1] = 0;
}

void shown_duration(int64_t ns, char out[32])
{
    char text[32];
    if (ns == 0) {
        snprintf(out, 32, "0s");
    } else if (ns < 1000) {
        snprintf(out, 32, "%lldns", (long long)ns);
    } else if (ns < 1000000) {
        fraction(ns / 1000, ns % 1000, 3, text, sizeof text);
        snprintf(out, 32, "%.20s\u00b5s", text);
    } else if (ns < 1000000000) {
        fraction(ns / 1000000, ns % 1000000, 6, text, sizeof text);
        snprintf(out, 32, "%.20sms", text);
    } else {
        long long seconds = ns / 1000000000;
        fraction(seconds % 60, ns % 1000000000, 9, text, sizeof text);
        if (seconds >= 3600)
            snprintf(out, 32, "%lldh%lldm%.12ss", seconds / 3600, seconds / 60 % 60, text);
        else if (seconds >= 60)
            snprintf(out, 32, "%lldm%.12ss", seconds / 60, text);
        else
            snprintf(out, 32, "%.12ss", text);
    }
}
