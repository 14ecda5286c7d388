/* Printing exams: Markdown goes through the lessons' pages, so that a question looks like a lesson does. */
#include "quizzes/exam_print.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "lessons/page.h"
#include "quizzes/exam_answer.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int width(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 40 ? 80 : size.ws_col > 100 ? 100 : size.ws_col;
}

static bool colour(void) { return isatty(STDOUT_FILENO) && str_empty(getenv("NO_COLOR")); }

void clock_face(int64_t ms, char out[CLOCK_FACE])
{
    long long seconds = ms / 1000, hours = seconds / 3600;
    if (hours)
        snprintf(out, CLOCK_FACE, "%lld:%02lld:%02lld", hours, seconds / 60 % 60, seconds % 60);
    else
        snprintf(out, CLOCK_FACE, "%lld:%02lld", seconds / 60, seconds % 60);
}

/* `markdown` as plain lines, at most `columns` wide; allocated. */
static char *rendered(const char *markdown, int columns)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct pages pages;
    pages_parse(markdown, &pages);
    for (size_t i = 0; i < pages.count; i++)
        page_print(&pages.list[i], columns, colour(), out);
    pages_free(&pages);
    fclose(out);
    return text;
}

void print_markdown(const char *markdown, const char *first)
{
    int indent = (int)strlen(first);
    cleanup_free char *text = rendered(markdown, width() - indent);
    size_t len = strlen(text);
    while (len && text[len - 1] == '\n')
        text[--len] = 0;
    cleanup_strv char **lines = str_split(text, '\n');
    for (size_t i = 0; lines[i]; i++)
        printf("%*s%s\n", i && *lines[i] ? indent : 0, i ? "" : first, lines[i]);
    if (!lines[0])
        printf("%s\n", first);
}

static bool has(const json_t *letters, const char *letter)
{
    size_t i;
    json_t *value;
    json_array_foreach(letters, i, value)
    {
        if (str_equal(json_string_value(value), letter))
            return true;
    }
    return false;
}

/* Whether a letter is chosen; letters of an order or of pairs mark nothing. */
static bool is_chosen(const json_t *item, const char *id)
{
    const char *type = json_str(item, "type", "");
    return !str_equal(type, "ordering") && !str_equal(type, "matching") && has(json_object_get(item, "answer"), id);
}

void print_question(const json_t *item, size_t count, int64_t left_ms)
{
    char left[CLOCK_FACE] = "";
    if (left_ms >= 0)
        clock_face(left_ms, left);
    printf("\nQuestion %lld of %zu  [%s]  %s%s%s\n\n", json_num(item, "slot", 0), count, json_str(item, "topic", ""),
           json_flag(item, "flagged", false) ? "marked, " : "", left, left_ms >= 0 ? " left" : "");
    print_markdown(json_str(item, "stem", ""), "");
    putchar('\n');
    size_t i;
    json_t *option;
    json_array_foreach(json_object_get(item, "options"), i, option)
    {
        const char *id = json_str(option, "id", "?");
        char first[32];
        const json_t *said = json_object_get(option, "said");
        if (said)
            snprintf(first, sizeof first, "  %-3s ", json_is_true(said) ? "yes" : "no");
        else
            snprintf(first, sizeof first, "  %s %s) ", is_chosen(item, id) ? "*" : " ", id);
        print_markdown(json_str(option, "text", ""), first);
    }
    json_array_foreach(json_object_get(item, "counterparts"), i, option)
    {
        char first[32];
        snprintf(first, sizeof first, "    %zu: ", i + 1);
        print_markdown(json_str(option, "text", ""), first);
    }
    if (json_object_get(item, "lab"))
        printf("The lab: slipway lab start %s\n", json_str(item, "lab", ""));
    cleanup_free char *answer = exam_answer_text(item);
    if (*answer && !json_flag(item, "domc", false))
        printf("\nYour answer: %s\n", answer);
    printf("\n%s\n", exam_answer_hint(item));
}

void print_summary(const json_t *result)
{
    if (json_is_string(json_object_get(result, "withheld"))) {
        printf("Attempt %lld is handed in; its result is shown from %s on.\nYour receipt: %s\n", json_num(result, "attempt", 0),
               json_str(result, "withheld", ""), json_str(result, "receipt", ""));
        return;
    }
    char used[CLOCK_FACE], whole[CLOCK_FACE];
    clock_face(json_num(result, "used_seconds", 0) * 1000, used);
    clock_face(json_num(result, "seconds", 0) * 1000, whole);
    if (json_object_get(result, "score"))
        printf("Attempt %lld, %s: %g of %lld right, %lld %%, %s (pass mark %lld %%)\n", json_num(result, "attempt", 0),
               json_str(result, "title", ""), json_number_value(json_object_get(result, "score")), json_num(result, "max", 0),
               json_num(result, "percent", 0), json_flag(result, "passed", false) ? "passed" : "not passed",
               json_num(result, "pass", 0));
    else
        printf("Attempt %lld, %s: the mark is shown later\n", json_num(result, "attempt", 0), json_str(result, "title", ""));
    if (json_object_get(result, "held"))
        printf("%s\n", json_str(result, "held", ""));
    printf("%s after %s of %s\n\n", str_equal(json_str(result, "reason", ""), "expired") ? "The time ran out" : "Finished", used,
           whole);
    printf("%-24s %s\n", "TOPIC", "RIGHT");
    size_t i;
    json_t *topic;
    json_array_foreach(json_object_get(result, "topics"), i, topic)
    {
        printf("%-24s %lld of %lld\n", json_str(topic, "topic", ""), json_num(topic, "right", 0), json_num(topic, "total", 0));
    }
    printf("\nReceipt: %s\n", json_str(result, "receipt", ""));
}

