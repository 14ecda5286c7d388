/* The reference grammar, by hand: it is regular and short, and this way each refusal has its own sentence. */
#include "image/reference.h"

#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_DOMAIN  "docker.io"
#define OFFICIAL_PREFIX "library/"
enum { NAME_MOST = 255, TAG_MOST = 128, DIGEST_HEX_LEAST = 32 };

static bool is_lower_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
static bool is_alnum(char c) { return is_lower_alnum(c) || (c >= 'A' && c <= 'Z'); }
static bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

/* [a-z0-9]+ joined by one '.', one or two '_', or any number of '-'. Gives what follows, or NULL. */
static const char *path_component(const char *p)
{
    for (;;) {
        if (!is_lower_alnum(*p))
            return NULL;
        while (is_lower_alnum(*p))
            p++;
        const char *separator = p;
        if (*p == '.')
            p++;
        else if (*p == '_')
            p += p[1] == '_' ? 2 : 1;
        else
            while (*p == '-')
                p++;
        if (p == separator)
            return p;
    }
}

static const char *after_port(const char *p)
{
    if (*p == ':' && isdigit((unsigned char)p[1]))
        p += 1 + strspn(p + 1, "0123456789");
    return *p == '/' ? p : NULL;
}

/* Letters, digits and inner '-' joined by '.', or "[::1]"; then perhaps ":port". */
static const char *domain(const char *p)
{
    if (*p == '[') {
        size_t len = strspn(p + 1, "0123456789abcdefABCDEF:");
        return len && p[1 + len] == ']' ? after_port(p + len + 2) : NULL;
    }
    for (;;) {
        if (!is_alnum(*p))
            return NULL;
        while (is_alnum(*p) || (*p == '-' && p[1 + strspn(p + 1, "-")] && is_alnum(p[strspn(p, "-")])))
            p++;
        if (*p != '.')
            break;
        p++;
    }
    return after_port(p);
}

static const char *tag_end(const char *p)
{
    if (!is_alnum(*p) && *p != '_')
        return NULL;
    const char *start = p;
    while (is_alnum(*p) || *p == '_' || *p == '.' || *p == '-')
        p++;
    return p - start > TAG_MOST ? NULL : p;
}

static const char *digest_end(const char *p)
{
    if (!str_starts(p, "sha256:"))
        return NULL;
    const char *hex = p += 7;
    while (is_hex(*p))
        p++;
    return p - hex < DIGEST_HEX_LEAST || *p ? NULL : p;
}

bool reference_is_id(const char *text)
{
    if (str_starts(text, "sha256:"))
        text += 7;
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* "docker.io/library/busybox:1" from "busybox:1": the first part is a host only if it looks like one. */
static char *qualify(const char *text)
{
    const char *slash = strchr(text, '/');
    size_t first = slash ? (size_t)(slash - text) : 0;
    bool host = slash && (memchr(text, '.', first) || memchr(text, ':', first) || (first == 9 && !memcmp(text, "localhost", 9)));
    for (size_t i = 0; slash && i < first; i++)
        host = host || isupper((unsigned char)text[i]);
    const char *rest = host ? slash + 1 : text;
    bool hub = !host || (first == 9 && !memcmp(text, DEFAULT_DOMAIN, 9)) || (first == 15 && !memcmp(text, "index.docker.io", 15));
    if (!hub)
        return xstrdup(text);
    return str_format(DEFAULT_DOMAIN "/%s%s", strchr(rest, '/') ? "" : OFFICIAL_PREFIX, rest);
}

static int split(const char *full, struct reference *out, struct error *err)
{
    const char *p = domain(full);
    do
        p = p ? path_component(p + 1) : NULL;
    while (p && *p == '/');
    if (!p || (*p && *p != ':' && *p != '@'))
        return error_set(err, EINVAL, "invalid reference format");
    if (p - full > NAME_MOST)
        return error_set(err, EINVAL, "repository name must not be more than %d characters", NAME_MOST);
    const char *name_end = p, *tag = NULL, *tag_stop = NULL;
    if (*p == ':') {
        tag = p + 1;
        tag_stop = p = tag_end(tag);
    }
    const char *digest = p && *p == '@' ? p + 1 : NULL;
    if (!p || (*p && *p != '@') || (digest && !digest_end(digest)))
        return error_set(err, EINVAL, "invalid reference format");
    out->name = xstrndup(full, (size_t)(name_end - full));
    out->tag = tag ? xstrndup(tag, (size_t)(tag_stop - tag)) : digest ? NULL : xstrdup("latest");
    out->digest = digest ? xstrdup(digest) : NULL;
    return 0;
}

int reference_parse(const char *text, struct reference *out, struct error *err)
{
    *out = (struct reference){0};
    if (strlen(text) == 64 && reference_is_id(text))
        return error_set(err, EINVAL, "invalid repository name (%s), cannot specify 64-byte hexadecimal strings", text);
    cleanup_free char *full = qualify(text);
    const char *remote = strchr(full, '/') + 1;
    int remote_len = (int)strcspn(remote, ":@");
    for (int i = 0; i < remote_len; i++)
        if (isupper((unsigned char)remote[i]))
            return error_set(err, EINVAL, "invalid reference format: repository name must be lowercase");
    int r = split(full, out, err);
    if (r < 0)
        return r;
    const char *shown = out->name;
    if (str_starts(shown, DEFAULT_DOMAIN "/"))
        shown += strlen(DEFAULT_DOMAIN "/");
    if (shown != out->name && str_starts(shown, OFFICIAL_PREFIX) && !strchr(shown + strlen(OFFICIAL_PREFIX), '/'))
        shown += strlen(OFFICIAL_PREFIX);
    out->familiar = xstrdup(shown);
    return 0;
}

void reference_clear(struct reference *reference)
{
    free(reference->name);
    free(reference->familiar);
    free(reference->tag);
    free(reference->digest);
    *reference = (struct reference){0};
}

char *reference_text(const struct reference *reference)
{
    return str_format("%s%s%s%s%s", reference->familiar, reference->tag ? ":" : "", str_or(reference->tag, ""),
                      reference->digest ? "@" : "", str_or(reference->digest, ""));
}
