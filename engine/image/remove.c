/* Names given and taken away, and images deleted when nothing leads to them. The order of questions, and the sentences, are those
 * of dockerd's image service: a hard conflict (a running container) holds even by force, a soft one does not. */
#include "image/store.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/reference.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SHORT_ID = 12 };

struct removal {
    struct image_store *store;
    struct image *image;
    bool force;
    bool used;
    struct image_user user;
    json_t *records;
    char parent[DIGEST_TEXT]; /* of the image that was deleted, or "" */
};

static const char *short_id(const char *id) { return id + strlen("sha256:"); }

/* When an image last got a name: only for people to see, so it is not synced. */
void image_named_now(struct image_store *store, struct image *image)
{
    char text[CLOCK_TEXT];
    image->tagged_ns = clock_wall_ns();
    clock_rfc3339(image->tagged_ns, text);
    cleanup_free char *directory = str_format("%s/imagedb/metadata/sha256/%s", store->image, short_id(image->id));
    cleanup_free char *path = path_join(directory, "lastUpdated");
    struct error why = ERROR_INIT;
    if (path_make_dirs(directory, 0700, &why) < 0 || file_write_atomic(path, text, strlen(text), 0600, false, &why) < 0)
        log_warn("%s", why.message);
}

int image_name_locked(struct image_store *store, struct image *image, const char *family, const char *reference, struct error *err)
{
    int r = name_set_locked(store, family, reference, image->id, err);
    if (r == 0)
        image_named_now(store, image);
    return r;
}

int image_tag(struct image_store *store, const char *source, const char *target, struct error *err)
{
    struct error own = ERROR_INIT;
    struct reference reference;
    err = err ? err : &own;
    int r = reference_parse(target, &reference, err);
    if (r == 0 && reference.digest)
        r = error_set(err, EINVAL, "refusing to create a tag with a digest reference");
    if (r == 0 && str_equal(reference.familiar, "sha256"))
        r = error_set(err, EINVAL, "refusing to create an ambiguous tag using digest algorithm as name");
    if (r == 0) {
        pthread_mutex_lock(&store->lock);
        struct image *image = image_resolve_locked(store, source, err);
        cleanup_free char *text = reference_text(&reference);
        r = image ? image_name_locked(store, image, reference.familiar, text, err) : -err->code;
        pthread_mutex_unlock(&store->lock);
    }
    reference_clear(&reference);
    return r;
}

static int untag(struct removal *removal, const char *text, struct error *err)
{
    struct reference reference;
    int r = reference_parse(text, &reference, err);
    if (r == 0)
        r = name_drop_locked(removal->store, reference.familiar, text, err);
    if (r == 0)
        json_array_append_new(removal->records, json_pack("{s:s}", "Untagged", text));
    reference_clear(&reference);
    return r;
}

static int untag_all(struct removal *removal, struct error *err)
{
    cleanup_strv char **names = names_of_locked(removal->store, removal->image->id);
    for (char **name = names; name && *name; name++) {
        int r = untag(removal, *name, err);
        if (r < 0)
            return r;
    }
    return 0;
}

static bool same_repository(const char *a, const char *b)
{
    struct reference left = {0}, right = {0};
    bool same = reference_parse(a, &left, NULL) == 0 && reference_parse(b, &right, NULL) == 0 && str_equal(left.name, right.name);
    reference_clear(&left);
    reference_clear(&right);
    return same;
}

static bool by_digest(const char *name) { return strchr(name, '@') != NULL; }

/* Do all of them say the same: names of one repository, at most one of them a tag? */
static bool names_agree(char *const *names)
{
    size_t tags = 0;
    for (char *const *name = names; name && *name; name++) {
        tags += !by_digest(*name);
        if (!same_repository(*names, *name))
            return false;
    }
    return tags <= 1;
}

/* When the last tag of a repository has gone, the names by digest that a pull or push gave there go as well. */
static int untag_digests(struct removal *removal, const char *gone, struct error *err)
{
    cleanup_strv char **names = names_of_locked(removal->store, removal->image->id);
    int r = 0;
    for (char **name = names; name && *name; name++)
        if (by_digest(gone) || (!by_digest(*name) && same_repository(*name, gone)))
            return 0;
    for (char **name = names; r == 0 && name && *name; name++)
        if (same_repository(*name, gone))
            r = untag(removal, *name, err);
    return r;
}

