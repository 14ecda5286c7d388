/* What a container did at one path; see upper.h. What vanishes while we look is nothing. */
#include "observe/upper.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <string.h>
#include <sys/xattr.h>

static bool has_origin(const char *path)
{
    return lgetxattr(path, "trusted.overlay.origin", NULL, 0) >= 0 || lgetxattr(path, "user.overlay.origin", NULL, 0) >= 0;
}

static bool same_attributes(const struct stat *a, const struct stat *b)
{
    return a->st_mode == b->st_mode && a->st_uid == b->st_uid && a->st_gid == b->st_gid;
}

static int64_t size_of(const struct stat *st) { return S_ISREG(st->st_mode) ? st->st_size : 0; }

struct upper_change upper_look(const struct upper *upper, const char *path)
{
    struct upper_change change = {0};
    struct stat st, old;
    cleanup_free char *full = str_format("%s/%s", upper->directory, path);
    if (lstat(full, &st) < 0)
        return change;
    int count = 0, at = overlay_find(upper->lowers, path, upper->memo, &old);
    while (upper->lowers && upper->lowers[count])
        count++;
    if (at >= 0) {
        change.from = count - at;
        change.was = size_of(&old);
        change.same_kind = S_ISDIR(st.st_mode) == S_ISDIR(old.st_mode);
    }
    if (overlay_is_whiteout(full, &st)) {
        change.kind = at >= 0 ? 'D' : 0;
        change.directory = at >= 0 && S_ISDIR(old.st_mode);
        return change;
    }
    change.size = size_of(&st);
    change.directory = S_ISDIR(st.st_mode);
    change.opaque = change.directory && at >= 0 && change.same_kind && overlay_is_opaque(full);
    bool untouched = at >= 0 && change.directory && change.same_kind && same_attributes(&st, &old);
    change.kind = at < 0 ? 'A' : untouched ? 0 : 'C';
    return change;
}

json_t *upper_change_json(const struct upper *upper, const struct upper_change *change, const char *path)
{
    const char kind[2] = {change->kind, '\0'};
    cleanup_free char *shown = str_format("/%s", path);
    json_t *doc =
        json_pack("{s:s,s:o,s:I}", "kind", kind, "path", json_text_value(shown, strlen(shown)), "size", (json_int_t)change->size);
    if (change->from) {
        json_object_set_new(doc, "was", json_integer(change->was));
        json_object_set_new(doc, "from", json_integer(change->from));
        cleanup_free char *full = str_format("%s/%s", upper->directory, path);
        json_object_set_new(doc, "copied_up", json_boolean(change->kind != 'D' && has_origin(full)));
    }
    return doc;
}
