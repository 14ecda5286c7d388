/* The files of an archive of images by their names. Links between them are followed here, in text alone: older Dockers saved a
 * layer that two images share as a symbolic link to ../<other>/layer.tar. */
#include "image/load.h"

#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LINKS_MOST = 40 };

static size_t hash_of(const char *name)
{
    size_t hash = 5381;
    for (; *name; name++)
        hash = hash * 33 ^ (unsigned char)*name;
    return hash;
}

static size_t *slot_of(const struct load_files *files, const char *name)
{
    for (size_t at = hash_of(name) & (files->slot_count - 1);; at = (at + 1) & (files->slot_count - 1))
        if (!files->slots[at] || str_equal(files->list[files->slots[at] - 1].name, name))
            return &files->slots[at];
}

static void grow(struct load_files *files)
{
    if (files->count < files->room)
        return;
    files->room = files->room ? files->room * 2 : 64;
    files->list = xrealloc(files->list, files->room * sizeof *files->list);
    free(files->slots);
    files->slot_count = files->room * 2;
    files->slots = xcalloc(files->slot_count, sizeof *files->slots);
    for (size_t i = 0; i < files->count; i++)
        *slot_of(files, files->list[i].name) = i + 1;
}

struct load_file *load_files_add(struct load_files *files, const char *name, struct error *err)
{
    cleanup_free char *clean = load_name_clean("", name);
    if (!clean) {
        error_set(err, EINVAL, "refused entry %s: its name leads out of the archive", name);
        return NULL;
    }
    grow(files);
    size_t *slot = slot_of(files, clean);
    if (*slot) {
        error_set(err, EEXIST, "corrupt archive: it has %s twice", clean);
        return NULL;
    }
    *slot = ++files->count;
    struct load_file *file = &files->list[files->count - 1];
    *file = (struct load_file){.name = move_ptr(clean)};
    return file;
}

struct load_file *load_files_find(struct load_files *files, const char *name, struct error *err)
{
    cleanup_free char *at = load_name_clean("", name);
    for (int links = 0; at && files->count && links < LINKS_MOST; links++) {
        size_t slot = *slot_of(files, at);
        if (!slot)
            break;
        struct load_file *file = &files->list[slot - 1];
        if (!file->target)
            return file;
        cleanup_free char *from = at;
        char *slash = file->hard ? NULL : strrchr(from, '/');
        cleanup_free char *directory = slash ? xstrndup(from, (size_t)(slash - from)) : xstrdup("");
        at = load_name_clean(directory, file->target);
        if (!at) {
            error_set(err, EINVAL, "%s is a link that leads out of the archive (to %s)", file->name, file->target);
            return NULL;
        }
        if (links == LINKS_MOST - 1) {
            error_set(err, EINVAL, "%s leads round in a circle of links", name);
            return NULL;
        }
    }
    error_set(err, ENOENT, "the archive has no file %s", name);
    return NULL;
}

void load_files_free(struct load_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->list[i].name);
        free(files->list[i].target);
        free(files->list[i].text);
    }
    free(files->list);
    free(files->slots);
    *files = (struct load_files){0};
}

char *load_name_clean(const char *directory, const char *name)
{
    if (*name == '/')
        return NULL;
    cleanup_free char *both = str_format("%s/%s", directory, name);
    cleanup_strv char **words = str_split(both, '/');
    char **kept = NULL;
    size_t count = 0;
    bool leaves = false;
    for (char **word = words; word && *word && !leaves; word++) {
        if (!**word || str_equal(*word, "."))
            continue;
        if (!str_equal(*word, "..")) {
            strv_add(&kept, *word);
            count++;
        } else if (count) {
            count--;
            free(move_ptr(kept[count]));
        } else {
            leaves = true;
        }
    }
    char *clean = leaves || !count ? NULL : strv_join(kept, "/");
    strv_free(kept);
    return clean;
}