static const char *verdict(const json_t *item)
{
    if (json_flag(item, "pending", false))
        return "To be graded";
    double points = json_number_value(json_object_get(item, "points"));
    return !json_object_get(item, "right")   ? "Answered"
           : json_flag(item, "right", false) ? "Right"
           : points > 0                      ? "Partly right"
                                             : "Wrong";
}

/* Of typed answers: what is right, and why what was typed is not. */
static void print_patterns(const json_t *item)
{
    size_t i;
    json_t *pattern;
    json_array_foreach(json_object_get(item, "patterns"), i, pattern)
    {
        bool key = json_flag(pattern, "key", false), met = json_flag(pattern, "met", false);
        if (!key && !met)
            continue;
        printf("\n  %s%s: %s\n", key ? "right" : "wrong", met ? ", your answer" : "", json_str(pattern, "text", ""));
        print_markdown(json_str(pattern, "explanation", ""), "       ");
    }
}

/* "c a b", or "a2 b1": the key of what is ordered or matched. */
static void print_whole_key(const json_t *item)
{
    cleanup_json json_t *right =
        json_pack("{s:O?,s:O?}", "type", json_object_get(item, "type"), "answer", json_object_get(item, "key"));
    cleanup_free char *text = exam_answer_text(right);
    if (*text)
        printf("\n  right: %s\n", text);
}

/* Where the question's subject is taught, and where it is written down. */
static void print_reading(const json_t *item)
{
    const char *lesson = json_str(item, "lesson", NULL), *man = json_str(item, "man", NULL);
    if (lesson)
        printf("\n  lesson: slipway lesson show %s\n", lesson);
    if (man)
        printf("%s  manual: man %s\n", lesson ? "" : "\n", man);
}

/* What graders gave and wrote; they stay unnamed. */
static void print_graded(const json_t *graded)
{
    size_t i, k;
    json_t *mark, *criterion;
    if (graded)
        printf("\n  graded: %g of %g points\n", json_number_value(json_object_get(graded, "points")),
               json_number_value(json_object_get(graded, "most")));
    json_array_foreach(json_object_get(graded, "marks"), i, mark)
    {
        json_array_foreach(json_object_get(mark, "criteria"), k, criterion)
        {
            cleanup_free char *line = str_format("    %g of %g: ", json_number_value(json_object_get(criterion, "points")),
                                                 json_number_value(json_object_get(criterion, "most")));
            print_markdown(json_str(criterion, "what", ""), line);
        }
        if (*json_str(mark, "comment", ""))
            print_markdown(json_str(mark, "comment", ""), "    > ");
    }
}

void print_answered(const json_t *item)
{
    printf("\n%lld. %s  [%s, %s]\n\n", json_num(item, "slot", 0), verdict(item), json_str(item, "topic", ""),
           json_str(item, "id", ""));
    print_markdown(json_str(item, "stem", ""), "");
    size_t i;
    json_t *option;
    const char *type = json_str(item, "type", "");
    bool marks = !str_equal(type, "ordering") && !str_equal(type, "matching");
    json_array_foreach(json_object_get(item, "options"), i, option)
    {
        const char *id = json_str(option, "id", "?");
        bool key = marks && has(json_object_get(item, "key"), id), chosen = is_chosen(item, id);
        char first[32];
        snprintf(first, sizeof first, "  %s) ", id);
        putchar('\n');
        print_markdown(json_str(option, "text", ""), first);
        if (json_object_get(option, "said"))
            printf("     [you said %s]\n", json_flag(option, "said", false) ? "yes" : "no");
        if (json_object_get(item, "key") && (key || chosen))
            printf("     [%s%s%s]\n", key ? "right" : "wrong", chosen ? ", " : "", chosen ? "your answer" : "");
        const char *why = json_str(json_object_get(item, "explanations"), id, "");
        if (*why)
            print_markdown(why, "       ");
    }
    json_array_foreach(json_object_get(item, "counterparts"), i, option)
    {
        char first[32];
        snprintf(first, sizeof first, "    %zu: ", i + 1);
        print_markdown(json_str(option, "text", ""), first);
    }
    cleanup_free char *answer = exam_answer_text(item);
    if (!marks || json_object_get(item, "patterns") || json_is_string(json_object_get(item, "answer")))
        printf("\n  your answer: %s\n", str_or(answer, "none"));
    if (!marks)
        print_whole_key(item);
    print_patterns(item);
    if (json_object_get(item, "rubric"))
        printf("\n  graded by:\n%s", json_str(item, "rubric", ""));
    print_graded(json_object_get(item, "graded"));
    print_reading(item);
}

void print_items(const json_t *result, int wrong_only)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(result, "items"), i, item)
    {
        if (!wrong_only || !json_flag(item, "right", false))
            print_answered(item);
    }
}

void print_json(const json_t *doc)
{
    json_dumpf(doc, stdout, JSON_INDENT(2));
    putchar('\n');
}
