/* Reads the lessons from their folder, in the order of the file names. */
#include "lessons/lesson.h"

#include "base/files.h"
#include "base/frontmatter.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int is_lesson(const struct dirent *entry) { return entry->d_name[0] != '.' && str_ends(entry->d_name, ".md"); }

static char *slug_of(const char *name)
{
    const char *start = name;
    while (isdigit((unsigned char)*start))
        start++;
    start = start > name && *start == '-' ? start + 1 : name;
    return xstrndup(start, strlen(start) - strlen(".md"));
}

static int lesson_read(const char *path, const char *name, struct lesson *out, struct error *err)
{
    cleanup_free char *text = file_read(path, NULL, err);
    if (!text)
        return -err->code;
    const char *body;
    cleanup_json json_t *head = front_matter_parse(path, text, &body, err);
    if (!head)
        return -err->code;
    if (!json_str(head, "title", NULL))
        return error_set(err, EINVAL, "%s:1: a lesson needs a title in its front matter", path);
    *out = (struct lesson){
        .slug = slug_of(name),
        .title = xstrdup(json_str(head, "title", "")),
        .summary = xstrdup(json_str(head, "summary", "")),
        .domain = xstrdup(json_str(head, "domain", "")),
        .minutes = atoi(json_str(head, "minutes", "0")),
        .objectives = json_to_strv(json_at(head, "objectives")),
    };
    pages_parse(body, &out->pages);
    return 0;
}

int lessons_load(struct lesson **list, size_t *count, struct error *err)
{
    struct error local = ERROR_INIT;
    err = err ? err : &local;
    *list = NULL;
    *count = 0;
    cleanup_free char *folder = content_dir("lessons");
    struct dirent **names;
    int found = scandir(folder, &names, is_lesson, alphasort);
    if (found < 0)
        return error_errno(err, errno, "read the lessons in %s", folder);
    int r = 0;
    for (int i = 0; i < found; i++) {
        cleanup_free char *path = path_join(folder, names[i]->d_name);
        *list = xrealloc(*list, (*count + 1) * sizeof **list);
        if (r == 0 && (r = lesson_read(path, names[i]->d_name, &(*list)[*count], err)) == 0)
            (*count)++;
        free(names[i]);
    }
    free(names);
    if (r < 0) {
        lessons_free(*list, *count);
        *list = NULL;
        *count = 0;
    }
    return r;
}

void lessons_free(struct lesson *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(list[i].slug);
        free(list[i].title);
        free(list[i].summary);
        free(list[i].domain);
        strv_free(list[i].objectives);
        pages_free(&list[i].pages);
    }
    free(list);
}

const struct lesson *lesson_find(const struct lesson *list, size_t count, const char *slug)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i].slug, slug))
            return &list[i];
    return NULL;
}
