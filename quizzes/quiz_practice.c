/* `slipway quiz practice`: questions one by one, told at once whether the answer is right and why; a question that has a proof can
 * be watched being proven. Keys come with the verdict, never before. */
#include "quizzes/exam_commands.h"

#include "base/flags.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"
#include "quizzes/engine_asked.h"
#include "quizzes/exam_answer.h"
#include "quizzes/exam_print.h"
#include "quizzes/prove.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct options {
    const char *topic, *engine;
    long long count;
};

static const struct flag flags[] = {
    {0, "topic", FLAG_STRING, offsetof(struct options, topic), "ID", "Questions of this topic of the course"},
    {0, "engine", FLAG_STRING, offsetof(struct options, engine), "version", ENGINE_FLAG_HELP},
    {'n', "count", FLAG_INT, offsetof(struct options, count), "N", "How many (default 10, at most 20)"},
    {0}};

static int fail(const struct error *err)
{
    fprintf(stderr, "slipway: %s\n", err->message);
    return 1;
}

/* One line of the input without its newline; NULL at the end. */
static char *read_answer(char *room, size_t size)
{
    printf("> ");
    fflush(stdout);
    if (!fgets(room, (int)size, stdin))
        return NULL;
    room[strcspn(room, "\n")] = 0;
    return str_trim(room);
}

/* The proof as it is run, and what comes of it. */
static void watch(const struct command_context *context, const json_t *item, const json_t *verdict)
{
    printf("\n%s\n", json_str(verdict, "proof.script", ""));
    fflush(stdout);
    prove_item(context->host, item, verdict, stdout);
}

static int judge(json_t *item, json_t *answer, json_t **verdict, struct error *err)
{
    cleanup_json json_t *request =
        json_pack("{s:s,s:O?,s:O?,s:O,s:s}", "op", "practice.answer", "bank", json_object_get(item, "bank"), "id",
                  json_object_get(item, "id"), "answer", answer, "about", "practice");
    int r = class_call(request, verdict, err);
    if (r == 0) {
        json_object_set(item, "answer", answer);
        json_object_update(item, *verdict);
    }
    return r;
}

/* 1 to go on, 0 to stop. */
static int after_verdict(const struct command_context *context, const json_t *item, const json_t *verdict)
{
    char room[256];
    bool proof = json_object_get(verdict, "proof") != NULL;
    for (;;) {
        printf("\nEnter goes on%s, q ends.\n", proof ? ", w watches the proof" : "");
        char *line = read_answer(room, sizeof room);
        if (!line || str_equal(line, "q"))
            return 0;
        if (!proof || !str_equal(line, "w"))
            return 1;
        watch(context, item, verdict);
    }
}

static int ask(const struct command_context *context, json_t *item, size_t number, size_t count, long long *right)
{
    char room[2048];
    json_object_set_new(item, "slot", json_integer((json_int_t)number));
    print_question(item, count, -1);
    for (;;) {
        struct error err = ERROR_INIT;
        char *line = read_answer(room, sizeof room);
        if (!line || str_equal(line, "q"))
            return 0;
        cleanup_json json_t *answer = exam_answer_parse(item, line), *verdict = NULL;
        if (!answer) {
            printf("\"%s\" is no answer. %s q ends.\n", line, exam_answer_hint(item));
            continue;
        }
        if (judge(item, answer, &verdict, &err) < 0) {
            printf("%s\n", err.message);
            if (err.code == EINVAL)
                continue;
            return -err.code;
        }
        *right += json_flag(verdict, "right", false);
        print_answered(item);
        return after_verdict(context, item, verdict);
    }
}

static int practise(const struct command_context *context, const struct options *options, const char *bank, struct error *err)
{
    cleanup_json json_t *request = json_pack("{s:s,s:I}", "op", "practice.draw", "count",
                                             (json_int_t)(options->count ? options->count : 10)),
                        *reply = NULL;
    if (options->topic)
        json_object_set_new(request, "topic", json_string(options->topic));
    if (bank)
        json_object_set_new(request, "bank", json_string(bank));
    int r = class_import_shipped(err);
    r = r < 0 ? r : engine_ask(options->engine, context->host, request, err);
    r = r < 0 ? r : class_call(request, &reply, err);
    json_t *items = json_object_get(reply, "items"), *item;
    if (r < 0)
        return r;
    if (json_array_size(items) == 0)
        return error_set(err, ENOENT, "no bank has questions on that; `slipway quiz questions` lists them");
    cleanup_free char *about = engine_told(reply);
    if (about)
        printf("%s.\n", about);
    size_t index;
    long long right = 0, asked = 0;
    r = 1;
    json_array_foreach(items, index, item)
    {
        r = ask(context, item, index + 1, json_array_size(items), &right);
        asked += json_object_get(item, "key") || json_object_get(item, "patterns") || json_object_get(item, "rubric");
        if (r <= 0)
            break;
    }
    printf("\n%lld of %lld right\n", right, asked);
    return r < 0 ? r : 0;
}

int quiz_practice_command(const struct command_context *context, int argc, char **argv)
{
    if (flags_described(context, flags))
        return 0;
    struct options options = {0};
    struct error err = ERROR_INIT;
    char **rest;
    int r = flags_parse(flags, &options, NULL, argc, argv, false, &rest, &err);
    if (r == 0 && strv_len(rest) > 1)
        r = error_set(&err, EINVAL, "name one question bank");
    if (r == 0 && !rest[0] && !options.topic)
        r = error_set(&err, EINVAL, "name a question bank, or --topic ID; `slipway exam list` shows the banks");
    if (r < 0) {
        FILE *out = r == -ECANCELED ? stdout : stderr;
        if (r != -ECANCELED)
            fprintf(out, "slipway: %s\n", err.message);
        fprintf(out, "Usage:  slipway quiz practice [OPTIONS] [BANK]\n\nOptions:\n");
        flags_help(flags, out);
        return r == -ECANCELED ? 0 : 1;
    }
    return practise(context, &options, rest[0], &err) < 0 ? fail(&err) : 0;
}
