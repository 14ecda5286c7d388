/* docker pull: from a name to an image in the store. */
#include "daemon/pull.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/events.h"
#include "daemon/pull_layers.h"
#include "daemon/registries.h"
#include "image/layer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NESTED_MOST = 4 };

struct pull {
    struct engine *engine;
    const struct pull_request *request;
    const struct progress *progress;
    struct reference reference;
    struct platform platform;
    bool newer; /* some name leads to another image now */
};

/* What the registry said, as Docker says it of an image. */
static int translate(const struct reference *wanted, const char *tag, struct error *err)
{
    struct reference reference = *wanted;
    reference.tag = (char *)tag;
    cleanup_free char *text = reference_text(&reference), *said = xstrdup(err->message);
    if (str_starts(said, "manifest unknown"))
        return error_set(err, ENOENT, "manifest for %s not found: %s", text, said);
    if (str_starts(said, "name unknown"))
        return error_set(err, ENOENT, "repository %s not found: %s", wanted->familiar, said);
    if (str_starts(said, "denied"))
        return error_set(err, ENOENT, "pull access denied for %s, repository does not exist or may require 'docker login': %s",
                         wanted->familiar, said);
    return -err->code;
}

static int check_config(const struct pull *pull, const json_t *config, const struct manifest *manifest, const char *text,
                        struct error *err)
{
    const json_t *diffs = json_at(config, "rootfs.diff_ids");
    const char *os = json_str(config, "os", "linux");
    struct platform own;
    char wanted[3 * PLATFORM_TEXT], actual[3 * PLATFORM_TEXT];
    if (*os && !str_equal(os, "linux"))
        return error_set(err, EPROTO,
                         "image operating system \"%.40s\" cannot be used on this platform: operating system is not supported", os);
    if (json_array_size(diffs) != manifest->count)
        return error_set(err, EPROTO,
                         "layers from manifest don't match image configuration: %zu in the manifest, %zu in the configuration",
                         manifest->count, json_array_size(diffs));
    for (size_t i = 0; i < manifest->count; i++)
        if (!digest_usable(json_string_value(json_array_get(diffs, i))))
            return error_set(err, EPROTO, "the image's configuration is not valid: diff ID %zu is no sha256 digest", i + 1);
    platform_of(config, &own);
    platform_text(&pull->platform, wanted);
    platform_text(&own, actual);
    if (!str_empty(pull->request->platform) && *own.architecture && platform_rank(&pull->platform, &own) < 0)
        return error_set(err, ENOENT,
                         "image with reference %s was found but does not match the specified platform: wanted %s, actual: %s", text,
                         wanted, actual);
    return 0;
}

/* From an index to the image for the platform; indexes may lead to indexes, but not for ever. */
static int resolve(struct pull *pull, struct registry *registry, struct manifest *manifest, struct error *err)
{
    const char *repository = registry_repository(&pull->reference);
    for (int depth = 0; manifest->index; depth++) {
        struct descriptor chosen = {0};
        int r = depth < NESTED_MOST
                    ? manifest_choose(manifest, &pull->platform, &chosen, err)
                    : error_set(err, EPROTO, "the manifest list leads to another one %d times: no image is reached", depth);
        if (r == 0 && chosen.size > MANIFEST_MOST)
            r = error_set(err, EPROTO, "manifest %.19s has %lld bytes: more than %d are not taken", chosen.digest,
                          (long long)chosen.size, MANIFEST_MOST);
        manifest_clear(manifest);
        if (r == 0)
            r = registry_manifest(registry, repository, chosen.digest, manifest, err);
        descriptor_clear(&chosen);
        if (r < 0)
            return r;
    }
    return 0;
}

static bool names_it(struct engine *engine, const char *name, const char *id)
{
    char now[DIGEST_TEXT];
    return image_find(engine->images, name, now, NULL, NULL) == 0 && str_equal(now, id);
}

/* `shown` is the digest that people see: the index's, when there was one. */
static int assemble(struct pull *pull, const struct manifest *manifest, const char *config, struct staged *const *staged,
                    const char *tag, const char *shown, struct error *err)
{
    cleanup_strv char **names = NULL;
    char id[DIGEST_TEXT];
    strv_take(&names, str_format("%s@%s", pull->reference.familiar, shown));
    if (tag)
        strv_take(&names, str_format("%s:%s", pull->reference.familiar, tag));
    bool newer = !names_it(pull->engine, names[tag ? 1 : 0], manifest->config.digest);
    const struct assembly assembly = {
        .config = config, .config_len = (size_t)manifest->config.size, .staged = staged, .count = manifest->count, .names = names};
    int r = image_assemble(pull->engine->images, &assembly, id, err);
    pull->newer |= r == 0 && newer;
    return r;
}

