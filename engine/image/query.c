/* Answers about images, in the shapes of the Engine API: the list, one image in full, its history. */
#include "image/store.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/reference.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* INT64_MIN is Go's zero time (clock.h), which stands for "never". */
static long long seconds(int64_t ns)
{
    const long long zero_time = -62135596800;
    return ns == INT64_MIN ? zero_time : ns / 1000000000 - (ns < 0 && ns % 1000000000);
}

/* A new reference to member `path`, or null. */
static json_t *copy_or_null(const json_t *doc, const char *path)
{
    json_t *value = json_at(doc, path);
    return value ? json_deep_copy(value) : json_null();
}

static int newest_first(const void *a, const void *b)
{
    const struct image *left = *(struct image *const *)a, *right = *(struct image *const *)b;
    if (left->created_ns != right->created_ns)
        return left->created_ns < right->created_ns ? 1 : -1;
    return strcmp(left->id, right->id);
}

/* The names that are tags, or those that are digests. */
static json_t *names_locked(struct image_store *store, const struct image *image, bool digests)
{
    json_t *out = json_array();
    cleanup_strv char **names = names_of_locked(store, image->id);
    for (char **name = names; name && *name; name++)
        if ((strchr(*name, '@') != NULL) == digests)
            json_array_append_new(out, json_string(*name));
    return out;
}

static json_t *summary_locked(struct image_store *store, const struct image *image)
{
    json_t *tags = names_locked(store, image, false), *digests = names_locked(store, image, true);
    bool nameless = !json_array_size(tags) && !json_array_size(digests);
    if (nameless) {
        json_array_append_new(tags, json_string("<none>:<none>"));
        json_array_append_new(digests, json_string("<none>@<none>"));
    } else if (!json_array_size(digests)) {
        json_decref(digests);
        digests = json_null();
    }
    return json_pack("{s:i,s:I,s:s,s:o,s:s,s:o,s:o,s:i,s:I,s:I}", "Containers", -1, "Created", seconds(image->created_ns), "Id",
                     image->id, "Labels", copy_or_null(image->config, "config.Labels"), "ParentId", image->parent, "RepoDigests",
                     digests, "RepoTags", tags, "SharedSize", -1, "Size", (json_int_t)image->size, "VirtualSize",
                     (json_int_t)image->size);
}

json_t *image_list(struct image_store *store)
{
    json_t *out = json_array();
    pthread_mutex_lock(&store->lock);
    cleanup_free struct image **sorted = xcalloc(store->image_count + 1, sizeof *sorted);
    if (store->image_count)
        memcpy(sorted, store->images, store->image_count * sizeof *sorted);
    qsort(sorted, store->image_count, sizeof *sorted, newest_first);
    for (size_t i = 0; i < store->image_count; i++)
        json_array_append_new(out, summary_locked(store, sorted[i]));
    pthread_mutex_unlock(&store->lock);
    return out;
}

/* Patterns are matched with the name alone and with name and tag; "*" stops at '/', as Go's path.Match has it. */
static bool matches(char *const *patterns, const char *text)
{
    struct reference reference;
    bool found = false;
    bool valid = reference_parse(text, &reference, NULL) == 0;
    for (; valid && patterns && *patterns && !found; patterns++)
        found = fnmatch(*patterns, text, FNM_PATHNAME) == 0 || fnmatch(*patterns, reference.familiar, FNM_PATHNAME) == 0;
    reference_clear(&reference);
    return found;
}

/* As Go's path.Match judges: a class that does not end, or a backslash with nothing behind it. */
static bool is_pattern(const char *text)
{
    for (; *text; text++) {
        if (*text == '\\' && !*++text)
            return false;
        if (*text != '[')
            continue;
        text += 1 + (text[1] == '^' || text[1] == '!');
        if (*text == ']' || !*text)
            return false;
        for (; *text != ']'; text++)
            if (!*text || (*text == '\\' && !*++text))
                return false;
    }
    return true;
}

/* Of the tags, or the digests, of an entry; true when some are left. "<none>:<none>" matches nothing. */
static bool narrow(json_t *entry, const char *key, char *const *patterns)
{
    json_t *names = json_object_get(entry, key);
    for (size_t i = json_array_size(names); i-- > 0;)
        if (!matches(patterns, json_string_value(json_array_get(names, i))))
            json_array_remove(names, i);
    if (names && json_array_size(names) == 0)
        json_object_set_new(entry, key, json_null());
    return json_array_size(json_object_get(entry, key)) > 0;
}

int image_list_narrow(json_t *list, char *const *patterns, struct error *err)
{
    for (char *const *pattern = patterns; pattern && *pattern; pattern++)
        if (!is_pattern(*pattern))
            return error_set(err, EINVAL, "syntax error in pattern");
    for (size_t i = json_array_size(list); i-- > 0;) {
        json_t *entry = json_array_get(list, i);
        bool tags = narrow(entry, "RepoTags", patterns), digests = narrow(entry, "RepoDigests", patterns);
        if (!tags && !digests)
            json_array_remove(list, i);
    }
    return 0;
}

