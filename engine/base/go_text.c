/* What counts as a letter or can be shown comes from the C library's tables for UTF-8, which differ from Go's in a few rare signs
 * only. */
#include "base/go_text.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <wctype.h>

enum { RUNE_BAD = 0xFFFD };

static locale_t utf8;
static void utf8_load(void) { utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL); }

static locale_t utf8_locale(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, utf8_load);
    return utf8;
}

uint32_t go_rune(const char *text, size_t *size)
{
    static const unsigned char lead[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    const unsigned char *p = (const unsigned char *)text;
    if (*p < 0x80) {
        *size = *p != 0;
        return *p;
    }
    size_t len = utf8_sequence(p, strnlen(text, 4));
    *size = len ? len : 1;
    if (!len)
        return RUNE_BAD;
    uint32_t rune = p[0] & lead[len];
    for (size_t i = 1; i < len; i++)
        rune = rune << 6 | (p[i] & 0x3F);
    return rune;
}

static bool is_space(uint32_t rune)
{
    if (rune < 0x100)
        return rune == ' ' || (rune >= '\t' && rune <= '\r') || rune == 0x85 || rune == 0xA0;
    return rune == 0x1680 || (rune >= 0x2000 && rune <= 0x200A) || rune == 0x2028 || rune == 0x2029 || rune == 0x202F ||
           rune == 0x205F || rune == 0x3000;
}

size_t go_space(const char *text)
{
    size_t size;
    return is_space(go_rune(text, &size)) ? size : 0;
}

const char *go_skip_space(const char *text)
{
    for (size_t size; (size = go_space(text));)
        text += size;
    return text;
}

char *go_trim(const char *text)
{
    const char *start = go_skip_space(text), *end = start;
    for (const char *p = start; *p;) {
        size_t size, space = go_space(p);
        go_rune(p, &size);
        p += size;
        end = space ? end : p;
    }
    return xstrndup(start, (size_t)(end - start));
}

bool go_is_word(uint32_t rune)
{
    if (rune < 0x80)
        return isalnum((int)rune);
    return utf8_locale() && iswalnum_l((wint_t)rune, utf8_locale());
}

/* What the C library takes for printable and Go does not: marks that format, and characters for private use. */
static bool is_hidden(uint32_t rune)
{
    static const struct {
        uint32_t from, to;
    } ranges[] = {
        {0xAD, 0xAD},     {0x600, 0x605},   {0x61C, 0x61C},     {0x6DD, 0x6DD},      {0x70F, 0x70F},
        {0x180E, 0x180E}, {0x200B, 0x200F}, {0x202A, 0x202E},   {0x2060, 0x206F},    {0xE000, 0xF8FF},
        {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0001, 0xE007F}, {0xF0000, 0x10FFFF},
    };
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
        if (rune >= ranges[i].from && rune <= ranges[i].to)
            return true;
    return false;
}

static bool shows(uint32_t rune)
{
    if (rune < 0x80)
        return rune >= ' ' && rune < 0x7F;
    return !is_space(rune) && !is_hidden(rune) && utf8_locale() && iswprint_l((wint_t)rune, utf8_locale());
}

static void quote_rune(struct buf *out, const char *text, uint32_t rune, size_t size)
{
    static const char plain[] = "\a\b\f\n\r\t\v\\\"", letters[] = "abfnrtv\\\"";
    const char *known = rune < 0x80 ? strchr(plain, (int)rune) : NULL;
    if (known)
        buf_printf(out, "\\%c", letters[known - plain]);
    else if (rune == RUNE_BAD && size == 1)
        buf_printf(out, "\\x%02x", (unsigned char)*text);
    else if (shows(rune))
        buf_add(out, text, size);
    else if (rune < ' ' || rune == 0x7F)
        buf_printf(out, "\\x%02x", (unsigned)rune);
    else
        buf_printf(out, rune > 0xFFFF ? "\\U%08x" : "\\u%04x", (unsigned)rune);
}

char *go_quote(const char *text)
{
    struct buf out = BUF_INIT;
    buf_putc(&out, '"');
    for (size_t size; *text; text += size) {
        uint32_t rune = go_rune(text, &size);
        quote_rune(&out, text, rune, size);
    }
    buf_putc(&out, '"');
    return buf_take(&out);
}

char *go_valid(const char *bytes, size_t len)
{
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < len;) {
        size_t size = utf8_sequence((const unsigned char *)bytes + i, len - i);
        if (size)
            buf_add(&out, bytes + i, size);
        else
            buf_puts(&out, "\xEF\xBF\xBD");
        i += size ? size : 1;
    }
    return buf_take(&out);
}

static bool is_unit(const char *name)
{
    static const char *const units[] = {"ns", "us", "µs", "μs", "ms", "s", "m", "h"};
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (str_equal(units[i], name))
            return true;
    return false;
}

/* Finds what clock_parse_duration did not like. */
static void duration_problem(const char *text, char *why, size_t room)
{
    cleanup_free char *quoted = go_quote(text);
    for (const char *p = text + (*text == '-' || *text == '+');;) {
        size_t number = strspn(p, "0123456789."), unit = strcspn(p + number, "0123456789.");
        cleanup_free char *name = xstrndup(p + number, unit), *shown = go_quote(name);
        if (!number || strspn(p, ".") > 1)
            snprintf(why, room, "time: invalid duration %s", quoted);
        else if (!unit)
            snprintf(why, room, "time: missing unit in duration %s", quoted);
        else if (!is_unit(name))
            snprintf(why, room, "time: unknown unit %s in duration %s", shown, quoted);
        else {
            p += number + unit;
            continue;
        }
        return;
    }
}

bool go_duration(const char *text, int64_t *ns, char *why, size_t room)
{
    if (clock_parse_duration(text, ns))
        return true;
    duration_problem(text, why, room);
    return false;
}

/* One character of a bracket expression, or NULL where there is none. */
static const char *bracket_character(const char *p)
{
    if (*p == '-' || *p == ']')
        return NULL;
    p += *p == '\\';
    size_t size;
    uint32_t rune = go_rune(p, &size);
    return size && !(rune == RUNE_BAD && size == 1) && p[size] ? p + size : NULL;
}

/* Behind "[...]", or NULL when it is none: at least one range, no range without its end. */
static const char *brackets(const char *p)
{
    p += p[1] == '^' ? 2 : 1;
    for (int ranges = 0; *p != ']' || !ranges; ranges++) {
        if (!(p = bracket_character(p)))
            return NULL;
        if (*p == '-' && !(p = bracket_character(p + 1)))
            return NULL;
    }
    return p + 1;
}

bool go_pattern_valid(const char *pattern)
{
    for (const char *p = pattern; *p;) {
        if (*p == '[') {
            if (!(p = brackets(p)))
                return false;
        } else if (*p == '\\' && !p[1]) {
            return false;
        } else {
            p += *p == '\\' ? 2 : 1;
        }
    }
    return true;
}
