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

const char *const lesson_domains[] = {"foundations", "installation", "images",        "networking",
                                      "storage",     "security",     "orchestration", NULL};

const char *lesson_domain_title(const char *domain)
{
    static const char *const titles[] = {
        "Kernel foundations", "Engine and containers", "Images and registries", "Networking", "Storage",
        "Security",           "Orchestration"};
    for (size_t i = 0; i < ARRAY_LEN(titles); i++)
        if (str_equal(domain, lesson_domains[i]))
            return titles[i];
    return domain;
}

/* As the parser will find them, but for headings of a kind that no lesson has. Many lessons are listed, few are read. */
static size_t count_pages(const char *body)
{
    size_t count = 0;
    bool fence = false;
    for (const char *line = body; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (str_starts(line, "```"))
            fence = !fence;
        count += !fence && (str_starts(line, "## ") || str_starts(line, "# "));
        if (!fence && count == 0 && *line > ' ')
            count = 1; /* text before the first heading */
    }
    return count ? count : 1;
}

static int line_number(const char *text, const char *at)
{
    int line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
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
        .path = xstrdup(path),
        .title = xstrdup(json_str(head, "title", "")),
        .summary = xstrdup(json_str(head, "summary", "")),
        .domain = xstrdup(json_str(head, "domain", "")),
        .minutes = atoi(json_str(head, "minutes", "0")),
        .objectives = json_to_strv(json_at(head, "objectives")),
        .topics = json_to_strv(json_at(head, "topics")),
        .features = json_to_strv(json_at(head, "features")),
        .prerequisites = json_to_strv(json_at(head, "prerequisites")),
        .labs = json_to_strv(json_at(head, "labs")),
        .reading = json_to_strv(json_at(head, "reading")),
        .machine = str_equal(json_str(head, "shell", "engine"), "machine"),
        .page_count = count_pages(body),
        .body = xstrdup(body),
        .body_line = line_number(text, body),
    };
    return 0;
}

const struct pages *lesson_pages(struct lesson *lesson)
{
    if (!lesson->pages.list)
        pages_parse(lesson->body, &lesson->pages);
    return &lesson->pages;
}

char *lessons_dir(void)
{
    char *folder = content_dir("lessons"), *real = realpath(folder, NULL);
    if (!real)
        return folder;
    free(folder);
    return real;
}

/* With `skip` a lesson that cannot be read is left out. */
static int load(struct lesson **list, size_t *count, bool skip, struct error *err)
{
    *list = NULL;
    *count = 0;
    cleanup_free char *folder = lessons_dir();
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
        r = skip ? 0 : r;
        free(names[i]);
    }
    free(names);
    return r;
}

int lessons_load(struct lesson **list, size_t *count, struct error *err)
{
    struct error local = ERROR_INIT;
    int r = load(list, count, false, err ? err : &local);
    if (r < 0) {
        lessons_free(*list, *count);
        *list = NULL;
        *count = 0;
    }
    return r;
}

void lessons_load_readable(struct lesson **list, size_t *count)
{
    struct error ignored = ERROR_INIT;
    load(list, count, true, &ignored);
}

void lessons_free(struct lesson *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct lesson *lesson = &list[i];
        char *const texts[] = {lesson->slug, lesson->path, lesson->title, lesson->summary, lesson->domain, lesson->body};
        char **const lists[] = {lesson->objectives,    lesson->topics, lesson->features,
                                lesson->prerequisites, lesson->labs,   lesson->reading};
        for (size_t j = 0; j < ARRAY_LEN(texts); j++)
            free(texts[j]);
        for (size_t j = 0; j < ARRAY_LEN(lists); j++)
            strv_free(lists[j]);
        pages_free(&lesson->pages);
    }
    free(list);
}

struct lesson *lesson_find(struct lesson *list, size_t count, const char *slug)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i].slug, slug))
            return &list[i];
    return NULL;
}