static int take_image(struct pull *pull, struct registry *registry, const struct manifest *manifest, const char *tag,
                      const char *shown, struct error *err)
{
    struct image_store *images = pull->engine->images;
    const char *repository = registry_repository(&pull->reference);
    cleanup_free char *config = registry_small_blob(registry, repository, &manifest->config, err);
    cleanup_free char *text = reference_text(&pull->reference);
    if (!config)
        return -err->code;
    cleanup_json json_t *doc = json_deeper(config, (size_t)manifest->config.size, JSON_DEPTH_MOST)
                                   ? NULL
                                   : json_loadb(config, (size_t)manifest->config.size, 0, NULL);
    if (!json_is_object(doc))
        return error_set(err, EPROTO, "the image's configuration %.19s is not valid: no JSON object", manifest->config.digest);
    int r = check_config(pull, doc, manifest, text, err);
    if (r < 0)
        return r;
    cleanup_strv char **diffs = json_to_strv(json_at(doc, "rootfs.diff_ids"));
    struct staged **staged = xcalloc(manifest->count, sizeof *staged);
    size_t held = layers_hold(images, diffs, manifest->count);
    const struct layers_request request = {.registry = registry,
                                           .repository = repository,
                                           .name = pull->reference.name,
                                           .manifest = manifest,
                                           .diffs = diffs,
                                           .held = held,
                                           .progress = pull->progress};
    bool here = held == manifest->count && image_find(images, manifest->config.digest, NULL, NULL, NULL) == 0;
    if (!here) /* Docker says nothing of the layers of an image that is here */
        r = pull_layers(pull->engine, &request, staged, err);
    if (r == 0)
        r = assemble(pull, manifest, config, staged, tag, shown, err);
    layers_release(images, diffs, held);
    for (size_t i = 0; i < manifest->count; i++)
        staged_free(images, staged[i]);
    free(staged);
    return r;
}

/* One tag, or one digest. */
static int pull_one(struct pull *pull, struct registry *registry, const char *tag, struct error *err)
{
    struct manifest manifest = {0};
    char shown[DIGEST_TEXT];
    const char *repository = registry_repository(&pull->reference), *wanted = pull->reference.digest ? pull->reference.digest : tag;
    int r = registry_manifest(registry, repository, wanted, &manifest, err);
    if (r < 0)
        return translate(&pull->reference, tag, err);
    memcpy(shown, manifest.digest, sizeof shown);
    progress_say(pull->progress, wanted, "Pulling from %s", repository);
    r = resolve(pull, registry, &manifest, err);
    if (r == 0)
        r = take_image(pull, registry, &manifest, pull->reference.digest ? NULL : tag, shown, err);
    manifest_clear(&manifest);
    if (r == 0)
        progress_say(pull->progress, NULL, "Digest: %s", shown);
    return r;
}

static int work(struct registry *registry, void *data, struct error *err)
{
    struct pull *pull = data;
    if (!pull->request->all_tags)
        return pull_one(pull, registry, pull->reference.tag, err);
    cleanup_strv char **tags = NULL;
    int r = registry_tags(registry, registry_repository(&pull->reference), &tags, err);
    if (r < 0)
        return translate(&pull->reference, NULL, err);
    for (char **tag = tags; r == 0 && tag && *tag; tag++) {
        cleanup_free char *whole = str_format("%s:%s", pull->reference.familiar, *tag);
        struct reference valid;
        r = reference_parse(whole, &valid, err);
        reference_clear(&valid);
        if (r < 0)
            return error_set(err, EPROTO, "the registry's list of tags has \"%.140s\": not a valid tag", *tag);
        r = pull_one(pull, registry, *tag, err);
    }
    return r;
}

static int prepare(struct pull *pull, struct error *err)
{
    int r = reference_parse(pull->request->image, &pull->reference, err);
    if (r == 0 && str_equal(pull->reference.familiar, "scratch"))
        r = error_set(err, EPERM, "'scratch' is a reserved name");
    return r < 0 ? r : platform_parse(pull->request->platform, &pull->platform, err);
}

int image_pull(struct engine *engine, const struct pull_request *request, const struct progress *progress, struct error *err)
{
    struct error own = ERROR_INIT;
    err = err ? err : &own;
    struct pull pull = {.engine = engine, .request = request, .progress = progress};
    int r = prepare(&pull, err);
    cleanup_free char *domain = r == 0 ? registry_domain(&pull.reference) : NULL;
    const struct registries_request where = {.domain = domain, .auth = request->auth, .pulling = true, .progress = progress};
    if (r == 0)
        r = registries_try(engine, &where, work, &pull, err);
    if (r == 0) {
        cleanup_free char *text = request->all_tags ? xstrdup(pull.reference.familiar) : reference_text(&pull.reference);
        progress_say(progress, NULL, pull.newer ? "Status: Downloaded newer image for %s" : "Status: Image is up to date for %s",
                     text);
        event_emit(engine, "image", "pull", text, json_pack("{s:s}", "name", pull.reference.familiar));
    }
    reference_clear(&pull.reference);
    return r;
}

const json_t *pull_auth_of(const json_t *auths, const char *image)
{
    struct reference reference;
    cleanup_free char *host = reference_parse(image, &reference, NULL) == 0 ? registry_domain(&reference) : NULL;
    reference_clear(&reference);
    return host ? json_object_get(auths, str_equal(host, "docker.io") ? "https://index.docker.io/v1/" : host) : NULL;
}
