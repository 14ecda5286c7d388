/* The lint of lessons: what they may refer to, one lesson after the other, and what lies between them. */
#include "lessons/lesson_lint.h"

#include "base/files.h"
#include "base/frontmatter.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "lessons/lesson.h"
#include "quizzes/bank/bank.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static int is_markdown(const struct dirent *entry) { return entry->d_name[0] != '.' && str_ends(entry->d_name, ".md"); }

static int load_questions(struct question_names *names, struct error *err)
{
    cleanup_free char *folder = content_dir("quizzes");
    struct dirent **files;
    int found = scandir(folder, &files, is_markdown, alphasort), r = 0;
    for (int i = 0; i < found; i++) {
        cleanup_free char *path = path_join(folder, files[i]->d_name);
        struct bank bank = {0};
        if (r == 0 && (r = bank_load(path, &bank, err)) == 0)
            for (size_t j = 0; j < bank.count; j++)
                if (bank.questions[j].type <= QUESTION_TRUEFALSE) /* those that are answered by letters, as a lesson asks */
                    question_names_add(names, bank.id, bank.questions[j].id, bank.questions[j].topic);
        bank_free(&bank);
        free(files[i]);
    }
    if (found >= 0)
        free(files);
    return r;
}

int lint_open(struct lint *lint, struct error *err)
{
    *lint = (struct lint){.labs = content_dir("labs")};
    int r = syllabus_load(&lint->syllabus, err);
    if (r == 0)
        r = load_questions(&lint->questions, err);
    if (r == 0)
        lessons_load_readable(&lint->lessons, &lint->count);
    else
        lint_close(lint);
    return r;
}

void lint_close(struct lint *lint)
{
    syllabus_free(&lint->syllabus);
    question_names_free(&lint->questions);
    lessons_free(lint->lessons, lint->count);
    free(lint->labs);
    *lint = (struct lint){0};
}

void lint_problem(struct lint *lint, int line, const char *field, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cleanup_free char *what = str_vformat(format, args);
    va_end(args);
    strv_take(lint->problems, str_format("%s:%d: %s: %s", lint->path, line, field, what));
}

static struct lesson *lesson_at(const struct lint *lint, const char *path)
{
    for (size_t i = 0; i < lint->count; i++)
        if (str_equal(lint->lessons[i].path, path))
            return &lint->lessons[i];
    return NULL;
}

static bool has_number(const char *path)
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    return isdigit((unsigned char)name[0]) && isdigit((unsigned char)name[1]) && name[2] == '-' && islower((unsigned char)name[3]);
}

/* What holds for every line, whatever it is part of. */
static void check_lines(struct lint *lint)
{
    for (int i = 0; lint->source[i]; i++) {
        if (strstr(lint->source[i], "\u2014"))
            lint_problem(lint, i + 1, "text", "an em dash; write two sentences, or a comma or a colon");
        if (strchr(lint->source[i], '\t'))
            lint_problem(lint, i + 1, "text", "a tab, which is as wide as each terminal likes; write blanks");
        for (const char *p = lint->source[i]; *p; p++)
            if ((unsigned char)*p < ' ' && *p != '\t') {
                lint_problem(lint, i + 1, "text", "a control character (0x%02x); take it out", *p);
                break;
            }
    }
}

size_t lesson_lint(struct lint *lint, const char *path, char ***problems)
{
    size_t before = strv_len(*problems);
    struct error err = ERROR_INIT;
    const char *body;
    cleanup_free char *text = file_read(path, NULL, &err);
    cleanup_json json_t *head = text ? front_matter_parse(path, text, &body, &err) : NULL;
    lint->path = path;
    lint->problems = problems;
    if (!head) {
        strv_add(problems, err.message);
        return 1;
    }
    lint->source = str_split(text, '\n');
    struct lesson *lesson = lesson_at(lint, path);
    if (!has_number(path))
        lint_problem(lint, 1, "name", "a lesson's file is called NN-slug.md, NN being its place in the course");
    check_lines(lint);
    lint_head(lint, head, lesson ? lesson->slug : "");
    if (lesson)
        lint_body(lint, lesson);
    strv_free(lint->source);
    lint->source = NULL;
    return strv_len(*problems) - before;
}

/* Follows prerequisites; `way` ends with the lesson asked about. True when it comes back to where it began. */
static bool comes_back(struct lint *lint, const char *slug, char ***way, bool *seen)
{
    struct lesson *lesson = lesson_find(lint->lessons, lint->count, slug);
    if (!lesson || seen[lesson - lint->lessons])
        return false;
    seen[lesson - lint->lessons] = true;
    for (char **next = lesson->prerequisites; next && *next; next++) {
        strv_add(way, *next);
        if (str_equal(*next, (*way)[0]) || comes_back(lint, *next, way, seen))
            return true;
        size_t len = strv_len(*way);
        free((*way)[len - 1]);
        (*way)[len - 1] = NULL;
    }
    return false;
}

size_t lessons_lint(struct lint *lint, char ***problems)
{
    size_t before = strv_len(*problems);
    for (size_t i = 0; i < lint->count; i++) {
        struct lesson *lesson = &lint->lessons[i];
        cleanup_strv char **way = NULL;
        cleanup_free bool *seen = xcalloc(lint->count, sizeof *seen);
        strv_add(&way, lesson->slug);
        if (comes_back(lint, lesson->slug, &way, seen)) {
            cleanup_free char *text = strv_join(way, " -> ");
            strv_take(problems, str_format("%s:1: prerequisites: they go in a circle: %s; take one out", lesson->path, text));
        }
        if (lesson_find(lint->lessons, lint->count, lesson->slug) != lesson)
            strv_take(problems, str_format("%s:1: name: another lesson is called \"%s\" too; name one of them anew", lesson->path,
                                           lesson->slug));
    }
    return strv_len(*problems) - before;
}
