/* `slipway exam learn`: what is due by spaced repetition and a few new questions, line by line, each with its explanation at once
 * and when it comes back. `slipway quiz due`: how many wait in each domain. */
#include "quizzes/exam_commands.h"

#include "base/flags.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"
#include "quizzes/engine_asked.h"
#include "quizzes/exam_answer.h"
#include "quizzes/exam_print.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *domain, *engine, *host;
    long long count, fresh;
    bool json;
};

static const struct flag learn_flags[] = {
    {'d', "domain", FLAG_STRING, offsetof(struct options, domain), "D", "Only questions of this domain"},
    {0, "engine", FLAG_STRING, offsetof(struct options, engine), "version", ENGINE_FLAG_HELP},
    {'n', "count", FLAG_INT, offsetof(struct options, count), "N", "Questions at most (default 20)"},
    {0, "new", FLAG_INT, offsetof(struct options, fresh), "N", "Of these, at most so many that were never asked (default 10)"},
    {0}};
static const struct flag due_flags[] = {{0, "json", FLAG_BOOL, offsetof(struct options, json), NULL, "Print JSON"}, {0}};

static int fail(const struct error *err)
{
    fprintf(stderr, "slipway: %s\n", err->message);
    return 1;
}

static int usage(const char *line, const struct flag *flags, const char *problem)
{
    FILE *out = problem ? stderr : stdout;
    if (problem)
        fprintf(out, "slipway: %s\n", problem);
    fprintf(out, "Usage:  slipway %s\n\nOptions:\n", line);
    flags_help(flags, out);
    return problem ? 1 : 0;
}

static int ask_due(const struct options *options, json_t **reply, struct error *err)
{
    cleanup_json json_t *request = json_pack("{s:s,s:s,s:I,s:I}", "op", "learn.due", "domain", str_or(options->domain, ""), "count",
                                             (json_int_t)options->count, "new", (json_int_t)options->fresh);
    if (class_import_shipped(err) < 0 || engine_ask(options->engine, options->host, request, err) < 0)
        return -err->code;
    return class_call(request, reply, err);
}

/* "in 10 minutes", "in 3 days"; "now" for what has passed. */
static void wait_text(long long seconds, char *out, size_t room)
{
    static const struct {
        long long seconds;
        const char *name;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}};
    snprintf(out, room, "now");
    for (size_t i = 0; i < ARRAY_LEN(units) && seconds > 0; i++) {
        long long count = (seconds + units[i].seconds / 2) / units[i].seconds;
        if (seconds < units[i].seconds && i + 1 < ARRAY_LEN(units))
            continue;
        count = count ? count : 1;
        snprintf(out, room, "in %lld %s%s", count, units[i].name, count == 1 ? "" : "s");
        return;
    }
}

static void print_item(const json_t *item, size_t number, size_t count)
{
    printf("\nQuestion %zu of %zu  [%s]  %s\n\n", number, count, json_str(item, "topic", ""),
           json_is_null(json_object_get(item, "due")) ? "new" : "due");
    print_markdown(json_str(item, "stem", ""), "");
    putchar('\n');
    size_t i;
    json_t *option;
    json_array_foreach(json_object_get(item, "options"), i, option)
    {
        char first[16];
        snprintf(first, sizeof first, "  %s) ", json_str(option, "id", "?"));
        print_markdown(json_str(option, "text", ""), first);
    }
    json_array_foreach(json_object_get(item, "counterparts"), i, option)
    {
        char first[16];
        snprintf(first, sizeof first, "  %s) ", json_str(option, "id", "?"));
        print_markdown(json_str(option, "text", ""), first);
    }
    printf("\n%s\n", exam_answer_hint(item));
}

static void tell(const json_t *verdict)
{
    char when[48];
    const char *letter;
    json_t *why;
    printf("\n%s\n", json_flag(verdict, "right", false) ? "Right." : "Not quite.");
    json_object_foreach(json_object_get(verdict, "explanations"), letter, why)
    {
        size_t index;
        json_t *key;
        bool is_key = false;
        json_array_foreach(json_object_get(verdict, "key"), index, key) is_key |= str_equal(json_string_value(key), letter);
        char first[32];
        snprintf(first, sizeof first, "  %s) %s: ", letter, is_key ? "right" : "wrong");
        print_markdown(str_or(json_string_value(why), ""), first);
    }
    wait_text(json_num(verdict, "wait", 0), when, sizeof when);
    printf("Next review: %s.\n", when);
}

