/* `slipway lesson recall`: the questions at the end of a lesson, asked line by line, for terminals without the UI and for screen
 * readers. What is right is told by the school when the answer is given. */
#include "lessons/lesson_commands.h"

#include "base/flags.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "lessons/lesson.h"
#include "lessons/recall.h"
#include "quizzes/class_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct flag no_flags[] = {{0}};

/* Markdown of a bank as plain text, with `first` before it. */
static void say(const char *first, const char *markdown)
{
    struct pages pages;
    cleanup_free char *text = str_format("%s%s", first, markdown);
    pages_parse(text, &pages);
    for (size_t i = 0; i < pages.count; i++)
        page_print(&pages.list[i], 80, 0, stdout);
    pages_free(&pages);
}

static void ask(const json_t *item, size_t number, size_t count)
{
    bool several = str_equal(json_str(item, "type", ""), "multiple");
    printf("Question %zu of %zu%s\n\n", number, count, several ? ", several answers are right" : "");
    say("", json_str(item, "stem", ""));
    size_t index;
    json_t *option;
    json_array_foreach(json_object_get(item, "options"), index, option)
    {
        cleanup_free char *letter = str_format("%s) ", json_str(option, "id", ""));
        say(letter, json_str(option, "text", ""));
    }
}

/* The letters of a line; NULL at the end of the input. */
static json_t *read_letters(void)
{
    cleanup_free char *line = NULL;
    size_t room = 0;
    printf("Your answer: ");
    fflush(stdout);
    if (getline(&line, &room, stdin) < 0)
        return NULL;
    json_t *letters = json_array();
    for (const char *p = line; *p; p++)
        if (*p >= 'a' && *p <= 'h')
            json_array_append_new(letters, json_stringn(p, 1));
    return letters;
}

static void tell(const json_t *verdict)
{
    const char *letter;
    json_t *why;
    printf("%s\n\n", json_flag(verdict, "right", false) ? "Right." : "Not quite.");
    json_object_foreach(json_object_get(verdict, "explanations"), letter, why)
    {
        size_t index;
        json_t *key;
        bool is_key = false;
        json_array_foreach(json_object_get(verdict, "key"), index, key) is_key |= str_equal(json_string_value(key), letter);
        cleanup_free char *first = str_format("%s is %s: ", letter, is_key ? "right" : "wrong");
        say(first, str_or(json_string_value(why), ""));
    }
}

/* 1 right, 0 wrong, -ENODATA when the input is over. */
static int pose(const json_t *item, const char *lesson, size_t number, size_t count, struct error *err)
{
    ask(item, number, count);
    for (;;) {
        cleanup_json json_t *letters = read_letters(), *verdict = NULL;
        if (!letters)
            return error_set(err, ENODATA, "the input is over");
        cleanup_json json_t *request =
            json_pack("{s:s,s:s,s:s,s:O,s:s}", "op", "practice.answer", "bank", json_str(item, "bank", ""), "id",
                      json_str(item, "id", ""), "answer", letters, "about", lesson);
        int r = class_call(request, &verdict, err);
        if (r == -EINVAL) {
            printf("Answer with the letter of an option.\n");
            continue;
        }
        if (r < 0)
            return r;
        tell(verdict);
        return json_flag(verdict, "right", false);
    }
}

static int recall_lesson(struct lesson *lesson, struct error *err)
{
    cleanup_json json_t *items = json_array();
    const struct pages *pages = lesson_pages(lesson);
    int right = 0;
    for (size_t i = 0; i < pages->count; i++)
        for (size_t j = 0; j < pages->list[i].count; j++)
            if (pages->list[i].blocks[j].kind == BLOCK_RECALL && recall_draw(pages->list[i].blocks[j].text, items, err) < 0)
                return -err->code;
    size_t count = json_array_size(items);
    setvbuf(stdin, NULL, _IONBF, 0); /* what comes after the answers is for who started us */
    if (count == 0)
        return error_set(err, ENOENT, "lesson %s asks no questions at its end", lesson->slug);
    for (size_t i = 0; i < count; i++) {
        int r = pose(json_array_get(items, i), lesson->slug, i + 1, count, err);
        if (r < 0)
            return r;
        right += r;
    }
    printf("%d of %zu right\n", right, count);
    return 0;
}

int lesson_recall_command(const struct command_context *context, int argc, char **argv)
{
    if (flags_described(context, no_flags))
        return 0;
    char **rest;
    struct error err = ERROR_INIT;
    int r = flags_parse(no_flags, NULL, NULL, argc, argv, false, &rest, &err);
    if (r == 0 && strv_len(rest) != 1)
        r = error_set(&err, EINVAL, "\"slipway lesson recall\" requires exactly 1 argument.");
    if (r < 0)
        return lesson_usage("lesson recall LESSON", no_flags, &err);
    struct lesson *lessons;
    size_t count;
    if (lessons_load(&lessons, &count, &err) < 0)
        return lesson_fail(&err);
    struct lesson *lesson = lesson_find(lessons, count, rest[0]);
    if (lesson)
        r = recall_lesson(lesson, &err);
    else
        r = error_set(&err, ENOENT, "no such lesson: %s; `slipway lesson list` names them", rest[0]);
    lessons_free(lessons, count);
    return r < 0 ? lesson_fail(&err) : 0;
}
