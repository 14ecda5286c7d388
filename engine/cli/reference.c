/* Normalising a reference the way Docker's client does before it sends one. */
#include "cli/reference.h"

#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static bool name_valid(const char *name)
{
    if (!*name || !isalnum((unsigned char)*name))
        return false;
    for (const char *p = name; *p; p++)
        if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && !strchr("._-/", *p))
            return false;
    return !strstr(name, "//") && isalnum((unsigned char)name[strlen(name) - 1]);
}

static bool tag_valid(const char *tag)
{
    if (!*tag || strlen(tag) > 128 || (!isalnum((unsigned char)*tag) && *tag != '_'))
        return false;
    for (const char *p = tag; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
            return false;
    return true;
}

int reference_split(const char *text, char **repository, char **tag, struct error *err)
{
    cleanup_free char *copy = xstrdup(text);
    char *slash = strchr(copy, '/');
    size_t first = slash ? (size_t)(slash - copy) : 0;
    cleanup_free char *head = xstrndup(copy, first);
    bool registry = slash && (strpbrk(head, ".:") || str_equal(head, "localhost"));
    char *rest = registry ? slash + 1 : copy;
    char *colon = strrchr(rest, ':');
    if (colon)
        *colon = '\0';
    cleanup_free char *host = registry ? xstrdup(head) : xstrdup("docker.io");
    cleanup_free char *name = registry || strchr(rest, '/') ? xstrdup(rest) : str_format("library/%s", rest);
    bool upper = false;
    for (const char *p = rest; *p; p++)
        upper |= isupper((unsigned char)*p) || *p == ' ';
    if (upper)
        return error_set(err, EPROTO, "invalid reference format: repository name (%s) must be lowercase", name);
    if (!name_valid(rest) || (colon && !tag_valid(colon + 1)))
        return error_set(err, EPROTO, "invalid reference format");
    *repository = str_format("%s/%s", host, name);
    *tag = xstrdup(colon ? colon + 1 : "latest");
    return 0;
}