/* The reasons not to delete, the hardest first. `names`: those that are left. */
static int check_conflicts(const struct removal *removal, char *const *names, struct error *err)
{
    const char *id = short_id(removal->image->id);
    if (image_has_children_locked(removal->store, removal->image))
        return error_set(err, EBUSY, "conflict: unable to delete %.*s (cannot be forced) - image has dependent child images",
                         SHORT_ID, id);
    if (removal->used && removal->user.running)
        return error_set(err, EBUSY,
                         "conflict: unable to delete %.*s (cannot be forced) - image is being used by running container %.*s",
                         SHORT_ID, id, SHORT_ID, removal->user.container);
    if (removal->force)
        return 0;
    if (!names_agree(names))
        return error_set(err, EBUSY,
                         "conflict: unable to delete %.*s (must be forced) - image is referenced in multiple repositories",
                         SHORT_ID, id);
    if (removal->used)
        return error_set(err, EBUSY,
                         "conflict: unable to delete %.*s (must be forced) - image is being used by stopped container %.*s",
                         SHORT_ID, id, SHORT_ID, removal->user.container);
    return 0;
}

static int delete_image(struct removal *removal, struct error *err)
{
    json_t *record = json_pack("{s:s}", "Deleted", removal->image->id);
    char parent[DIGEST_TEXT];
    memcpy(parent, removal->image->parent, sizeof parent);
    int r = untag_all(removal, err);
    if (r == 0)
        r = image_drop_locked(removal->store, removal->image, err);
    if (r < 0) {
        json_decref(record);
        return r;
    }
    memcpy(removal->parent, parent, sizeof parent);
    json_array_append_new(removal->records, record);
    layers_collect_locked(removal->store, removal->records);
    return 0;
}

static int remove_by_id(struct removal *removal, struct error *err)
{
    cleanup_strv char **names = names_of_locked(removal->store, removal->image->id);
    int r = check_conflicts(removal, names, err);
    return r < 0 ? r : delete_image(removal, err);
}

static int remove_by_name(struct removal *removal, const char *text, struct error *err)
{
    cleanup_strv char **names = names_of_locked(removal->store, removal->image->id);
    if (names_agree(names) && !removal->force && removal->used)
        return error_set(
            err, EBUSY,
            "conflict: unable to remove repository reference \"%s\" (must force) - container %.*s is using its referenced "
            "image %.*s",
            text, SHORT_ID, removal->user.container, SHORT_ID, short_id(removal->image->id));
    struct reference reference;
    int r = reference_parse(text, &reference, err);
    cleanup_free char *whole = r == 0 ? reference_text(&reference) : NULL;
    if (r == 0)
        r = untag(removal, whole, err);
    if (r == 0)
        r = untag_digests(removal, whole, err);
    reference_clear(&reference);
    cleanup_strv char **left = names_of_locked(removal->store, removal->image->id);
    /* Other names keep the image, and so do a running container and images made from it: the name is gone, and that was asked for.
     */
    if (r < 0 || left || (removal->used && removal->user.running) || image_has_children_locked(removal->store, removal->image))
        return r;
    return delete_image(removal, err);
}

/* The images that a deleted one was made from go too, as far as nothing leads to them any more. */
static void remove_parents(struct removal *removal, bool (*in_use)(const char *id, struct image_user *user, void *data), void *data)
{
    while (*removal->parent) {
        char id[DIGEST_TEXT];
        memcpy(id, removal->parent, sizeof id);
        *removal->parent = 0;
        bool used = in_use && in_use(id, &removal->user, data);
        pthread_mutex_lock(&removal->store->lock);
        removal->image = image_by_id_locked(removal->store, id);
        cleanup_strv char **names = names_of_locked(removal->store, id);
        if (removal->image && !used && !names && !image_has_children_locked(removal->store, removal->image))
            delete_image(removal, NULL);
        store_unlock(removal->store);
    }
}

json_t *image_remove(struct image_store *store, const char *name, unsigned how,
                     bool (*in_use)(const char *id, struct image_user *user, void *data), void *data, struct error *err)
{
    struct error own = ERROR_INIT;
    char id[DIGEST_TEXT] = "";
    struct removal removal = {.store = store, .force = how & IMAGE_FORCE, .records = json_array()};
    err = err ? err : &own;
    /* The caller is asked without our lock held: it has locks of its own, under which it calls us. */
    int r = image_find(store, name, id, NULL, err);
    if (r == 0 && in_use)
        removal.used = in_use(id, &removal.user, data);
    if (r == 0) {
        pthread_mutex_lock(&store->lock);
        removal.image = image_resolve_locked(store, name, err);
        if (!removal.image)
            r = -err->code;
        else if (str_starts(removal.image->id, name) || str_starts(short_id(removal.image->id), name))
            r = remove_by_id(&removal, err);
        else
            r = remove_by_name(&removal, name, err);
        store_unlock(store);
    }
    if (r == 0 && !(how & IMAGE_KEEP_PARENTS))
        remove_parents(&removal, in_use, data);
    if (r < 0)
        json_decref(move_ptr(removal.records));
    return removal.records;
}
