/* Names of images: repositories.json, {"Repositories":{"busybox":{"busybox:latest":"sha256:..."}}}, and its copy in memory. */
#include "image/store.h"

#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/reference.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int names_save(struct image_store *store, struct error *err)
{
    cleanup_free char *path = path_join(store->image, "repositories.json");
    cleanup_json json_t *doc = json_pack("{s:O}", "Repositories", store->repositories);
    return json_write_file(path, doc, 0600, true, err);
}

int names_load(struct image_store *store, struct error *err)
{
    cleanup_free char *path = path_join(store->image, "repositories.json");
    struct error why = ERROR_INIT;
    cleanup_json json_t *doc = json_read_file(path, &why);
    if (!doc && why.code == ENOENT) {
        store->repositories = json_object();
        return 0;
    }
    if (!doc)
        return error_set(err, why.code, "%s", why.message);
    json_t *repositories = json_object_get(doc, "Repositories");
    if (!json_is_object(repositories))
        return error_set(err, EINVAL, "%s: \"Repositories\" is missing", path);
    store->repositories = json_incref(repositories);
    return 0;
}

const char *name_lookup_locked(struct image_store *store, const char *family, const char *reference)
{
    return json_string_value(json_object_get(json_object_get(store->repositories, family), reference));
}

/* The file says what memory says, or neither changes. A build that found all in the cache changes nothing, and waits for no disk.
 */
static int change_saved(struct image_store *store, json_t *before, struct error *err)
{
    int r = json_equal(before, store->repositories) ? 0 : names_save(store, err);
    if (r < 0) {
        json_decref(store->repositories);
        store->repositories = json_incref(before);
    }
    json_decref(before);
    return r;
}

static void set(struct image_store *store, const char *family, const char *reference, const char *id)
{
    json_t *names = json_object_get(store->repositories, family);
    if (!names) {
        names = json_object();
        json_object_set_new(store->repositories, family, names);
    }
    json_object_set_new(names, reference, json_string(id));
}

int name_set_locked(struct image_store *store, const char *family, const char *reference, const char *id, struct error *err)
{
    json_t *before = json_deep_copy(store->repositories);
    set(store, family, reference, id);
    return change_saved(store, before, err);
}

int names_set_locked(struct image_store *store, char *const *names, const char *id, struct error *err)
{
    json_t *before = json_deep_copy(store->repositories);
    for (; *names; names++) {
        struct reference reference;
        int r = reference_parse(*names, &reference, err);
        cleanup_free char *text = r == 0 ? reference_text(&reference) : NULL;
        if (r == 0)
            set(store, reference.familiar, text, id);
        reference_clear(&reference);
        if (r < 0) {
            json_decref(store->repositories);
            store->repositories = before;
            return r;
        }
    }
    return change_saved(store, before, err);
}

int name_drop_locked(struct image_store *store, const char *family, const char *reference, struct error *err)
{
    json_t *before = json_deep_copy(store->repositories), *names = json_object_get(store->repositories, family);
    json_object_del(names, reference);
    if (json_object_size(names) == 0)
        json_object_del(store->repositories, family);
    return change_saved(store, before, err);
}

void names_drop_dead(struct image_store *store)
{
    const char *family, *reference;
    json_t *names, *value;
    void *next, *inner;
    bool changed = false;
    json_object_foreach_safe(store->repositories, next, family, names)
    {
        json_object_foreach_safe(names, inner, reference, value)
        {
            if (image_by_id_locked(store, str_or(json_string_value(value), "")))
                continue;
            log_warn("name %s leads to no image and is removed", reference);
            json_object_del(names, reference);
            changed = true;
        }
        if (json_object_size(names) == 0)
            json_object_del(store->repositories, family);
    }
    struct error why = ERROR_INIT;
    if (changed && names_save(store, &why) < 0)
        log_warn("%s", why.message);
}

static int by_canonical_name(const void *a, const void *b)
{
    struct reference left = {0}, right = {0};
    reference_parse(*(char *const *)a, &left, NULL);
    reference_parse(*(char *const *)b, &right, NULL);
    int order = strcmp(str_or(left.name, ""), str_or(right.name, ""));
    if (!order) /* tags come before digests */
        order = strcmp(str_or(left.tag, "~"), str_or(right.tag, "~"));
    if (!order)
        order = strcmp(str_or(left.digest, ""), str_or(right.digest, ""));
    reference_clear(&left);
    reference_clear(&right);
    return order;
}

char **names_of_locked(struct image_store *store, const char *id)
{
    char **out = NULL;
    const char *family, *reference;
    json_t *names, *value;
    json_object_foreach(store->repositories, family, names)
    {
        json_object_foreach(names, reference, value)
        {
            if (str_equal(json_string_value(value), id))
                strv_add(&out, reference);
        }
    }
    if (out)
        qsort(out, strv_len(out), sizeof *out, by_canonical_name);
    return out;
}
