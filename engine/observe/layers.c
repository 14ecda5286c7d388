/* The layers of a container's root: what each holds, and what the container has added, changed and deleted in its own. The upper
 * layer may change while it is read; what vanishes is left out. */
#include "observe/observe.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "observe/overlay.h"
#include "observe/proc.h"
#include "observe/sizes.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CHANGES_MOST = 500, DEEPEST = 64, SEEN_MOST = 200000 };

struct survey {
    const char *upper;
    const char *const *lowers;
    json_t *changes;
    int64_t total;
    int64_t seen; /* entries looked at, so that a huge upper layer costs a bounded time */
};

static void note(struct survey *survey, const char *kind, const char *path, int64_t size)
{
    survey->total++;
    if (json_array_size(survey->changes) >= CHANGES_MOST)
        return;
    cleanup_free char *shown = str_format("/%s", path);
    json_array_append_new(survey->changes, json_pack("{s:s,s:o,s:I}", "kind", kind, "path", json_text_value(shown, strlen(shown)),
                                                     "size", (json_int_t)size));
}

static char *below(const char *directory, const char *name)
{
    return *directory ? str_format("%s/%s", directory, name) : xstrdup(name);
}

static int no_dots(const struct dirent *entry) { return !str_equal(entry->d_name, ".") && !str_equal(entry->d_name, ".."); }

static bool same_attributes(const struct stat *a, const struct stat *b)
{
    return a->st_mode == b->st_mode && a->st_uid == b->st_uid && a->st_gid == b->st_gid;
}

/* An opaque directory hides all that is below it: what is not there again was deleted. */
static void survey_hidden(struct survey *survey, const char *directory)
{
    char **gone = NULL;
    for (const char *const *lower = survey->lowers; lower && *lower; lower++) {
        struct dirent **entries = NULL;
        cleanup_free char *path = path_join(*lower, directory);
        int count = scandir(path, &entries, no_dots, alphasort);
        for (int i = 0; i < count; i++) {
            cleanup_free struct dirent *entry = entries[i];
            cleanup_free char *name = below(directory, entry->d_name);
            cleanup_free char *again = path_join(survey->upper, name);
            struct stat st;
            if (!strv_has(gone, name) && lstat(again, &st) < 0 && overlay_lstat(survey->lowers, name, &st) == 0) {
                strv_add(&gone, name);
                note(survey, "D", name, 0);
            }
        }
        free(entries);
    }
    strv_free(gone);
}

static void survey_directory(struct survey *survey, const char *directory, int depth);

/* A directory counts as changed when it was made, given other attributes, or has changes in it. Its own line stands before theirs,
 * so its place is kept until they are known. */
static void survey_subdirectory(struct survey *survey, const char *name, const char *full, const struct stat *st, int depth)
{
    struct stat old;
    bool was = overlay_lstat(survey->lowers, name, &old) == 0;
    bool was_directory = was && S_ISDIR(old.st_mode);
    size_t place = json_array_size(survey->changes);
    int64_t before = survey->total;
    if (was_directory && overlay_is_opaque(full))
        survey_hidden(survey, name);
    survey_directory(survey, name, depth + 1);
    if (was_directory && survey->total == before && same_attributes(st, &old))
        return;
    survey->total++;
    cleanup_free char *shown = str_format("/%s", name);
    if (place < CHANGES_MOST)
        json_array_insert_new(
            survey->changes, place,
            json_pack("{s:s,s:o,s:i}", "kind", was ? "C" : "A", "path", json_text_value(shown, strlen(shown)), "size", 0));
    if (json_array_size(survey->changes) > CHANGES_MOST)
        json_array_remove(survey->changes, CHANGES_MOST);
}

static void survey_entry(struct survey *survey, const char *name, int depth)
{
    struct stat st, old;
    cleanup_free char *full = path_join(survey->upper, name);
    if (survey->seen++ > SEEN_MOST || lstat(full, &st) < 0)
        return;
    if (S_ISDIR(st.st_mode))
        survey_subdirectory(survey, name, full, &st, depth);
    else if (overlay_is_whiteout(full, &st))
        note(survey, "D", name, 0);
    else
        note(survey, overlay_lstat(survey->lowers, name, &old) == 0 ? "C" : "A", name, S_ISREG(st.st_mode) ? st.st_size : 0);
}

static void survey_directory(struct survey *survey, const char *directory, int depth)
{
    struct dirent **entries = NULL;
    cleanup_free char *path = path_join(survey->upper, directory);
    int count = depth < DEEPEST ? scandir(path, &entries, no_dots, alphasort) : 0;
    for (int i = 0; i < count; i++) {
        cleanup_free struct dirent *entry = entries[i];
        cleanup_free char *name = below(directory, entry->d_name);
        survey_entry(survey, name, depth);
    }
    free(entries);
}

static json_t *layer(const char *role, const char *directory, const char *by, bool fixed)
{
    struct tree_size size = fixed ? sizes_of_fixed_tree(directory) : sizes_of_tree(directory);
    cleanup_free char *real = realpath(directory, NULL); /* without the short link: where a person can look */
    return json_pack("{s:s,s:s,s:I,s:I,s:s}", "role", role, "directory", real ? real : directory, "size", (json_int_t)size.bytes,
                     "files", (json_int_t)size.files, "created_by", by);
}

static bool is_init_layer(const char *directory)
{
    cleanup_free char *real = realpath(directory, NULL);
    return real && str_ends(real, "-init/diff");
}

/* "overlay" and its options as the container's own mount table has them (mountinfo, the mount on "/"). */
static void root_mount(pid_t pid, json_t *out)
{
    cleanup_free char *text = pid > 0 ? proc_read(pid, "mountinfo", NULL, NULL) : NULL;
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n"));) {
        char point[PATH_MAX], type[64], options[PATH_MAX];
        char *dash = strstr(line, " - ");
        if (!dash || sscanf(line, "%*d %*d %*s %*s %4095s", point) != 1 || !str_equal(point, "/"))
            continue;
        if (sscanf(dash, " - %63s %*s %4095s", type, options) == 2) {
            json_object_set_new(out, "mount", json_string(type));
            json_object_set_new(out, "options", json_text_value(options, strlen(options)));
        }
    }
}

json_t *observe_layers(pid_t pid, const char *const *lowers, const char *upper, const char *work, const char *merged,
                       struct error *err)
{
    struct stat st;
    if (stat(upper, &st) < 0) {
        error_errno(err, errno, "upper layer %s", upper);
        return NULL;
    }
    struct survey survey = {.upper = upper, .lowers = lowers, .changes = json_array()};
    survey_directory(&survey, "", 0);
    json_t *layers = json_array();
    json_array_append_new(layers, layer("upper", upper, "the container", false));
    for (const char *const *lower = lowers; lower && *lower; lower++) {
        bool init = is_init_layer(*lower);
        json_array_append_new(layers, layer(init ? "init" : "lower", *lower, init ? "the engine" : "the image", !init));
    }
    json_t *out = json_pack("{s:s,s:o,s:s,s:s,s:o,s:I}", "mount", "overlay", "layers", layers, "merged", merged, "work", work,
                            "changes", survey.changes, "changes_total", (json_int_t)survey.total);
    root_mount(pid, out);
    return out;
}
