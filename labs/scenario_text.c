/* A small walk over the text: marks behind code, <details>, and other tags, each outside of code. */
#include "labs/scenario_text.h"

#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* "{{exec}}", "{{execute interrupt}}", "{{copy}}": right behind a backtick. Its length, or 0. */
static size_t mark_length(const char *at)
{
    static const char *const words[] = {"exec", "copy", "open"};
    const char *end = str_starts(at, "{{") ? strstr(at, "}}") : NULL;
    for (size_t i = 0; end && i < ARRAY_LEN(words); i++)
        if (str_starts(at + 2, words[i]))
            return (size_t)(end + 2 - at);
    return 0;
}

static size_t tag_length(const char *at)
{
    if (*at != '<' || (!isalpha((unsigned char)at[1]) && at[1] != '/'))
        return 0;
    const char *end = strpbrk(at + 1, "<>\n");
    /* <https://...> is a link. */
    return end && *end == '>' && !memchr(at, ':', (size_t)(end - at)) ? (size_t)(end + 1 - at) : 0;
}

/* What stands between <details> and </details>, without the line of <summary>; the length of all of it, or 0. */
static size_t details(const char *at, char **inside)
{
    if (strncasecmp(at, "<details>", 9) != 0)
        return 0;
    const char *end = strcasestr(at, "</details>"), *from = at + 9;
    if (!end)
        return 0;
    const char *summary = strcasestr(from, "</summary>");
    if (summary && summary < end)
        from = summary + 10;
    cleanup_free char *raw = xstrndup(from, (size_t)(end - from)), *text = scenario_text(raw, NULL);
    *inside = str_format("%s\n", str_trim(text));
    return (size_t)(end + 10 - at);
}

/* A run of backticks with what it encloses, marks behind it left out. */
static const char *copy_code(const char *at, struct buf *out)
{
    size_t ticks = strspn(at, "`");
    cleanup_free char *fence = xstrndup(at, ticks);
    const char *end = strstr(at + ticks, fence);
    while (end && end[ticks] == '`')
        end = strstr(end + strspn(end, "`"), fence);
    end = end ? end + ticks : at + ticks;
    buf_add(out, at, (size_t)(end - at));
    return end + mark_length(end);
}

char *scenario_text(const char *text, char ***hints)
{
    struct buf out = BUF_INIT;
    while (*text) {
        char *inside = NULL;
        size_t length = hints ? details(text, &inside) : 0;
        if (length)
            strv_take(hints, inside);
        else if (*text == '`') {
            text = copy_code(text, &out);
            continue;
        } else {
            length = tag_length(text);
        }
        if (!length)
            buf_putc(&out, *text++);
        text += length;
    }
    return buf_take(&out);
}