static json_t *graph_driver(const struct image_store *store, const struct image *image)
{
    if (!image->layer_count)
        return json_pack("{s:n,s:s}", "Data", "Name", "overlay2");
    const struct layer *top = image->layers[image->layer_count - 1];
    json_t *data = json_object();
    cleanup_buf struct buf lower = BUF_INIT;
    for (size_t i = image->layer_count - 1; i-- > 0;)
        buf_printf(&lower, "%s%s/%s/diff", lower.len ? ":" : "", store->overlay, image->layers[i]->cache_id);
    if (lower.len)
        json_object_set_new(data, "LowerDir", json_string(lower.data));
    const struct {
        const char *key, *name;
    } parts[] = {{"MergedDir", "merged"}, {"UpperDir", "diff"}, {"WorkDir", "work"}};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        cleanup_free char *path = str_format("%s/%s/%s", store->overlay, top->cache_id, parts[i].name);
        json_object_set_new(data, parts[i].key, json_string(path));
    }
    return json_pack("{s:o,s:s}", "Data", data, "Name", "overlay2");
}

static json_t *describe_locked(struct image_store *store, const struct image *image)
{
    const json_t *config = image->config;
    char tagged[CLOCK_TEXT] = CLOCK_ZERO;
    if (image->tagged_ns)
        clock_rfc3339(image->tagged_ns, tagged);
    json_t *out = json_pack(
        "{s:s,s:o,s:o,s:s,s:s,s:s,s:s,s:o,s:s,s:s,s:o}", "Id", image->id, "RepoTags", names_locked(store, image, false),
        "RepoDigests", names_locked(store, image, true), "Parent", image->parent, "Comment", json_str(config, "comment", ""),
        "Created", json_str(config, "created", CLOCK_ZERO), "Container", json_str(config, "container", ""), "ContainerConfig",
        copy_or_null(config, "container_config"), "DockerVersion", json_str(config, "docker_version", ""), "Author",
        json_str(config, "author", ""), "Config", copy_or_null(config, "config"));
    json_object_set_new(out, "Architecture", json_string(json_str(config, "architecture", "")));
    const char *variant = json_str(config, "variant", "");
    if (*variant)
        json_object_set_new(out, "Variant", json_string(variant));
    json_object_set_new(out, "Os", json_string(json_str(config, "os", "linux")));
    json_object_set_new(out, "Size", json_integer(image->size));
    json_object_set_new(out, "VirtualSize", json_integer(image->size));
    json_object_set_new(out, "GraphDriver", graph_driver(store, image));
    json_object_set_new(out, "RootFS", json_pack("{s:s,s:o}", "Type", "layers", "Layers", copy_or_null(config, "rootfs.diff_ids")));
    json_object_set_new(out, "Metadata", json_pack("{s:s}", "LastTagTime", tagged));
    return out;
}

json_t *image_inspect(struct image_store *store, const char *name, struct error *err)
{
    struct error own = ERROR_INIT;
    err = err ? err : &own;
    pthread_mutex_lock(&store->lock);
    struct image *image = image_resolve_locked(store, name, err);
    json_t *out = image ? describe_locked(store, image) : NULL;
    pthread_mutex_unlock(&store->lock);
    if (!out && err->code == ENOENT)
        error_prefix(err, "no such image: %s", name);
    return out;
}

static json_t *history_entry(const struct image *image, const json_t *step, size_t *layer)
{
    int64_t created = 0, size = 0;
    if (!clock_parse(json_str(step, "created", CLOCK_ZERO), &created))
        created = 0;
    if (!json_flag(step, "empty_layer", false) && *layer < image->layer_count)
        size = image->layers[(*layer)++]->size;
    return json_pack("{s:s,s:I,s:s,s:s,s:I,s:n}", "Comment", json_str(step, "comment", ""), "Created", seconds(created),
                     "CreatedBy", json_str(step, "created_by", ""), "Id", "<missing>", "Size", (json_int_t)size, "Tags");
}

/* The images that the lines made, from the newest down, as far as it is known what each was made from. */
static void name_history_locked(struct image_store *store, const struct image *image, json_t *history)
{
    size_t i;
    json_t *line;
    json_array_foreach(history, i, line)
    {
        if (!image)
            return;
        cleanup_strv char **names = names_of_locked(store, image->id);
        json_object_set_new(line, "Id", json_string(image->id));
        json_object_set_new(line, "Tags", json_from_strv(names));
        image = *image->parent ? image_by_id_locked(store, image->parent) : NULL;
    }
}

json_t *image_history(struct image_store *store, const char *name, struct error *err)
{
    json_t *out = NULL, *step;
    size_t i, layer = 0;
    pthread_mutex_lock(&store->lock);
    struct image *image = image_resolve_locked(store, name, err);
    if (image) {
        out = json_array();
        json_array_foreach(json_at(image->config, "history"), i, step)
        {
            json_array_insert_new(out, 0, history_entry(image, step, &layer));
        }
        name_history_locked(store, image, out);
    }
    pthread_mutex_unlock(&store->lock);
    return out;
}
