/* `slipway lesson lint`, `test` and `map`: what the authors of lessons need. */
#include "lessons/lesson_commands.h"

#include "base/files.h"
#include "base/flags.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "lessons/lesson.h"
#include "lessons/lesson_lint.h"
#include "lessons/lesson_map.h"
#include "lessons/lesson_test.h"
#include "quizzes/class_client.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { JOBS_MOST = 32 };

static const struct flag no_flags[] = {{0}};

static int is_markdown(const struct dirent *entry) { return entry->d_name[0] != '.' && str_ends(entry->d_name, ".md"); }

/* The files of the lessons that are named by slug or path; of all when none is. Read from the folder: a lesson that cannot be read
 * is one for the lint. */
static int lesson_files(char *const *named, char ***out, struct error *err)
{
    cleanup_free char *folder = lessons_dir();
    struct dirent **files;
    int found = scandir(folder, &files, is_markdown, alphasort);
    if (found < 0)
        return error_errno(err, errno, "read the lessons in %s", folder);
    cleanup_strv char **all = NULL;
    for (int i = 0; i < found; i++) {
        strv_take(&all, path_join(folder, files[i]->d_name));
        free(files[i]);
    }
    free(files);
    for (char **path = all; !*named && path && *path; path++)
        strv_add(out, *path);
    for (; *named; named++) {
        cleanup_free char *end = str_format("%s.md", *named);
        size_t before = strv_len(*out);
        for (char **path = all; path && *path; path++) {
            const char *rest = str_ends(*path, end) ? *path + strlen(*path) - strlen(end) : NULL;
            if (str_equal(*path, *named) || (rest && (rest[-1] == '-' || rest[-1] == '/')))
                strv_add(out, *path);
        }
        if (strv_len(*out) == before && path_exists(*named) && str_ends(*named, ".md"))
            strv_add(out, *named);
        if (strv_len(*out) == before)
            return error_set(err, ENOENT, "no such lesson: %s; `slipway lesson list` names them", *named);
    }
    return 0;
}

int lesson_lint_command(const struct command_context *context, int argc, char **argv)
{
    if (flags_described(context, no_flags))
        return 0;
    char **rest;
    struct error err = ERROR_INIT;
    cleanup_strv char **paths = NULL, **problems = NULL;
    struct lint lint;
    if (flags_parse(no_flags, NULL, NULL, argc, argv, false, &rest, &err) < 0)
        return lesson_usage("lesson lint [LESSON...]", no_flags, &err);
    if (lesson_files(rest, &paths, &err) < 0 || lint_open(&lint, &err) < 0)
        return lesson_fail(&err);
    for (char **path = paths; path && *path; path++)
        if (lesson_lint(&lint, *path, &problems) == 0)
            printf("%s: nothing wrong\n", *path);
    if (!*rest)
        lessons_lint(&lint, &problems);
    for (char **line = problems; line && *line; line++)
        fprintf(stderr, "%s\n", *line);
    lint_close(&lint);
    return strv_len(problems) > 0;
}

int lesson_test_command(const struct command_context *context, int argc, char **argv)
{
    struct options {
        long long jobs;
    } options = {0};
    static const struct flag flags[] = {
        {'j', "jobs", FLAG_INT, offsetof(struct options, jobs), NULL, "So many lessons in lab machines at once (default 1)"}, {0}};
    if (flags_described(context, flags))
        return 0;
    char **rest;
    struct error err = ERROR_INIT;
    int r = flags_parse(flags, &options, NULL, argc, argv, false, &rest, &err);
    if (r == 0 && (options.jobs < 0 || options.jobs > JOBS_MOST))
        r = error_set(&err, EINVAL, "--jobs is a number from 1 to %d", JOBS_MOST);
    if (r < 0)
        return lesson_usage("lesson test [OPTIONS] [LESSON...]", flags, &err);
    struct lesson *lessons;
    size_t count, chosen = 0;
    if (lessons_load(&lessons, &count, &err) < 0)
        return lesson_fail(&err);
    for (char **name = rest; *name && err.code == 0; name++)
        if (!lesson_find(lessons, count, *name))
            error_set(&err, ENOENT, "no such lesson: %s; `slipway lesson list` names them", *name);
    cleanup_free struct lesson **list = xcalloc(count + 1, sizeof *list);
    for (size_t i = 0; i < count; i++)
        if (!*rest || strv_has(rest, lessons[i].slug))
            list[chosen++] = &lessons[i];
    int failures = err.code ? lesson_fail(&err) : lessons_test(context->host, list, chosen, options.jobs ? (int)options.jobs : 1);
    lessons_free(lessons, count);
    return failures > 0;
}

/* What the school has of this learner; without it nothing counts as read. */
static bool is_done(const void *data, const char *slug)
{
    size_t index;
    json_t *row;
    const json_t *rows = json_at(data, "progress");
    json_array_foreach(rows, index, row)
    {
        if (str_equal(json_str(row, "kind", ""), "lesson") && str_equal(json_str(row, "id", ""), slug))
            return json_flag(row, "done", false);
    }
    return false;
}

static json_t *progress_of_learner(void)
{
    struct error ignored = ERROR_INIT;
    cleanup_json json_t *request = json_pack("{s:s}", "op", "progress.get");
    json_t *reply = NULL;
    if (class_call(request, &reply, &ignored) == 0)
        return reply;
    json_decref(reply);
    return json_object();
}

int lesson_map_command(const struct command_context *context, int argc, char **argv)
{
    struct options {
        bool json;
    } options = {0};
    static const struct flag flags[] = {{0, "json", FLAG_BOOL, offsetof(struct options, json), NULL, "Print JSON"}, {0}};
    if (flags_described(context, flags))
        return 0;
    char **rest;
    struct error err = ERROR_INIT;
    if (flags_parse(flags, &options, NULL, argc, argv, false, &rest, &err) < 0)
        return lesson_usage("lesson map [OPTIONS]", flags, &err);
    struct lesson *lessons;
    size_t count;
    cleanup_syllabus struct syllabus syllabus = {0};
    if (syllabus_load(&syllabus, &err) < 0 || lessons_load(&lessons, &count, &err) < 0)
        return lesson_fail(&err);
    cleanup_strv char **met = map_lab_features();
    cleanup_json json_t *progress = progress_of_learner(), *map = map_json(lessons, count, &syllabus, met, is_done, progress);
    lessons_free(lessons, count);
    if (options.json) {
        json_dumpf(map, stdout, JSON_INDENT(2));
        putchar('\n');
        return 0;
    }
    size_t holes = map_print(map, stdout);
    if (holes)
        fprintf(stderr, "slipway: %zu topics and features are met nowhere\n", holes);
    return holes > 0;
}
