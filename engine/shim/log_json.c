/* An entry of the json-file log. Busy containers spend their log's time here: plain text is found sixteen bytes at a time, and the
 * time of an entry is spelled once for all that were read together. */
#include "shim/log_entry.h"

#include "base/clock.h"
#include "base/strings.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define NS 1000000000LL

static char *put_escape(char *out, unsigned code)
{
    static const char digits[] = "0123456789abcdef";
    *out++ = '\\';
    *out++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4)
        *out++ = digits[code >> shift & 15];
    return out;
}

static char *put_ascii(char *out, unsigned char c)
{
    static const char short_form[128] = {['\n'] = 'n', ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\'};
    if (!short_form[c])
        return put_escape(out, c);
    *out++ = '\\';
    *out++ = short_form[c];
    return out;
}

static bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&'; }

/* How many bytes from the start stand for themselves. */
static size_t plain_run(const char *data, size_t len)
{
    size_t i = 0;
#ifdef __SSE2__
    const __m128i space = _mm_set1_epi8(0x20), quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'), amp = _mm_set1_epi8('&');
    const __m128i angle = _mm_set1_epi8('<'), no_two = _mm_set1_epi8((char)0xfd); /* '>' is '<' with that bit */
    for (; i + 16 <= len; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(data + i));
        __m128i bad = _mm_cmplt_epi8(v, space); /* signed: bytes from 0x80 too */
        bad = _mm_or_si128(bad, _mm_cmpeq_epi8(v, quote));
        bad = _mm_or_si128(bad, _mm_cmpeq_epi8(v, slash));
        bad = _mm_or_si128(bad, _mm_cmpeq_epi8(v, amp));
        bad = _mm_or_si128(bad, _mm_cmpeq_epi8(_mm_and_si128(v, no_two), angle));
        int mask = _mm_movemask_epi8(bad);
        if (mask)
            return i + (size_t)__builtin_ctz((unsigned)mask);
    }
#endif
    while (i < len && is_plain((unsigned char)data[i]))
        i++;
    return i;
}

static char *put_text(char *out, const char *data, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t run = plain_run(data + i, len - i);
        memcpy(out, data + i, run);
        out += run;
        i += run;
        if (i == len)
            break;
        const unsigned char *p = (const unsigned char *)data + i;
        size_t n = *p < 0x80 ? 1 : utf8_sequence(p, len - i);
        bool separator = n == 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9);
        if (n == 0) {
            out = put_escape(out, 0xfffd);
            n = 1;
        } else if (separator) {
            out = put_escape(out, 0x2000 | (p[2] & 0x3f));
        } else if (n == 1) {
            out = put_ascii(out, *p);
        } else {
            memcpy(out, p, n);
            out += n;
        }
        i += n;
    }
    return out;
}

/* clock_rfc3339 with the text of the second kept: most lines of a busy container fall into the same one. */
static void spell_time(struct shim_stamp *stamp, int64_t at)
{
    int64_t second = at / NS;
    if (second != stamp->second) {
        char text[CLOCK_TEXT];
        clock_rfc3339(second * NS, text);
        memcpy(stamp->text, text, 19);
        stamp->second = second;
    }
    char *out = stamp->text + 19;
    long fraction = (long)(at % NS);
    if (fraction) {
        *out++ = '.';
        for (long unit = NS / 10; unit && fraction; fraction %= unit, unit /= 10)
            *out++ = (char)('0' + fraction / unit);
    }
    *out++ = 'Z';
    stamp->len = (size_t)(out - stamp->text);
    stamp->at = at;
}

#define PUT(out, literal) (memcpy(out, literal, sizeof(literal) - 1), (out) + sizeof(literal) - 1)

size_t shim_entry_json(struct shim_stamp *stamp, char *out, const struct shim_piece *piece)
{
    if (piece->at != stamp->at)
        spell_time(stamp, piece->at);
    char *p = PUT(out, "{\"log\":\"");
    p = put_text(p, piece->data, piece->len);
    if (piece->ends)
        p = PUT(p, "\\n");
    p = piece->stream == SHIM_STDOUT ? PUT(p, "\",\"stream\":\"stdout\"") : PUT(p, "\",\"stream\":\"stderr\"");
    if (stamp->attrs) {
        p = PUT(p, ",\"attrs\":");
        memcpy(p, stamp->attrs, stamp->attrs_len);
        p += stamp->attrs_len;
    }
    p = PUT(p, ",\"time\":\"");
    memcpy(p, stamp->text, stamp->len);
    p = PUT(p + stamp->len, "\"}\n");
    return (size_t)(p - out);
}
