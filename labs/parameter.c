/* Drawing parameters, and putting them into text. */
#include "labs/parameter.h"

#include "base/digest.h"
#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool parameter_name_valid(const char *name)
{
    if (!islower((unsigned char)*name) || strlen(name) > 32)
        return false;
    for (; *name; name++)
        if (!islower((unsigned char)*name) && !isdigit((unsigned char)*name) && *name != '_')
            return false;
    return true;
}

/* "20-90" of a draw of `len` bytes. */
static bool range(const char *draw, size_t len, long long *low, long long *high)
{
    cleanup_free char *text = xstrndup(draw, len);
    char *dash = strchr(text, '-');
    if (!dash)
        return false;
    *dash = 0;
    return isdigit((unsigned char)*text) && isdigit((unsigned char)dash[1]) && str_to_int(text, low) && str_to_int(dash + 1, high);
}

static const char *draw_problem(const char *draw, size_t len)
{
    long long low, high;
    if (memchr(draw, '|', len)) {
        if (draw[0] == '|' || draw[len - 1] == '|' || memmem(draw, len, "||", 2))
            return "a choice in {x|y} is empty";
        return NULL;
    }
    if (!range(draw, len, &low, &high))
        return "a draw is {A-B} for a number or {x|y|z} for a choice";
    if (low >= high || high > 1000000000)
        return "in {A-B}, A must be less than B, and B at most 1000000000";
    return NULL;
}

const char *template_problem(const char *template)
{
    size_t draws = 0;
    for (const char *p = template; *p; p++) {
        if (*p == '}')
            return "there is a } without its {";
        if (iscntrl((unsigned char)*p))
            return "control characters cannot be part of it";
        if (*p != '{')
            continue;
        const char *end = strpbrk(p + 1, "{}");
        if (!end || *end != '}')
            return "there is a { without its }";
        const char *problem = draw_problem(p + 1, (size_t)(end - p - 1));
        if (problem)
            return problem;
        draws++;
        p = end;
    }
    return draws ? NULL : "nothing in it is drawn: use {A-B} or {x|y|z}, or write the value into the scripts";
}

/* 0 to `bound` - 1; what lies above the last full multiple of `bound` is thrown away. */
static uint32_t below(uint32_t bound, const unsigned char seed[LAB_SEED], const char *name, unsigned place)
{
    uint32_t reject = (uint32_t)(-bound) % bound, number;
    unsigned attempt = 0;
    do {
        unsigned char block[32];
        cleanup_free char *text = str_format("%s:%u:%u", name, place, attempt++);
        hmac_sha256(seed, LAB_SEED, text, strlen(text), block);
        memcpy(&number, block, sizeof number);
    } while (number < reject);
    return number % bound;
}

static void draw_into(struct buf *out, const char *draw, size_t len, const unsigned char seed[LAB_SEED], const char *name,
                      unsigned place)
{
    long long low = 0, high = 0;
    if (!memchr(draw, '|', len) && range(draw, len, &low, &high)) {
        buf_printf(out, "%lld", low + below((uint32_t)(high - low + 1), seed, name, place));
        return;
    }
    cleanup_free char *text = xstrndup(draw, len);
    cleanup_strv char **choices = str_split(text, '|');
    buf_puts(out, choices[below((uint32_t)strv_len(choices), seed, name, place)]);
}

char *template_draw(const char *template, const unsigned char seed[LAB_SEED], const char *name)
{
    struct buf out = BUF_INIT;
    unsigned place = 0;
    for (const char *p = template; *p; p++) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        if (end) {
            draw_into(&out, p + 1, (size_t)(end - p - 1), seed, name, place++);
            p = end;
        } else {
            buf_putc(&out, *p);
        }
    }
    return buf_take(&out);
}

char *parameter_mention(const char *text, const char **at)
{
    for (const char *p = text; (p = strstr(p, "{{")); p++) {
        const char *end = strstr(p + 2, "}}");
        if (!end)
            return NULL;
        cleanup_free char *name = xstrndup(p + 2, (size_t)(end - p - 2));
        if (parameter_name_valid(name)) {
            *at = p;
            return move_ptr(name);
        }
    }
    return NULL;
}

static const char *value_of(const struct lab_parameter *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i].name, name))
            return list[i].value;
    return NULL;
}

char *parameters_fill(const char *text, const struct lab_parameter *list, size_t count)
{
    struct buf out = BUF_INIT;
    const char *at;
    for (char *name; (name = parameter_mention(text, &at)); free(name)) {
        const char *value = value_of(list, count, name), *end = at + strlen(name) + 4;
        buf_add(&out, text, (size_t)(at - text));
        if (value)
            buf_puts(&out, value);
        else
            buf_add(&out, at, (size_t)(end - at));
        text = end;
    }
    buf_puts(&out, text);
    return buf_take(&out);
}

static void fill(char **text, const struct lab_parameter *list, size_t count)
{
    if (!*text || !strstr(*text, "{{"))
        return;
    char *filled = parameters_fill(*text, list, count);
    free(*text);
    *text = filled;
}

void parameters_fill_pages(struct pages *pages, const struct lab_parameter *list, size_t count)
{
    for (size_t i = 0; i < pages->count; i++) {
        struct page *page = &pages->list[i];
        fill(&page->title, list, count);
        for (size_t j = 0; j < page->count; j++)
            fill(&page->blocks[j].text, list, count);
    }
}
