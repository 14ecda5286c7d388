/* `slipway quiz set`, `quiz list` and `quiz remove`: an instructor's quizzes, their settings from a JSON file. */
#include "quizzes/exam_commands.h"

#include "base/clock.h"
#include "base/flags.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"
#include "quizzes/exam_print.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

struct options {
    bool json;
};

static const struct flag no_flags[] = {{0}};
static const struct flag list_flags[] = {{0, "json", FLAG_BOOL, offsetof(struct options, json), NULL, "Print JSON"}, {0}};

static int fail(const struct error *err)
{
    fprintf(stderr, "slipway: %s\n", err->message);
    return 1;
}

static int usage(const char *line, const char *more, int r, const char *problem)
{
    FILE *out = r == -ECANCELED ? stdout : stderr;
    if (r != -ECANCELED)
        fprintf(out, "slipway: %s\n", problem);
    fprintf(out, "Usage:  slipway %s\n%s", line, more);
    return r == -ECANCELED ? 0 : 1;
}

static const char about_settings[] =
    "\nFILE holds an object; only \"draw\" has to be there:\n"
    "  draw            [{\"bank\", \"domain\", \"topic\", \"objective\", \"level\", \"count\"}]: count questions that fit, at "
    "random\n"
    "  title, pass     a line; percent\n"
    "  seconds, grace  the limit, and how long after it what is under way still counts\n"
    "  opens, closes   \"2026-12-01T09:00:00Z\", or with an offset as \"+01:00\"\n"
    "  attempts        how many; 0 for as many as one likes. grading: highest, average, first or last\n"
    "  domc            percent of the choice questions that show one option at a time\n"
    "  navigation      free, or forward: no way back\n"
    "  keep_questions, keep_options  true: nothing is shuffled. seed: a word; the same draw for everybody\n"
    "  engine  a version, as \"20.10\" (the course's, when left out), or \"any\": what is not true for it is not drawn\n"
    "  review          {\"after\", \"later\", \"closed\"}: lists of right, points, key and explanations; all when left out\n"
    "  password        asked for at the start\n"
    "  overrides       {\"login\": {\"seconds\", \"grace\", \"opens\", \"closes\", \"attempts\", \"password\"}}\n";

/* Times as people write them become milliseconds. */
static int convert_times(json_t *settings, struct error *err)
{
    static const char *const names[] = {"opens", "closes"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *text = json_string_value(json_object_get(settings, names[i]));
        int64_t at;
        if (!text)
            continue;
        if (!clock_parse(text, &at))
            return error_set(err, EINVAL, "\"%s\": \"%.60s\" is no time; write 2026-12-01T09:00:00Z", names[i], text);
        json_object_set_new(settings, names[i], json_integer(at / 1000000));
    }
    const char *login;
    json_t *own;
    json_object_foreach(json_object_get(settings, "overrides"), login, own)
    {
        int r = json_is_object(own) ? convert_times(own, err) : 0;
        if (r < 0)
            return error_prefix(err, "overrides of %s", login);
    }
    return 0;
}

json_t *quiz_set_request(const char *quiz, const char *path, struct error *err)
{
    cleanup_json json_t *settings = json_read_file(path, err);
    if (settings && !json_is_object(settings))
        error_set(err, EINVAL, "%s: settings are a JSON object; `slipway quiz set --help` describes it", path);
    if (err->code || convert_times(settings, err) < 0)
        return NULL;
    return json_pack("{s:s,s:s,s:O}", "op", "quiz.set", "quiz", quiz, "settings", settings);
}

int quiz_set_command(const struct command_context *context, int argc, char **argv)
{
    if (flags_described(context, no_flags))
        return 0;
    struct error err = ERROR_INIT;
    char **rest;
    int r = flags_parse(no_flags, NULL, NULL, argc, argv, false, &rest, &err);
    if (r < 0 || strv_len(rest) != 2)
        return usage("quiz set NAME FILE", about_settings, r, r < 0 ? err.message : "name a quiz and a file of its settings");
    cleanup_json json_t *request = quiz_set_request(rest[0], rest[1], &err);
    if (!request || class_import_shipped(&err) < 0 || class_call(request, NULL, &err) < 0)
        return fail(&err);
    printf("%s is set; `slipway exam take --quiz %s` sits it\n", rest[0], rest[0]);
    return 0;
}

int quiz_remove_command(const struct command_context *context, int argc, char **argv)
{
    if (flags_described(context, no_flags))
        return 0;
    struct error err = ERROR_INIT;
    char **rest;
    int r = flags_parse(no_flags, NULL, NULL, argc, argv, false, &rest, &err);
    if (r < 0 || strv_len(rest) != 1)
        return usage("quiz remove NAME", "", r, r < 0 ? err.message : "name a quiz");
    cleanup_json json_t *request = json_pack("{s:s,s:s}", "op", "quiz.remove", "quiz", rest[0]);
    return class_call(request, NULL, &err) < 0 ? fail(&err) : 0;
}

static void print_time(const json_t *quiz, const char *name)
{
    char text[CLOCK_TEXT] = "-";
    if (json_is_integer(json_object_get(quiz, name)))
        clock_rfc3339(json_num(quiz, name, 0) * 1000000, text);
    printf("%-17.16s", text);
}

int quiz_list_command(const struct command_context *context, int argc, char **argv)
{
    if (flags_described(context, list_flags))
        return 0;
    struct options options = {0};
    struct error err = ERROR_INIT;
    char **rest;
    int r = flags_parse(list_flags, &options, NULL, argc, argv, false, &rest, &err);
    if (r < 0 || *rest)
        return usage("quiz list [--json]", "", r, r < 0 ? err.message : "quiz list takes no operands");
    cleanup_json json_t *request = json_pack("{s:s}", "op", "quiz.list"), *reply = NULL;
    if (class_call(request, &reply, &err) < 0)
        return fail(&err);
    json_t *quizzes = json_object_get(reply, "quizzes"), *quiz;
    if (options.json) {
        print_json(quizzes);
        return 0;
    }
    size_t i;
    printf("%-20s %-9s %-9s %-7s %-17s%-17s%s\n", "QUIZ", "MINUTES", "ATTEMPTS", "GRADE", "OPENS", "CLOSES", "TITLE");
    json_array_foreach(quizzes, i, quiz)
    {
        cleanup_free char *used = json_num(quiz, "attempts_most", 0) ? str_format("%lld of %lld", json_num(quiz, "attempts", 0),
                                                                                  json_num(quiz, "attempts_most", 0))
                                                                     : str_format("%lld", json_num(quiz, "attempts", 0));
        cleanup_free char *grade =
            json_is_integer(json_object_get(quiz, "grade")) ? str_format("%lld %%", json_num(quiz, "grade", 0)) : xstrdup("-");
        printf("%-20s %-9.3g %-9s %-7s ", json_str(quiz, "quiz", ""), (double)json_num(quiz, "seconds", 0) / 60, used, grade);
        print_time(quiz, "opens");
        print_time(quiz, "closes");
        printf("%s\n", json_str(quiz, "title", ""));
    }
    return 0;
}
