/* Names of platforms, and which of them run what. */
#include "image/registry/platform.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static const struct {
    const char *name, *architecture, *variant;
} aliases[] = {
    {"x86_64", "amd64", ""}, {"x86-64", "amd64", ""}, {"i386", "386", ""},     {"i686", "386", ""},     {"aarch64", "arm64", ""},
    {"armhf", "arm", "v7"},  {"armel", "arm", "v6"},  {"armv7l", "arm", "v7"}, {"armv6l", "arm", "v6"}, {"armv5l", "arm", "v5"},
};

static const char *const architectures[] = {"386",    "amd64",    "arm",   "arm64",   "loong64", "mips",  "mipsle",
                                            "mips64", "mips64le", "ppc64", "ppc64le", "riscv64", "s390x", "wasm"};

/* What runs, from the best to the worst (containerd, platformVector). */
static const struct {
    const char *architecture, *variant;
    struct {
        const char *architecture, *variant;
    } runs[6];
} order[] = {
    {"amd64", "", {{"amd64", ""}, {"386", ""}}},
    {"arm64", "", {{"arm64", ""}, {"arm", "v8"}, {"arm", "v7"}, {"arm", "v6"}, {"arm", "v5"}}},
    {"arm", "v8", {{"arm", "v8"}, {"arm", "v7"}, {"arm", "v6"}, {"arm", "v5"}}},
    {"arm", "v7", {{"arm", "v7"}, {"arm", "v6"}, {"arm", "v5"}}},
    {"arm", "v6", {{"arm", "v6"}, {"arm", "v5"}}},
};

static void put(char out[PLATFORM_TEXT], const char *text)
{
    size_t len = strnlen(text, PLATFORM_TEXT - 1);
    memmove(out, text, len);
    out[len] = '\0';
}

static void normalize(struct platform *platform)
{
    for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
        if (!str_equal(aliases[i].name, platform->architecture))
            continue;
        put(platform->architecture, aliases[i].architecture);
        if (!*platform->variant)
            put(platform->variant, aliases[i].variant);
    }
    if (str_equal(platform->architecture, "arm64") && (str_equal(platform->variant, "v8") || str_equal(platform->variant, "8")))
        *platform->variant = '\0';
    if (str_equal(platform->architecture, "amd64") && str_equal(platform->variant, "v1"))
        *platform->variant = '\0';
    if (str_equal(platform->architecture, "arm")) {
        if (!*platform->variant)
            put(platform->variant, "v7");
        else if (strlen(platform->variant) == 1)
            snprintf(platform->variant, 3, "v%c", *platform->variant);
    }
}

void platform_here(struct platform *out)
{
    struct utsname name;
    uname(&name);
    *out = (struct platform){.os = "linux"};
    put(out->architecture, name.machine);
    normalize(out);
}

static bool known_architecture(const struct platform *platform)
{
    for (size_t i = 0; i < ARRAY_LEN(architectures); i++)
        if (str_equal(platform->architecture, architectures[i]))
            return true;
    return false;
}

static bool is_component(const char *text)
{
    return *text && strlen(text) < PLATFORM_TEXT - 1 &&
           !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")];
}

int platform_parse(const char *text, struct platform *out, struct error *err)
{
    platform_here(out);
    if (str_empty(text))
        return 0;
    cleanup_strv char **parts = str_split(text, '/');
    size_t count = strv_len(parts);
    for (size_t i = 0; i < count; i++)
        if (!is_component(parts[i]))
            return error_set(err, EINVAL,
                             "\"%s\" is an invalid component of \"%s\": platform specifier component must match "
                             "\"^[A-Za-z0-9_-]+$\": invalid argument",
                             parts[i], text);
    if (count > 3)
        return error_set(err, EINVAL, "\"%s\": cannot parse platform specifier: invalid argument", text);
    char here[PLATFORM_TEXT];
    memcpy(here, out->architecture, sizeof here);
    *out = (struct platform){.os = "linux"};
    for (size_t i = 0; i < count; i++) {
        cleanup_free char *lower = str_lower(parts[i]);
        put(i == 0 && count > 1 ? out->os : i == 2 ? out->variant : out->architecture, lower);
    }
    normalize(out);
    if (count > 1 || known_architecture(out))
        return 0;
    if (!str_equal(out->architecture, "linux"))
        return error_set(err, EINVAL, "\"%s\": unknown operating system or architecture: invalid argument", text);
    put(out->architecture, here);
    return 0;
}

void platform_of(const json_t *doc, struct platform *out)
{
    *out = (struct platform){0};
    put(out->os, json_str(doc, "os", ""));
    put(out->architecture, json_str(doc, "architecture", ""));
    put(out->variant, json_str(doc, "variant", ""));
    normalize(out);
}

static bool same(const struct platform *platform, const char *architecture, const char *variant)
{
    return str_equal(platform->architecture, architecture) && str_equal(platform->variant, variant);
}

int platform_rank(const struct platform *wanted, const struct platform *offered)
{
    if (!str_equal(wanted->os, offered->os))
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        if (!same(wanted, order[i].architecture, order[i].variant))
            continue;
        for (int k = 0; k < (int)ARRAY_LEN(order[i].runs) && order[i].runs[k].architecture; k++)
            if (same(offered, order[i].runs[k].architecture, order[i].runs[k].variant))
                return k;
        return -1;
    }
    return same(offered, wanted->architecture, wanted->variant) ? 0 : -1;
}

void platform_text(const struct platform *platform, char out[3 * PLATFORM_TEXT])
{
    snprintf(out, 3 * PLATFORM_TEXT, "%s/%s%s%s", platform->os, platform->architecture, *platform->variant ? "/" : "",
             platform->variant);
}
