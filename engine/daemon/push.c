/* docker push: from a name in the store to a manifest at the registry. */
#include "daemon/push.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/events.h"
#include "daemon/push_layers.h"
#include "daemon/registries.h"
#include "image/layer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct push {
    struct engine *engine;
    const struct progress *progress;
    struct reference reference;
    char **tags; /* to be pushed */
};

/* The tags of a repository that are here, as the list of images tells them. */
static char **tags_here(struct engine *engine, const char *familiar)
{
    char **tags = NULL;
    cleanup_json json_t *list = image_list(engine->images);
    size_t i, k, len = strlen(familiar);
    json_t *image, *name;
    json_array_foreach(list, i, image)
    {
        json_array_foreach(json_object_get(image, "RepoTags"), k, name)
        {
            const char *text = str_or(json_string_value(name), "");
            if (strncmp(text, familiar, len) == 0 && text[len] == ':' && !strchr(text + len, '/'))
                strv_add(&tags, text + len + 1);
        }
    }
    return tags;
}

static int find_tags(struct push *push, bool all, struct error *err)
{
    push->tags = tags_here(push->engine, push->reference.familiar);
    if (!push->tags)
        return error_set(err, ENOENT, "An image does not exist locally with the tag: %s", push->reference.familiar);
    if (all)
        return 0;
    if (!strv_has(push->tags, push->reference.tag))
        return error_set(err, ENOENT, "tag does not exist: %s:%s", push->reference.familiar, push->reference.tag);
    strv_free(push->tags);
    push->tags = NULL;
    strv_add(&push->tags, push->reference.tag);
    return 0;
}

/* Give the image its name by digest: where it can be pulled from. */
static int remember(struct push *push, const char *digest, const char *config, size_t len, size_t layers, struct error *err)
{
    cleanup_strv char **names = NULL;
    char id[DIGEST_TEXT];
    strv_take(&names, str_format("%s@%s", push->reference.familiar, digest));
    const struct assembly assembly = {.config = config, .config_len = len, .count = layers, .names = names};
    return image_assemble(push->engine->images, &assembly, id, err);
}

static int send_documents(struct push *push, struct registry *registry, const char *tag, const char *config, size_t len,
                          const struct descriptor *blobs, size_t count, struct error *err)
{
    const char *repository = registry_repository(&push->reference);
    struct descriptor described = {.type = TYPE_CONFIG, .size = (int64_t)len};
    char digest[DIGEST_TEXT];
    int r = registry_send_text(registry, repository, config, len, described.digest, err);
    if (r < 0)
        return r;
    cleanup_free char *manifest = manifest_write(&described, blobs, count);
    r = registry_send_manifest(registry, repository, tag, TYPE_MANIFEST, manifest, err);
    if (r < 0)
        return r;
    digest_bytes(manifest, strlen(manifest), digest);
    r = remember(push, digest, config, len, count, err);
    if (r < 0)
        return r;
    progress_say(push->progress, NULL, "%s: digest: %s size: %zu", tag, digest, strlen(manifest));
    progress_aux(push->progress, json_pack("{s:s,s:s,s:I}", "Tag", tag, "Digest", digest, "Size", (json_int_t)strlen(manifest)));
    return 0;
}

static int push_tag(struct push *push, struct registry *registry, const char *tag, struct error *err)
{
    struct image_store *images = push->engine->images;
    struct image_layer *layers = NULL;
    char id[DIGEST_TEXT];
    size_t count = 0, len;
    cleanup_free char *name = str_format("%s:%s", push->reference.familiar, tag);
    cleanup_free char *config = image_config_text(images, name, id, &len, err);
    int r = config ? image_layers(images, id, &layers, &count, err) : -err->code;
    if (r < 0)
        return r;
    struct descriptor *blobs = xcalloc(count + 1, sizeof *blobs);
    const struct push_layers_request request = {.registry = registry,
                                                .repository = registry_repository(&push->reference),
                                                .name = push->reference.name,
                                                .layers = layers,
                                                .count = count,
                                                .progress = push->progress};
    r = push_layers(push->engine, &request, blobs, err);
    if (r == 0)
        r = send_documents(push, registry, tag, config, len, blobs, count, err);
    image_layers_free(images, layers, count);
    for (size_t i = 0; i < count; i++)
        descriptor_clear(&blobs[i]);
    free(blobs);
    return r;
}

static int work(struct registry *registry, void *data, struct error *err)
{
    struct push *push = data;
    int r = 0;
    for (char **tag = push->tags; r == 0 && *tag; tag++)
        r = push_tag(push, registry, *tag, err);
    return r;
}

int image_push(struct engine *engine, const struct push_request *request, const struct progress *progress, struct error *err)
{
    struct error own = ERROR_INIT;
    err = err ? err : &own;
    struct push push = {.engine = engine, .progress = progress};
    int r = reference_parse(request->image, &push.reference, err);
    if (r == 0 && push.reference.digest)
        r = error_set(err, EINVAL, "cannot push a digest reference");
    if (r < 0) {
        reference_clear(&push.reference);
        return r;
    }
    cleanup_free char *text = request->all_tags ? xstrdup(push.reference.familiar) : reference_text(&push.reference);
    cleanup_free char *domain = registry_domain(&push.reference);
    const struct registries_request where = {.domain = domain, .auth = request->auth, .progress = progress};
    progress_say(progress, NULL, "The push refers to repository [%s]", push.reference.name);
    r = find_tags(&push, request->all_tags, err);
    if (r == 0)
        r = registries_try(engine, &where, work, &push, err);
    if (r == 0)
        event_emit(engine, "image", "push", text, json_pack("{s:s}", "name", push.reference.familiar));
    strv_free(push.tags);
    reference_clear(&push.reference);
    return r;
}
