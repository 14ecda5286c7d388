/* The grammar of names is that of the distribution project's references: a registry is told from the first part of a path by its
 * dot, its port, its capitals or by being "localhost". */
#include "cli/image_name.h"

#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_LONGEST = 255, TAG_LONGEST = 128, ID_DIGITS = 64, DIGEST_SHORTEST = 32 };
static const char HUB[] = "docker.io", OFFICIAL[] = "library/", LOWER[] = "abcdefghijklmnopqrstuvwxyz0123456789",
                  HEX[] = "0123456789abcdefABCDEF";

/* Words of small letters and digits, with ".", "_", "__" or any number of "-" between. */
static bool component_valid(const char *text, size_t len)
{
    size_t at = 0;
    for (;;) {
        size_t word = strspn(text + at, LOWER);
        if (!word)
            return false;
        at += word;
        if (at >= len)
            return at == len;
        size_t dashes = strspn(text + at, "-");
        if (dashes)
            at += dashes;
        else if (strncmp(text + at, "__", 2) == 0)
            at += 2;
        else if (text[at] == '.' || text[at] == '_')
            at++;
        else
            return false;
    }
}

static bool path_valid(const char *path)
{
    for (;;) {
        size_t len = strcspn(path, "/");
        if (!component_valid(path, len))
            return false;
        if (!path[len])
            return true;
        path += len + 1;
    }
}

static bool label_valid(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)text[i]) && (text[i] != '-' || i == 0 || i == len - 1))
            return false;
    return len > 0;
}

/* "name.of.host:5000" or "[::1]:5000". */
static bool domain_valid(const char *domain)
{
    const char *rest = domain;
    if (*domain == '[') {
        size_t address = strspn(domain + 1, "0123456789abcdefABCDEF:");
        if (!address || domain[1 + address] != ']')
            return false;
        rest = domain + address + 2;
    } else {
        for (;; rest++) {
            size_t len = strcspn(rest, ".:");
            if (!label_valid(rest, len))
                return false;
            rest += len;
            if (*rest != '.')
                break;
        }
    }
    return !*rest || (*rest == ':' && rest[1] && strspn(rest + 1, "0123456789") == strlen(rest + 1));
}

static bool tag_valid(const char *tag)
{
    if (!*tag || strlen(tag) > TAG_LONGEST || (!isalnum((unsigned char)*tag) && *tag != '_'))
        return false;
    for (const char *p = tag; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
            return false;
    return true;
}

static bool digest_valid(const char *digest)
{
    const char *colon = strchr(digest, ':');
    if (!colon || colon == digest || !isalpha((unsigned char)*digest))
        return false;
    size_t digits = strspn(colon + 1, HEX);
    return digits >= DIGEST_SHORTEST && !colon[1 + digits] && (!str_starts(digest, "sha256:") || digits == ID_DIGITS);
}

static void split_domain(const char *text, char **domain, char **rest)
{
    const char *slash = strchr(text, '/');
    cleanup_free char *head = slash ? xstrndup(text, (size_t)(slash - text)) : xstrdup("");
    bool capitals = false;
    for (const char *p = head; *p; p++)
        capitals |= isupper((unsigned char)*p) != 0;
    bool registry = slash && (strpbrk(head, ".:") || str_equal(head, "localhost") || capitals);
    *domain = registry && !str_equal(head, "index.docker.io") ? xstrdup(head) : xstrdup(HUB);
    const char *path = registry ? slash + 1 : text;
    *rest = str_equal(*domain, HUB) && !strchr(path, '/') ? str_format("%s%s", OFFICIAL, path) : xstrdup(path);
}

bool name_is_id(const char *text)
{
    const char *digits = str_starts(text, "sha256:") ? text + strlen("sha256:") : text;
    return strlen(digits) == ID_DIGITS && strspn(digits, "0123456789abcdef") == ID_DIGITS;
}

int name_parse(const char *text, struct image_name *reference, struct error *err)
{
    *reference = (struct image_name){0};
    if (name_is_id(text) && !strchr(text, ':'))
        return error_set(err, EPROTO, "invalid repository name (%s), cannot specify 64-byte hexadecimal strings", text);
    cleanup_free char *domain = NULL, *path = NULL;
    split_domain(text, &domain, &path);
    char *at = strchr(path, '@');
    if (at)
        *at++ = '\0';
    char *colon = strchr(path, ':');
    if (colon)
        *colon++ = '\0';
    for (const char *p = path; *p; p++)
        if (isupper((unsigned char)*p))
            return error_set(err, EPROTO, "invalid reference format: repository name (%s) must be lowercase", path);
    if (!domain_valid(domain) || !path_valid(path) || (colon && !tag_valid(colon)) || (at && !digest_valid(at)))
        return error_set(err, EPROTO, "invalid reference format");
    if (strlen(domain) + 1 + strlen(path) > NAME_LONGEST)
        return error_set(err, EPROTO, "repository name must not be more than %d characters", NAME_LONGEST);
    reference->tag = colon ? xstrdup(colon) : NULL;
    reference->digest = at ? xstrdup(at) : NULL;
    reference->domain = move_ptr(domain);
    reference->path = move_ptr(path);
    return 0;
}

void name_clear(struct image_name *reference)
{
    free(reference->domain);
    free(reference->path);
    free(reference->tag);
    free(reference->digest);
    *reference = (struct image_name){0};
}

char *name_repository(const struct image_name *reference) { return str_format("%s/%s", reference->domain, reference->path); }

char *name_familiar_name(const struct image_name *reference)
{
    if (!str_equal(reference->domain, HUB))
        return name_repository(reference);
    return xstrdup(str_starts(reference->path, OFFICIAL) ? reference->path + strlen(OFFICIAL) : reference->path);
}

static char *complete(char *name, const struct image_name *reference)
{
    const char *tag = reference->tag, *digest = reference->digest;
    char *text = str_format("%s%s%s%s%s", name, tag ? ":" : "", tag ? tag : "", digest ? "@" : "", digest ? digest : "");
    free(name);
    return text;
}

char *name_text(const struct image_name *reference) { return complete(name_repository(reference), reference); }

char *name_familiar(const struct image_name *reference) { return complete(name_familiar_name(reference), reference); }

bool name_default_tag(struct image_name *reference)
{
    if (reference->tag || reference->digest)
        return false;
    reference->tag = xstrdup("latest");
    return true;
}

int name_split(const char *text, char **repository, char **tag, struct error *err)
{
    cleanup_image_name struct image_name reference = {0};
    int r = name_parse(text, &reference, err);
    if (r < 0)
        return r;
    if (reference.digest)
        return error_set(err, EEXIST, "refusing to create a tag with a digest reference");
    name_default_tag(&reference);
    *repository = name_repository(&reference);
    *tag = move_ptr(reference.tag);
    return 0;
}