/* One line as an answer to this question; NULL when there is no more or the learner stops. What is no answer is asked again. */
static json_t *read_answer(const json_t *item)
{
    cleanup_free char *line = NULL;
    size_t room = 0;
    for (;;) {
        printf("\nYour answer (q stops): ");
        fflush(stdout);
        if (getline(&line, &room, stdin) < 0)
            return NULL;
        const char *text = str_trim(line);
        if (str_equal(text, "q"))
            return NULL;
        json_t *answer = exam_answer_parse(item, text);
        if (answer)
            return answer;
        printf("\"%s\" is no answer to this question. %s\n", text, exam_answer_hint(item));
    }
}

/* 1 right, 0 wrong, -ENODATA when the learner stops. */
static int pose(const json_t *item, struct error *err)
{
    for (;;) {
        cleanup_json json_t *letters = read_answer(item), *verdict = NULL;
        if (!letters)
            return -ENODATA;
        cleanup_json json_t *request =
            json_pack("{s:s,s:s,s:s,s:O,s:s}", "op", "practice.answer", "bank", json_str(item, "bank", ""), "id",
                      json_str(item, "id", ""), "answer", letters, "about", "learn");
        int r = class_call(request, &verdict, err);
        if (r == -EINVAL) {
            printf("%s\n", err->message);
            *err = (struct error)ERROR_INIT;
            continue;
        }
        if (r < 0)
            return r;
        tell(verdict);
        return json_flag(verdict, "right", false);
    }
}

static int learn(const json_t *items, struct error *err)
{
    size_t count = json_array_size(items), asked = 0;
    int right = 0, r = 0;
    for (; asked < count && r >= 0; asked++) {
        const json_t *item = json_array_get(items, asked);
        print_item(item, asked + 1, count);
        r = pose(item, err);
        if (r < 0)
            break;
        right += r;
    }
    if (r < 0 && r != -ENODATA)
        return r;
    printf("\n%d of %zu right.\n", right, asked);
    return 0;
}

int exam_learn_command(const struct command_context *context, int argc, char **argv)
{
    if (flags_described(context, learn_flags))
        return 0;
    struct options options = {.count = 20, .fresh = 10, .host = context->host};
    struct error err = ERROR_INIT;
    char **rest;
    int r = flags_parse(learn_flags, &options, NULL, argc, argv, false, &rest, &err);
    if (r < 0 || *rest)
        return usage("exam learn [OPTIONS]", learn_flags,
                     r == -ECANCELED ? NULL
                     : r < 0         ? err.message
                                     : "exam learn takes no operands; --domain chooses what is asked");
    cleanup_json json_t *reply = NULL;
    if (ask_due(&options, &reply, &err) < 0)
        return fail(&err);
    const json_t *items = json_object_get(reply, "items");
    if (json_array_size(items) == 0) {
        printf("Nothing is due. `slipway quiz due` tells when the next ones are.\n");
        return 0;
    }
    cleanup_free char *about = engine_told(reply);
    if (about)
        printf("%s.\n", about);
    return learn(items, &err) < 0 ? fail(&err) : 0;
}

int quiz_due_command(const struct command_context *context, int argc, char **argv)
{
    if (flags_described(context, due_flags))
        return 0;
    struct options options = {0};
    struct error err = ERROR_INIT;
    char **rest;
    int r = flags_parse(due_flags, &options, NULL, argc, argv, false, &rest, &err);
    if (r < 0 || *rest)
        return usage("quiz due [OPTIONS]", due_flags, r == -ECANCELED ? NULL : r < 0 ? err.message : "quiz due takes no operands");
    cleanup_json json_t *reply = NULL;
    if (ask_due(&options, &reply, &err) < 0)
        return fail(&err);
    json_object_del(reply, "ok");
    json_object_del(reply, "items");
    if (options.json) {
        print_json(reply);
        return 0;
    }
    size_t i;
    json_t *domain;
    printf("%-16s %5s %6s %6s  %s\n", "DOMAIN", "DUE", "SEEN", "NEW", "NEXT");
    json_array_foreach(json_object_get(reply, "domains"), i, domain)
    {
        char when[48] = "";
        if (!json_is_null(json_object_get(domain, "next")))
            wait_text(json_num(domain, "wait", 0), when, sizeof when);
        printf("%-16s %5lld %6lld %6lld  %s\n", json_str(domain, "domain", ""), json_num(domain, "due", 0),
               json_num(domain, "seen", 0), json_num(domain, "new", 0), when);
    }
    printf("\n%lld due; `slipway exam learn` asks them.\n", json_num(reply, "due", 0));
    return 0;
}
