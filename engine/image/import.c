/* image_import: a tar becomes a layer, the layer an image, the image gets its name; in this order, so that a crash at any point
 * leaves only things that image_store_open clears away. */
#include "image/layer.h"
#include "image/store.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/reference.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Machine names of uname(2) as Go, and so every image config, calls them. */
static const struct {
    const char *machine, *architecture;
} architectures[] = {
    {"x86_64", "amd64"},    {"aarch64", "arm64"},   {"armv7l", "arm"},  {"i686", "386"},
    {"riscv64", "riscv64"}, {"ppc64le", "ppc64le"}, {"s390x", "s390x"},
};

const char *image_architecture(void)
{
    struct utsname name;
    uname(&name);
    for (size_t i = 0; i < ARRAY_LEN(architectures); i++)
        if (str_equal(name.machine, architectures[i].machine))
            return architectures[i].architecture;
    return "amd64";
}

/* The image config (OCI image spec, config.md), keys ordered as Docker's own files have them. */
static char *image_config(json_t *config, const char *arch, const char *message, const char *diff)
{
    char created[CLOCK_TEXT];
    clock_rfc3339(clock_wall_ns(), created);
    cleanup_json json_t *comment = json_text_value(message, strlen(message));
    cleanup_json json_t *doc =
        json_pack("{s:s,s:O,s:O,s:o,s:s,s:[{s:s,s:O}],s:s,s:{s:s,s:[s]}}", "architecture", arch, "comment", comment, "config",
                  config, "container_config", config_empty(), "created", created, "history", "created", created, "comment", comment,
                  "os", "linux", "rootfs", "type", "layers", "diff_ids", diff);
    return json_text(doc);
}

static int import(struct image_store *store, int fd, const char *name, json_t *config, const char *arch, const char *message,
                  char id[DIGEST_TEXT], struct error *err)
{
    struct staged *staged;
    int r = layer_stage(store, fd, &staged, err);
    if (r < 0)
        return r;
    cleanup_free char *text = image_config(config, arch, message, staged_diff_id(staged));
    char *names[] = {(char *)name, NULL};
    r = image_assemble(
        store, &(struct assembly){.config = text, .config_len = strlen(text), .staged = &staged, .count = 1, .names = names}, id,
        err);
    staged_free(store, staged);
    return r;
}

/* "linux/arm64", "linux", "arm64": the architecture, which may be any, of the one system that there is. */
static int platform_architecture(const char *platform, char arch[32], struct error *err)
{
    cleanup_strv char **parts = str_split(str_or(platform, ""), '/');
    snprintf(arch, 32, "%s", image_architecture());
    if (str_empty(platform))
        return 0;
    for (char **part = parts; *part; part++)
        if (!**part || (*part)[strspn(*part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")])
            return error_set(err, EINVAL,
                             "\"%s\" is an invalid component of \"%s\": platform specifier component must match "
                             "\"^[A-Za-z0-9_-]+$\": invalid argument",
                             *part, platform);
    if (strv_len(parts) == 1) {
        if (!str_equal(parts[0], "linux"))
            snprintf(arch, 32, "%s", parts[0]);
        return 0;
    }
    if (!str_equal(parts[0], "linux"))
        return error_set(err, EINVAL, "operating system is not supported: %s", parts[0]);
    snprintf(arch, 32, "%s", str_equal(parts[1], "x86_64") ? "amd64" : str_equal(parts[1], "aarch64") ? "arm64" : parts[1]);
    return 0;
}

int image_import(struct image_store *store, int fd, const char *reference, char *const *changes, const char *message,
                 const char *source, char id[DIGEST_TEXT], struct error *err)
{
    return image_import_for(store, fd, NULL, reference, changes, message, source, id, err);
}

int image_import_for(struct image_store *store, int fd, const char *platform, const char *reference, char *const *changes,
                     const char *message, const char *source, char id[DIGEST_TEXT], struct error *err)
{
    char arch[32];
    struct reference parsed = {0};
    cleanup_json json_t *config = config_empty();
    int r = platform_architecture(platform, arch, err);
    if (r == 0 && !str_empty(reference))
        r = reference_parse(reference, &parsed, err);
    if (r == 0 && parsed.digest)
        r = error_set(err, EINVAL, "cannot import digest reference");
    for (; r == 0 && changes && *changes; changes++)
        r = config_change(config, *changes, err);
    if (r == 0) {
        cleanup_free char *comment = str_empty(message) ? str_format("Imported from %s", str_or(source, "-")) : xstrdup(message);
        r = import(store, fd, str_empty(reference) ? NULL : reference, config, arch, comment, id, err);
    }
    reference_clear(&parsed);
    return r;
}
