/* Reads the labs from their folders; knows the format, not what any lab is about. */
#include "labs/lab.h"

#include "base/files.h"
#include "base/frontmatter.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY_DEFAULT = 256 << 20, PIDS_DEFAULT = 256 };

/* Names below `folder` that start with `prefix` and hold a file `inside` (or are one, when NULL); sorted. */
static char **names_in(const char *folder, const char *prefix, const char *suffix, const char *inside)
{
    struct dirent **entries;
    char **out = NULL;
    int found = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < found; i++) {
        cleanup_free struct dirent *entry = entries[i];
        const char *name = entry->d_name;
        cleanup_free char *path = str_format("%s/%s%s%s", folder, name, inside ? "/" : "", inside ? inside : "");
        if (name[0] != '.' && str_starts(name, prefix) && str_ends(name, suffix) && path_exists(path))
            strv_add(&out, name);
    }
    if (found >= 0)
        free(entries);
    return out;
}

/* Front matter and body of one Markdown file; `text` keeps the body alive. */
static json_t *read_head(const char *path, char **text, const char **body, struct error *err)
{
    *text = file_read(path, NULL, err);
    return *text ? front_matter_parse(path, *text, body, err) : NULL;
}

static int hints_read(struct lab_step *step, struct error *err)
{
    cleanup_strv char **names = names_in(step->folder, "hint-", ".md", NULL);
    step->hints = xcalloc(strv_len(names), sizeof *step->hints);
    for (size_t i = 0; names && names[i]; i++) {
        cleanup_free char *path = path_join(step->folder, names[i]);
        cleanup_free char *text = file_read(path, NULL, err);
        if (!text)
            return -err->code;
        pages_parse(text, &step->hints[step->hint_count++]);
    }
    return step->hint_count ? 0 : error_set(err, EINVAL, "%s: a step needs at least hint-1.md", step->folder);
}

static int script_required(const char *folder, const char *name, struct error *err)
{
    cleanup_free char *path = path_join(folder, name);
    return path_exists(path) ? 0 : error_set(err, EINVAL, "%s: a step needs %s", folder, name);
}

static int step_read(const char *lab_folder, const char *name, struct lab_step *step, struct error *err)
{
    step->slug = xstrdup(name);
    step->folder = path_join(lab_folder, name);
    cleanup_free char *path = path_join(step->folder, "step.md"), *text = NULL;
    const char *body;
    cleanup_json json_t *head = read_head(path, &text, &body, err);
    if (!head)
        return -err->code;
    step->title = xstrdup(json_str(head, "title", ""));
    pages_parse(body, &step->instruction);
    if (!*step->title)
        return error_set(err, EINVAL, "%s:1: a step needs a title in its front matter", path);
    int r = hints_read(step, err);
    if (r == 0)
        r = script_required(step->folder, "verify.sh", err);
    return r < 0 ? r : script_required(step->folder, "solve.sh", err);
}

static int limits_read(struct lab *lab, const char *path, const json_t *head, struct error *err)
{
    const char *memory = json_str(head, "memory", NULL);
    int64_t bytes = MEMORY_DEFAULT;
    if (memory && !units_parse_bytes(memory, &bytes))
        return error_set(err, EINVAL, "%s: memory: '%s' is no size; write it as 256m", path, memory);
    lab->memory = bytes;
    lab->pids = atoll(json_str(head, "pids", "0"));
    if (lab->pids <= 0)
        lab->pids = PIDS_DEFAULT;
    lab->cpus = atof(json_str(head, "cpus", "1"));
    return 0;
}

static int lab_read(const char *labs_folder, const char *name, struct lab *lab, struct error *err)
{
    *lab = (struct lab){.slug = xstrdup(name), .folder = path_join(labs_folder, name)};
    cleanup_free char *path = path_join(lab->folder, "lab.md"), *text = NULL;
    const char *body;
    cleanup_json json_t *head = read_head(path, &text, &body, err);
    if (!head)
        return -err->code;
    lab->title = xstrdup(json_str(head, "title", ""));
    lab->summary = xstrdup(json_str(head, "summary", ""));
    lab->domain = xstrdup(json_str(head, "domain", ""));
    lab->picture = xstrdup(json_str(head, "picture", ""));
    lab->order = atoi(json_str(head, "order", "1000"));
    lab->minutes = atoi(json_str(head, "minutes", "0"));
    lab->objectives = json_to_strv(json_at(head, "objectives"));
    pages_parse(body, &lab->introduction);
    if (!*lab->title)
        return error_set(err, EINVAL, "%s:1: a lab needs a title in its front matter", path);
    int r = limits_read(lab, path, head, err);
    if (r < 0)
        return r;
    cleanup_strv char **steps = names_in(lab->folder, "", "", "step.md");
    lab->steps = xcalloc(strv_len(steps), sizeof *lab->steps);
    for (size_t i = 0; steps && steps[i]; i++) {
        r = step_read(lab->folder, steps[i], &lab->steps[lab->step_count++], err);
        if (r < 0)
            return r;
    }
    return lab->step_count ? 0 : error_set(err, EINVAL, "%s: a lab needs at least one step folder with a step.md", lab->folder);
}

static int by_order(const void *a, const void *b)
{
    const struct lab *one = a, *other = b;
    return one->order != other->order ? one->order - other->order : strcmp(one->slug, other->slug);
}

int labs_load(struct lab **list, size_t *count, struct error *err)
{
    struct error local = ERROR_INIT;
    err = err ? err : &local;
    cleanup_free char *folder = content_dir("labs");
    cleanup_strv char **names = names_in(folder, "", "", "lab.md");
    *list = xcalloc(strv_len(names), sizeof **list);
    *count = 0;
    for (size_t i = 0; names && names[i]; i++) {
        int r = lab_read(folder, names[i], &(*list)[(*count)++], err);
        if (r < 0) {
            labs_free(*list, *count);
            *list = NULL;
            *count = 0;
            return r;
        }
    }
    qsort(*list, *count, sizeof **list, by_order);
    return *count ? 0 : error_set(err, ENOENT, "no labs in %s", folder);
}

static void step_clear(struct lab_step *step)
{
    for (size_t i = 0; i < step->hint_count; i++)
        pages_free(&step->hints[i]);
    pages_free(&step->instruction);
    free(step->hints);
    free(step->slug);
    free(step->title);
    free(step->folder);
}

void labs_free(struct lab *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct lab *lab = &list[i];
        for (size_t j = 0; j < lab->step_count; j++)
            step_clear(&lab->steps[j]);
        char *const texts[] = {lab->slug, lab->title, lab->summary, lab->domain, lab->picture, lab->folder};
        for (size_t j = 0; j < ARRAY_LEN(texts); j++)
            free(texts[j]);
        strv_free(lab->objectives);
        pages_free(&lab->introduction);
        free(lab->steps);
    }
    free(list);
}

const struct lab *lab_find(const struct lab *list, size_t count, const char *slug)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i].slug, slug))
            return &list[i];
    return NULL;
}
