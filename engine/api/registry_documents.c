/* What a registry has of an image, without pulling it.
 *
 * GET /distribution/NAME/json is Docker's: {"Descriptor","Platforms"}. GET /slipway/manifests/NAME gives the documents themselves
 * (?insecure=1: also from a registry without TLS that the configuration does not name):
 *   {"Ref":"docker.io/library/busybox:latest", "Descriptor":{"mediaType","digest","size"}, "Raw":"<the document's text>",
 *    "Config":"<text>"             of an image, with ?verbose=1
 *    "Manifests":[{"Ref","Descriptor" (with "platform"),"Raw","Config"}]   of an index, with ?verbose=1}
 */
#include "api/registry.h"

#include "base/json.h"
#include "base/memory.h"
#include "daemon/registries.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FETCHED_MOST = 64 };

struct question {
    struct reference reference;
    bool verbose;
    json_t *answer;
    json_t *(*answer_of)(struct question *question, struct registry *registry, const struct manifest *manifest, struct error *err);
};

static int ask(struct registry *registry, void *data, struct error *err)
{
    struct question *question = data;
    struct manifest manifest;
    int r = registry_manifest(registry, registry_repository(&question->reference),
                              question->reference.digest ? question->reference.digest : question->reference.tag, &manifest, err);
    if (r < 0)
        return r;
    question->answer = question->answer_of(question, registry, &manifest, err);
    manifest_clear(&manifest);
    return question->answer ? 0 : -err->code;
}

static enum MHD_Result answer(struct request *request, struct question *question)
{
    struct error err = ERROR_INIT;
    bool bare;
    cleanup_free char *name = registry_name(request->captured[0], NULL, &bare, &err);
    int r = name ? reference_parse(name, &question->reference, &err) : -err.code;
    cleanup_free char *domain = r == 0 ? registry_domain(&question->reference) : NULL;
    cleanup_json json_t *auth = registry_auth(request);
    const struct registries_request where = {
        .domain = domain, .auth = auth, .pulling = true, .insecure = query_flag(request, "insecure", false)};
    if (r == 0)
        r = registries_try(request->engine, &where, ask, question, &err);
    reference_clear(&question->reference);
    return r < 0 ? reply_error(request, &err) : reply_json(request, 200, question->answer);
}

static json_t *descriptor_of(const struct manifest *manifest)
{
    return json_pack("{s:s,s:s,s:I}", "mediaType", manifest->type, "digest", manifest->digest, "size", (json_int_t)manifest->len);
}

static json_t *config_of(struct question *question, struct registry *registry, const struct manifest *manifest, char **text,
                         struct error *err)
{
    *text = registry_small_blob(registry, registry_repository(&question->reference), &manifest->config, err);
    size_t len = (size_t)manifest->config.size;
    json_t *doc = *text && !json_deeper(*text, len, JSON_DEPTH_MOST) ? json_loadb(*text, len, 0, NULL) : NULL;
    if (*text && !doc)
        error_set(err, EPROTO, "the image's configuration %.19s is not valid JSON", manifest->config.digest);
    return doc;
}

static json_t *platform_alone(const json_t *doc)
{
    static const char *const keys[] = {"architecture", "os", "os.version", "os.features", "variant"};
    json_t *out = json_object();
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (json_object_get(doc, keys[i]))
            json_object_set(out, keys[i], json_object_get(doc, keys[i]));
    return out;
}

static json_t *for_distribution(struct question *question, struct registry *registry, const struct manifest *manifest,
                                struct error *err)
{
    json_t *platforms = json_array(), *entry;
    size_t i;
    json_array_foreach(manifest->entries, i, entry)
    {
        if (json_object_get(entry, "platform"))
            json_array_append_new(platforms, platform_alone(json_object_get(entry, "platform")));
    }
    if (!manifest->index) {
        cleanup_free char *text = NULL;
        cleanup_json json_t *config = config_of(question, registry, manifest, &text, err);
        if (!config) {
            json_decref(platforms);
            return NULL;
        }
        json_array_append_new(platforms, platform_alone(config));
    }
    return json_pack("{s:o,s:o}", "Descriptor", descriptor_of(manifest), "Platforms", platforms);
}

static json_t *document(const char *ref, const struct manifest *manifest)
{
    return json_pack("{s:s,s:o,s:o}", "Ref", ref, "Descriptor", descriptor_of(manifest), "Raw",
                     json_text_value(manifest->text, manifest->len));
}

static int add_config(struct question *question, struct registry *registry, const struct manifest *manifest, json_t *doc,
                      struct error *err)
{
    cleanup_free char *text = NULL;
    cleanup_json json_t *config = config_of(question, registry, manifest, &text, err);
    if (!config)
        return -err->code;
    json_object_set_new(doc, "Config", json_text_value(text, strlen(text)));
    json_t *descriptor = json_object_get(doc, "Descriptor");
    if (!json_object_get(descriptor, "platform"))
        json_object_set_new(descriptor, "platform", platform_alone(config));
    return 0;
}

static int add_entry(struct question *question, struct registry *registry, const json_t *entry, json_t *list, struct error *err)
{
    struct manifest manifest;
    int r = registry_manifest(registry, registry_repository(&question->reference), json_str(entry, "digest", ""), &manifest, err);
    if (r < 0)
        return r;
    const char *tag = question->reference.digest ? NULL : question->reference.tag;
    cleanup_free char *ref = str_format("%s%s%s@%s", question->reference.name, tag ? ":" : "", tag ? tag : "", manifest.digest);
    json_t *doc = document(ref, &manifest);
    if (json_object_get(entry, "platform"))
        json_object_set(json_object_get(doc, "Descriptor"), "platform", json_object_get(entry, "platform"));
    json_array_append_new(list, doc);
    r = manifest.index ? 0 : add_config(question, registry, &manifest, doc, err);
    manifest_clear(&manifest);
    return r;
}

static json_t *for_people(struct question *question, struct registry *registry, const struct manifest *manifest, struct error *err)
{
    cleanup_free char *text = reference_text(&question->reference);
    cleanup_free char *ref = str_format("%s%s", question->reference.name, text + strlen(question->reference.familiar));
    json_t *doc = document(ref, manifest), *entry;
    if (!question->verbose)
        return doc;
    int r = manifest->index ? 0 : add_config(question, registry, manifest, doc, err);
    size_t i;
    if (manifest->index)
        json_object_set_new(doc, "Manifests", json_array());
    json_array_foreach(manifest->entries, i, entry)
    {
        if (r == 0 && i >= FETCHED_MOST)
            r = error_set(err, EPROTO, "the manifest list has %zu entries: more than %d are not fetched",
                          json_array_size(manifest->entries), FETCHED_MOST);
        if (r == 0)
            r = add_entry(question, registry, entry, json_object_get(doc, "Manifests"), err);
    }
    if (r < 0)
        json_decref(move_ptr(doc));
    return doc;
}

enum MHD_Result distribution_inspect(struct request *request)
{
    struct question question = {.answer_of = for_distribution};
    return answer(request, &question);
}

enum MHD_Result manifest_inspect(struct request *request)
{
    struct question question = {.answer_of = for_people, .verbose = query_flag(request, "verbose", false)};
    return answer(request, &question);
}
