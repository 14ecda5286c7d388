/* Printing exams: Markdown goes through the lessons' pages, so that a question looks like a lesson does. */
#include "quizzes/exam_print.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "lessons/page.h"

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

void duration_text(int64_t ms, char out[DURATION_TEXT])
{
    long long seconds = ms / 1000, hours = seconds / 3600;
    if (hours)
        snprintf(out, DURATION_TEXT, "%lld:%02lld:%02lld", hours, seconds / 60 % 60, seconds % 60);
    else
        snprintf(out, DURATION_TEXT, "%lld:%02lld", seconds / 60, seconds % 60);
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

void print_question(const json_t *item, size_t count, int64_t left_ms)
{
    char left[DURATION_TEXT];
    duration_text(left_ms, left);
    bool multiple = str_equal(json_str(item, "type", ""), "multiple");
    printf("\nQuestion %lld of %zu  [%s]  %s%s left\n\n", json_num(item, "slot", 0), count, json_str(item, "topic", ""),
           json_flag(item, "flagged", false) ? "marked, " : "", left);
    print_markdown(json_str(item, "stem", ""), "");
    putchar('\n');
    size_t i;
    json_t *option;
    json_array_foreach(json_object_get(item, "options"), i, option)
    {
        const char *id = json_str(option, "id", "?");
        char first[16];
        snprintf(first, sizeof first, "  %s %s) ", has(json_object_get(item, "answer"), id) ? "*" : " ", id);
        print_markdown(json_str(option, "text", ""), first);
    }
    printf("\n%s\n", multiple ? "Choose all that are right." : "Choose one.");
}

void print_summary(const json_t *result)
{
    char used[DURATION_TEXT], whole[DURATION_TEXT];
    duration_text(json_num(result, "used_seconds", 0) * 1000, used);
    duration_text(json_num(result, "seconds", 0) * 1000, whole);
    printf("Attempt %lld, %s: %lld of %lld right, %lld %%, %s (pass mark %lld %%)\n", json_num(result, "attempt", 0),
           json_str(result, "title", ""), json_num(result, "score", 0), json_num(result, "max", 0), json_num(result, "percent", 0),
           json_flag(result, "passed", false) ? "passed" : "not passed", json_num(result, "pass", 0));
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

static void print_item(const json_t *item)
{
    printf("\n%lld. %s  [%s, %s]\n\n", json_num(item, "slot", 0), json_flag(item, "right", false) ? "Right" : "Wrong",
           json_str(item, "topic", ""), json_str(item, "id", ""));
    print_markdown(json_str(item, "stem", ""), "");
    size_t i;
    json_t *option;
    json_array_foreach(json_object_get(item, "options"), i, option)
    {
        const char *id = json_str(option, "id", "?");
        bool key = has(json_object_get(item, "key"), id), chosen = has(json_object_get(item, "answer"), id);
        char first[16];
        snprintf(first, sizeof first, "  %s) ", id);
        putchar('\n');
        print_markdown(json_str(option, "text", ""), first);
        if (key || chosen)
            printf("     [%s%s%s]\n", key ? "right" : "wrong", chosen ? ", " : "", chosen ? "your answer" : "");
        print_markdown(json_str(json_object_get(item, "explanations"), id, ""), "       ");
    }
}

void print_items(const json_t *result, int wrong_only)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(result, "items"), i, item)
    {
        if (!wrong_only || !json_flag(item, "right", false))
            print_item(item);
    }
}

void print_json(const json_t *doc)
{
    json_dumpf(doc, stdout, JSON_INDENT(2));
    putchar('\n');
}
