/* Archives from before manifest.json (Docker before 1.10): `repositories` names the top layer of each tag, and each layer has its
 * own configuration with the ID of the one below. The image's configuration is put together from these as Docker does it. */
#include "image/load.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/reference.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LAYERS_DEEP = 127 };

static bool is_v1_id(const char *text) { return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64; }

static json_t *v1_config(struct load_files *files, const char *id, struct error *err)
{
    if (!is_v1_id(id)) {
        error_set(err, EINVAL, "\"%.100s\" is no layer ID", id);
        return NULL;
    }
    cleanup_free char *name = str_format("%s/json", id);
    struct load_file *file = load_files_find(files, name, err);
    if (!file)
        return NULL;
    if (!file->text || json_deeper(file->text, file->len, JSON_DEPTH_MOST)) {
        error_set(err, EINVAL, "%s is not JSON that could be read", name);
        return NULL;
    }
    json_t *config = json_parse(file->text, file->len, name, err);
    if (!config || json_is_object(config))
        return config;
    json_decref(config);
    error_set(err, EINVAL, "%s is no JSON object", name);
    return NULL;
}

/* From the top down; the lists are turned round at the end. */
static int collect(struct load_files *files, const char *top, struct planned_image *image, struct error *err)
{
    char id[ID_TEXT];
    snprintf(id, sizeof id, "%.64s", top);
    image->legacy = json_array();
    image->layers = xcalloc(LAYERS_DEEP, sizeof *image->layers);
    while (*id) {
        json_t *config = v1_config(files, id, err);
        if (!config)
            return err->code ? -err->code : -EINVAL;
        json_array_insert_new(image->legacy, 0, config);
        if (image->count == LAYERS_DEEP)
            return error_set(err, EINVAL, "the layers below %.12s are more than %d, or lie in a circle", top, LAYERS_DEEP);
        memmove(image->layers + 1, image->layers, image->count * sizeof *image->layers);
        image->layers[0] = (struct planned_layer){.name = str_format("%s/layer.tar", id)};
        image->count++;
        snprintf(id, sizeof id, "%.64s", json_str(config, "parent", ""));
    }
    return 0;
}

static int add(struct load_files *files, const char *repository, const char *tag, const char *top, struct load_plan *plan,
               struct error *err)
{
    struct reference reference;
    cleanup_free char *text = str_format("%s:%s", repository, tag);
    int r = reference_parse(text, &reference, err);
    char *name = r == 0 ? reference_text(&reference) : NULL;
    reference_clear(&reference);
    if (r < 0)
        return error_prefix(err, "repositories");
    for (size_t i = 0; i < plan->count; i++) {
        if (strncmp(plan->images[i].id, top, ID_TEXT - 1) == 0) {
            strv_take(&plan->images[i].names, name);
            return 0;
        }
    }
    struct planned_image *image = load_plan_add(plan);
    strv_take(&image->names, name);
    snprintf(image->id, sizeof image->id, "%.64s", top);
    return collect(files, top, image, err);
}

int load_plan_legacy(struct load_files *files, struct load_plan *plan, struct error *err)
{
    struct load_file *file = load_files_find(files, "repositories", err);
    cleanup_json json_t *doc = file && file->text && !json_deeper(file->text, file->len, JSON_DEPTH_MOST)
                                   ? json_parse(file->text, file->len, "repositories", err)
                                   : NULL;
    const char *repository, *tag;
    json_t *tags, *top;
    if (!json_is_object(doc))
        return error_set(err, EINVAL, "repositories is no JSON object");
    json_object_foreach(doc, repository, tags)
    {
        json_object_foreach(tags, tag, top)
        {
            int r = add(files, repository, tag, str_or(json_string_value(top), ""), plan, err);
            if (r < 0)
                return r;
        }
    }
    return 0;
}

static json_t *history_line(const json_t *config)
{
    cleanup_strv char **words = json_to_strv(json_at(config, "container_config.Cmd"));
    cleanup_free char *by = words ? strv_join(words, " ") : xstrdup("");
    json_t *line = json_pack("{s:s}", "created", json_str(config, "created", "0001-01-01T00:00:00Z"));
    const struct {
        const char *key, *value;
    } more[] = {{"author", json_str(config, "author", "")}, {"created_by", by}, {"comment", json_str(config, "comment", "")}};
    for (size_t i = 0; i < ARRAY_LEN(more); i++)
        if (*more[i].value)
            json_object_set_new(line, more[i].key, json_text_value(more[i].value, strlen(more[i].value)));
    return line;
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* The top layer's configuration without what tells of layers, and with what an image has more; keys sorted, as Go sorts a map. */
int planned_image_legacy_config(struct planned_image *image, char *const *diff_ids, struct error *err)
{
    static const char *const dropped[] = {"id", "parent", "Size", "parent_id", "layer_id", "throwaway", NULL};
    cleanup_json json_t *config = json_deep_copy(json_array_get(image->legacy, json_array_size(image->legacy) - 1));
    json_t *history = json_array(), *value, *sorted = json_object();
    size_t i;
    json_array_foreach(image->legacy, i, value) { json_array_append_new(history, history_line(value)); }
    json_object_set_new(config, "history", history);
    json_object_set_new(config, "rootfs", json_pack("{s:s,s:o}", "type", "layers", "diff_ids", json_from_strv(diff_ids)));
    char **keys = NULL;
    const char *key;
    json_object_foreach(config, key, value)
    {
        if (!strv_has((char *const *)dropped, key))
            strv_add(&keys, key);
    }
    qsort(keys, strv_len(keys), sizeof *keys, by_text);
    for (char **at = keys; *at; at++)
        json_object_set(sorted, *at, json_object_get(config, *at));
    strv_free(keys);
    cleanup_free char *text = json_text(sorted);
    json_decref(sorted);
    return planned_image_config(image, text, strlen(text), "of the legacy image", err);
}
