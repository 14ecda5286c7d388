/* Checking a bank against the course, and converting it: problems and notes are gathered, and told by whoever asked. */
#include "quizzes/bank_files.h"

#include "base/files.h"
#include "base/memory.h"
#include "lessons/lesson.h"
#include "lessons/syllabus.h"

#include <cmark.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct course_names {
    struct syllabus syllabus;
    struct lesson *lessons;
    size_t lesson_count;
};

void bank_lines_free(struct bank_lines *lines)
{
    strv_free(lines->problems);
    strv_free(lines->notes);
    free(lines->id);
    *lines = (struct bank_lines){0};
}

struct course_names *course_names_load(struct error *err)
{
    struct course_names *names = xcalloc(1, sizeof *names);
    if (syllabus_load(&names->syllabus, err) < 0) {
        free(names);
        return NULL;
    }
    lessons_load_readable(&names->lessons, &names->lesson_count);
    return names;
}

void course_names_free(struct course_names *names)
{
    if (!names)
        return;
    lessons_free(names->lessons, names->lesson_count);
    syllabus_free(&names->syllabus);
    free(names);
}

/* --- checking --- */

static void problem(struct bank_lines *lines, char *text)
{
    strv_take(&lines->problems, text);
    lines->count++;
}

/* From a question nothing leads to a file, and no picture is shown. */
static void check_links(const char *path, int line, const char *markdown, struct bank_lines *lines)
{
    cmark_node *document = cmark_parse_document(markdown, strlen(markdown), CMARK_OPT_DEFAULT);
    cmark_iter *walk = cmark_iter_new(document);
    for (cmark_event_type event; (event = cmark_iter_next(walk)) != CMARK_EVENT_DONE;) {
        cmark_node *node = cmark_iter_get_node(walk);
        bool picture = cmark_node_get_type(node) == CMARK_NODE_IMAGE, link = cmark_node_get_type(node) == CMARK_NODE_LINK;
        const char *url = picture || link ? cmark_node_get_url(node) : "";
        if (event == CMARK_EVENT_ENTER && picture)
            problem(lines, str_format("%s:%d: the picture \"%.80s\" is not shown; say it in words", path, line, url));
        else if (event == CMARK_EVENT_ENTER && link && !str_starts(url, "https://") && !str_starts(url, "http://"))
            problem(lines, str_format("%s:%d: the link \"%.80s\" leads nowhere; write a whole address, or lesson= in the heading",
                                      path, line, url));
    }
    cmark_iter_free(walk);
    cmark_node_free(document);
}

static void check_all_links(const char *path, const struct bank_question *question, struct bank_lines *lines)
{
    check_links(path, question->line, question->stem, lines);
    for (size_t i = 0; i < question->option_count; i++) {
        const struct bank_option *option = &question->options[i];
        if (question->type < QUESTION_SHORT)
            check_links(path, option->line, option->text, lines);
        check_links(path, option->line, option->explanation, lines);
    }
}

static void check_references(const char *path, const struct bank_question *question, const struct course_names *names,
                             struct bank_lines *lines)
{
    int line = question->line;
    cleanup_free char *labs = content_dir("labs");
    cleanup_free char *lab = question->lab ? str_format("%s/%s/lab.md", labs, question->lab) : NULL;
    if (!syllabus_topic(&names->syllabus, question->topic))
        problem(lines, str_format("%s:%d: there is no topic \"%s\"; lessons/topics.yaml lists them", path, line, question->topic));
    if (question->lesson && !lesson_find(names->lessons, names->lesson_count, question->lesson))
        problem(lines,
                str_format("%s:%d: there is no lesson \"%s\"; `slipway lesson list` names them", path, line, question->lesson));
    if (lab && !path_exists(lab))
        problem(lines, str_format("%s:%d: there is no lab \"%s\"; `slipway lab list` names them", path, line, question->lab));
    if (!*question->objective)
        problem(lines,
                str_format("%s:%d: question %s names no objective; write {... objective=what-it-asks}", path, line, question->id));
}

int bank_check(const char *path, const struct course_names *names, struct bank_lines *lines, struct error *err)
{
    size_t len;
    cleanup_free char *text = file_read(path, &len, err);
    if (!text)
        return -1;
    cleanup_bank struct bank bank = {0};
    lines->count = bank_parse(path, text, len, &bank, &lines->problems);
    lines->questions = bank.count;
    lines->id = bank.id ? xstrdup(bank.id) : NULL;
    for (size_t i = 0, parsed = lines->count; parsed == 0 && i < bank.count; i++) {
        check_references(path, &bank.questions[i], names, lines);
        check_all_links(path, &bank.questions[i], lines);
    }
    if (lines->count == 0)
        bank_advise(path, &bank, &lines->notes);
    return 0;
}

/* --- converting --- */

static const struct exchange_format *wanted_format(const char *name, const char *file, const char *text, struct error *err)
{
    const struct exchange_format *format = name ? exchange_format_named(name) : exchange_format_of(file, text);
    if (!format && name)
        error_set(err, EINVAL, "no such format: %s; there are gift, aiken, moodle-xml and csv", name);
    else if (!format)
        error_set(err, EINVAL, "%s does not say by its name what format it has; add --format gift, aiken, moodle-xml or csv", file);
    return format;
}

int bank_from_other(const char *path, const char *format, const struct exchange_defaults *defaults, struct buf *out,
                    struct bank_lines *lines, struct error *err)
{
    size_t len;
    cleanup_free char *text = file_read(path, &len, err);
    const struct exchange_format *wanted = text ? wanted_format(format, path, text, err) : NULL;
    if (!wanted)
        return -1;
    lines->count = exchange_import(wanted, path, text, len, defaults, out, &lines->problems, &lines->notes);
    return 0;
}

int bank_to_other(const char *path, const char *format, struct buf *out, struct bank_lines *lines, struct error *err)
{
    cleanup_bank struct bank bank = {0};
    const struct exchange_format *wanted = wanted_format(format, path, "", err);
    if (!wanted || bank_load(path, &bank, err) < 0)
        return -1;
    wanted->write(&bank, out, &lines->notes);
    lines->questions = bank.count;
    return 0;
}

static bool same_file(const char *one, const char *other)
{
    struct stat first, second;
    return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

int bank_file_write(const char *from, const char *to, const struct buf *text, struct error *err)
{
    if (same_file(from, to))
        return error_set(err, EINVAL, "%s is the file that is read; write to another", to);
    return file_replace(to, text->data, text->len, 0600, err);
}
