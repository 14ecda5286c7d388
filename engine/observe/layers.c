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
#include "observe/stack.h"
#include "observe/upper.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CHANGES_MOST = 500, DEEPEST = 64, SEEN_MOST = 200000 };

struct survey {
    struct upper upper;
    json_t *changes;
    int64_t total, added, changed, removed;
    int64_t
        hidden;   /* bytes of files of the image that changed or deleted files hide; those in deleted directories are not counted */
    int64_t seen; /* entries looked at, so that a huge upper layer costs a bounded time */
};

/* `place`: where in the list; it is cut off at its end. */
static void note(struct survey *survey, size_t place, const struct upper_change *change, const char *path)
{
    int64_t *count = change->kind == 'A' ? &survey->added : change->kind == 'C' ? &survey->changed : &survey->removed;
    ++*count;
    survey->total++;
    survey->hidden += change->was;
    if (place >= CHANGES_MOST)
        return;
    json_array_insert_new(survey->changes, place, upper_change_json(&survey->upper, change, path));
    if (json_array_size(survey->changes) > CHANGES_MOST)
        json_array_remove(survey->changes, CHANGES_MOST);
}

static void note_last(struct survey *survey, const struct upper_change *change, const char *path)
{
    note(survey, json_array_size(survey->changes), change, path);
}

static char *below(const char *directory, const char *name)
{
    return *directory ? str_format("%s/%s", directory, name) : xstrdup(name);
}

static int no_dots(const struct dirent *entry) { return !str_equal(entry->d_name, ".") && !str_equal(entry->d_name, ".."); }

static int layers_below(const struct survey *survey) { return (int)strv_len((char *const *)survey->upper.lowers); }

/* An opaque directory hides all that is below it: what is not there again was deleted. */
static void survey_hidden(struct survey *survey, const char *directory)
{
    char **gone = NULL;
    for (const char *const *lower = survey->upper.lowers; lower && *lower; lower++) {
        struct dirent **entries = NULL;
        cleanup_free char *path = path_join(*lower, directory);
        int count = scandir(path, &entries, no_dots, alphasort);
        for (int i = 0; i < count; i++) {
            cleanup_free struct dirent *entry = entries[i];
            cleanup_free char *name = below(directory, entry->d_name);
            cleanup_free char *again = path_join(survey->upper.directory, name);
            struct stat st;
            int at;
            if (strv_has(gone, name) || lstat(again, &st) == 0 ||
                (at = overlay_find(survey->upper.lowers, name, survey->upper.memo, &st)) < 0)
                continue;
            strv_add(&gone, name);
            const struct upper_change change = {
                .kind = 'D', .from = layers_below(survey) - at, .was = S_ISREG(st.st_mode) ? st.st_size : 0};
            note_last(survey, &change, name);
        }
        free(entries);
    }
    strv_free(gone);
}

static void survey_directory(struct survey *survey, const char *directory, int depth);

/* A directory counts as changed when it was made, given other attributes, or has changes in it. Its own line stands before theirs,
 * so its place is kept until they are known. */
static void survey_subdirectory(struct survey *survey, const char *name, struct upper_change *change, int depth)
{
    size_t place = json_array_size(survey->changes);
    int64_t before = survey->total;
    if (change->opaque)
        survey_hidden(survey, name);
    survey_directory(survey, name, depth + 1);
    if (!change->kind && survey->total != before)
        change->kind = 'C';
    if (change->kind)
        note(survey, place, change, name);
}

static void survey_entry(struct survey *survey, const char *name, int depth)
{
    if (survey->seen++ > SEEN_MOST)
        return;
    struct upper_change change = upper_look(&survey->upper, name);
    if (change.directory && change.kind != 'D')
        survey_subdirectory(survey, name, &change, depth);
    else if (change.kind)
        note_last(survey, &change, name);
}

static void survey_directory(struct survey *survey, const char *directory, int depth)
{
    struct dirent **entries = NULL;
    cleanup_free char *path = path_join(survey->upper.directory, directory);
    int count = depth < DEEPEST ? scandir(path, &entries, no_dots, alphasort) : 0;
    for (int i = 0; i < count; i++) {
        cleanup_free struct dirent *entry = entries[i];
        cleanup_free char *name = below(directory, entry->d_name);
        survey_entry(survey, name, depth);
    }
    free(entries);
}

static json_t *layer(const char *role, int number, const char *directory, const struct tree_size *size, const char *by)
{
    return json_pack("{s:s,s:i,s:s,s:I,s:I,s:s}", "role", role, "number", number, "directory", directory, "size",
                     (json_int_t)size->bytes, "files", (json_int_t)size->files, "created_by", by);
}

static json_t *upper_layer(const struct survey *survey)
{
    struct tree_size size = sizes_of_tree(survey->upper.directory);
    json_t *doc = layer("upper", layers_below(survey) + 1, survey->upper.directory, &size, "the container");
    json_object_set_new(doc, "added", json_integer(survey->added));
    json_object_set_new(doc, "changed", json_integer(survey->changed));
    json_object_set_new(doc, "removed", json_integer(survey->removed));
    json_object_set_new(doc, "hides", json_integer(survey->hidden));
    return doc;
}

static bool is_init_layer(const char *directory) { return str_ends(directory, "-init/diff"); }

/* Without the short links: where a person can look. */
static char **real_directories(const char *const *lowers)
{
    char **out = NULL;
    for (; lowers && *lowers; lowers++) {
        cleanup_free char *real = realpath(*lowers, NULL);
        strv_add(&out, real ? real : *lowers);
    }
    return out;
}

/* The figures of the image's layers into the document, and its layers on the list, the top first. */
static void put_image(json_t *doc, json_t *layers, char *const *directories)
{
    char **image cleanup_strv = NULL;
    struct error err = ERROR_INIT;
    for (size_t i = strv_len(directories); i-- > 0;)
        if (!is_init_layer(directories[i]))
            strv_add(&image, directories[i]);
    cleanup_json json_t *figures = image ? stack_figures(image, &err) : NULL;
    json_t *list = json_object_get(figures, "layers");
    static const char *const taken[] = {"waste", "efficiency", "truncated"};
    for (size_t i = 0; i < ARRAY_LEN(taken) && figures; i++)
        json_object_set(doc, taken[i], json_object_get(figures, taken[i]));
    for (size_t i = json_array_size(list); i-- > 0;) {
        json_t *entry = json_array_get(list, i);
        json_object_set_new(entry, "role", json_string("lower"));
        json_object_set_new(entry, "created_by", json_string("the image"));
        json_array_append(layers, entry);
    }
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
    struct overlay_memo memo = {0};
    struct survey survey = {.upper = {upper, lowers, &memo}, .changes = json_array()};
    survey_directory(&survey, "", 0);
    overlay_memo_free(&memo);
    cleanup_strv char **directories = real_directories(lowers);
    json_t *layers = json_array();
    json_array_append_new(layers, upper_layer(&survey));
    for (char *const *each = directories; each && *each; each++) {
        if (!is_init_layer(*each))
            continue;
        struct tree_size size = sizes_of_fixed_tree(*each);
        json_array_append_new(layers, layer("init", layers_below(&survey), *each, &size, "the engine"));
    }
    json_t *out = json_pack("{s:s,s:o,s:s,s:s,s:o,s:I}", "mount", "overlay", "layers", layers, "merged", merged, "work", work,
                            "changes", survey.changes, "changes_total", (json_int_t)survey.total);
    put_image(out, layers, directories);
    root_mount(pid, out);
    return out;
}
