/* `slipway lesson list` and `slipway lesson show`: the lessons without the terminal UI. */
#include "lessons/lesson_commands.h"

#include "base/flags.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "lessons/html.h"
#include "lessons/lesson.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct options {
    bool json, plain, html;
    long long page;
};

static const struct flag list_flags[] = {
    {0, "json", FLAG_BOOL, offsetof(struct options, json), NULL, "Print JSON"},
    {0},
};
static const struct flag show_flags[] = {
    {'p', "page", FLAG_INT, offsetof(struct options, page), NULL, "Print only this page (from 1)"},
    {0, "html", FLAG_BOOL, offsetof(struct options, html), NULL, "The whole lesson as one HTML document"},
    {0, "plain", FLAG_BOOL, offsetof(struct options, plain), NULL, "No colours and 80 columns, for screen readers and pipes"},
    {0},
};

int lesson_fail(const struct error *err)
{
    fprintf(stderr, "slipway: %s\n", err->message);
    return 1;
}

int lesson_usage(const char *line, const struct flag *flags, const struct error *err)
{
    FILE *out = err->code == ECANCELED ? stdout : stderr;
    if (err->code != ECANCELED)
        fprintf(out, "slipway: %s\n", err->message);
    fprintf(out, "Usage:  slipway %s\n\nOptions:\n", line);
    flags_help(flags, out);
    return err->code == ECANCELED ? 0 : 1;
}

static void print_json(const struct lesson *lessons, size_t count)
{
    json_t *out = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(out,
                              json_pack("{s:s,s:s,s:s,s:i,s:i}", "slug", lessons[i].slug, "title", lessons[i].title, "summary",
                                        lessons[i].summary, "minutes", lessons[i].minutes, "pages", (int)lessons[i].page_count));
    json_dumpf(out, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(out);
}

static int command_list(const struct command_context *context, int argc, char **argv)
{
    if (flags_described(context, list_flags))
        return 0;
    struct options options = {0};
    char **rest;
    struct error err = ERROR_INIT;
    if (flags_parse(list_flags, &options, NULL, argc, argv, false, &rest, &err) < 0)
        return lesson_usage("lesson list [OPTIONS]", list_flags, &err);
    struct lesson *lessons;
    size_t count;
    if (lessons_load(&lessons, &count, &err) < 0)
        return lesson_fail(&err);
    if (options.json) {
        print_json(lessons, count);
    } else {
        printf("%-34s %-7s %s\n", "LESSON", "MINUTES", "TITLE");
        for (size_t i = 0; i < count; i++)
            printf("%-34s %-7d %s\n", lessons[i].slug, lessons[i].minutes, lessons[i].title);
    }
    lessons_free(lessons, count);
    return 0;
}

static int terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 20)
        return 80;
    return size.ws_col > 100 ? 100 : size.ws_col;
}

/* The answers come last, so that who reads from top to bottom meets the questions first. */
static void print_answers(const struct pages *pages, long long wanted, int width, bool colour)
{
    bool any = false;
    for (size_t i = 0; i < pages->count; i++)
        for (size_t j = 0; j < pages->list[i].count; j++)
            any = any || ((!wanted || wanted == (long long)i + 1) && pages->list[i].blocks[j].kind == BLOCK_PREDICT);
    if (any)
        printf("Answers to the questions\n\n");
    for (size_t i = 0; any && i < pages->count; i++)
        if (!wanted || wanted == (long long)i + 1)
            page_print_answers(&pages->list[i], width, colour, stdout);
}

static void print_list(const char *head, char *const *list)
{
    if (list && *list)
        printf("%s\n", head);
    for (; list && *list; list++)
        printf(" - %s\n", *list);
    if (list)
        putchar('\n');
}

static int show(struct lesson *lesson, const struct options *options)
{
    const struct pages *pages = lesson_pages(lesson);
    long long wanted = options->page;
    if (options->html) {
        lesson_html(lesson, stdout);
        return 0;
    }
    if (wanted < 0 || wanted > (long long)pages->count) {
        fprintf(stderr, "slipway: lesson %s has no page %lld: it has pages 1 to %zu\n", lesson->slug, wanted, pages->count);
        return 1;
    }
    bool colour = !options->plain && isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
    int width = options->plain ? 80 : terminal_width();
    if (!wanted) {
        printf("%s\n\n%s\n\n", lesson->title, lesson->summary);
        print_list("Afterwards you can", lesson->objectives);
    }
    for (size_t i = 0; i < pages->count; i++)
        if (!wanted || wanted == (long long)i + 1)
            page_print(&pages->list[i], width, colour, stdout);
    print_answers(pages, wanted, width, colour);
    if (!wanted)
        print_list("To read on", lesson->reading);
    return 0;
}

static int command_show(const struct command_context *context, int argc, char **argv)
{
    if (flags_described(context, show_flags))
        return 0;
    struct options options = {0};
    char **rest;
    struct error err = ERROR_INIT;
    int r = flags_parse(show_flags, &options, NULL, argc, argv, false, &rest, &err);
    if (r == 0 && strv_len(rest) != 1)
        r = error_set(&err, EINVAL, "\"slipway lesson show\" requires exactly 1 argument.");
    if (r < 0)
        return lesson_usage("lesson show [OPTIONS] LESSON", show_flags, &err);
    struct lesson *lessons;
    size_t count;
    if (lessons_load(&lessons, &count, &err) < 0)
        return lesson_fail(&err);
    struct lesson *lesson = lesson_find(lessons, count, rest[0]);
    if (lesson)
        r = show(lesson, &options);
    else
        r = fprintf(stderr, "slipway: no such lesson: %s; `slipway lesson list` names them\n", rest[0]) > 0;
    lessons_free(lessons, count);
    return r;
}

const struct command lesson_commands[] = {
    {"lesson list", "", "[OPTIONS]", "List the lessons", OPERAND_NOTHING, command_list},
    {"lesson show", "", "[OPTIONS] LESSON", "Print a lesson", OPERAND_LESSON, command_show},
    {"lesson recall", "", "LESSON", "Ask what stayed of a lesson", OPERAND_LESSON, lesson_recall_command},
    {"lesson map", "", "[OPTIONS]", "Show which lesson teaches what, and what none does", OPERAND_NOTHING, lesson_map_command},
    {"lesson lint", "", "[LESSON...]", "Check how lessons are written", OPERAND_LESSON, lesson_lint_command},
    {"lesson test", "", "[OPTIONS] [LESSON...]", "Run what lessons run, as their readers would", OPERAND_LESSON,
     lesson_test_command},
    {0},
};
