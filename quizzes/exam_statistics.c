/* `slipway exam statistics`: what the attempts say about the questions of a bank, and how far its objectives are mastered. */
#include "quizzes/exam_commands.h"

#include "base/flags.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"
#include "quizzes/class_commands.h"
#include "quizzes/exam_figures.h"
#include "quizzes/exam_print.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct options {
    bool json, csv, all, mastery;
};

static const struct flag flags[] = {
    {0, "json", FLAG_BOOL, offsetof(struct options, json), NULL, "Print JSON"},
    {0, "csv", FLAG_BOOL, offsetof(struct options, csv), NULL, "Print CSV, a question (or with --mastery an objective) a row"},
    {0, "all", FLAG_BOOL, offsetof(struct options, all), NULL, "Count every attempt, not only the first of each learner"},
    {0, "mastery", FLAG_BOOL, offsetof(struct options, mastery), NULL,
     "Show how far objectives are mastered, by the class and by each"},
    {0}};

static int fail(const struct error *err)
{
    fprintf(stderr, "slipway: %s\n", err->message);
    return 1;
}

static int usage(const char *problem)
{
    FILE *out = problem ? stderr : stdout;
    if (problem)
        fprintf(out, "slipway: %s\n", problem);
    fprintf(out, "Usage:  slipway exam statistics [OPTIONS] BANK|mock:dca|quiz:NAME\n\nOptions:\n");
    flags_help(flags, out);
    fprintf(out, "\nIn a class, for its instructors only. What the figures mean: docs.moodle.org, \"Quiz statistics report\".\n");
    return problem ? 1 : 0;
}

/* All pages of the reply, joined. */
static int ask(const struct options *options, const char *bank, json_t **whole, struct error *err)
{
    const char *op = options->mastery ? "exam.mastery" : "exam.statistics";
    json_int_t from = 0;
    *whole = NULL;
    do {
        cleanup_json json_t *request = json_pack("{s:s,s:s,s:s,s:I}", "op", op, "bank", bank, "attempts",
                                                 options->all ? "all" : "first", "from", from),
                            *reply = NULL;
        if (class_call(request, &reply, err) < 0) {
            json_decref(*whole);
            *whole = NULL;
            return -err->code;
        }
        from = json_num(reply, "next", 0);
        if (!*whole)
            *whole = json_incref(reply);
        else if (options->mastery)
            mastery_join(*whole, reply);
        else
            json_array_extend(json_object_get(*whole, "items"), json_object_get(reply, "items"));
    } while (from);
    json_object_del(*whole, "next");
    json_object_del(*whole, "ok");
    return 0;
}

/* "41.2", times `by`; "-" for what cannot be computed. */
static const char *figure(const json_t *object, const char *name, double by, char out[24])
{
    const json_t *value = json_object_get(object, name);
    snprintf(out, 24, "%.1f", json_number_value(value) * by);
    return json_is_number(value) ? out : "-";
}

static void print_test(const json_t *test)
{
    char a[24], b[24], c[24], d[24], e[24], f[24];
    printf("%lld attempts, %lld questions: mean mark %s, median %s, standard deviation %s\n", json_num(test, "attempts", 0),
           json_num(test, "questions", 0), figure(test, "mean", 1, a), figure(test, "median", 1, b),
           figure(test, "deviation", 1, c));
    if (json_is_null(json_object_get(test, "consistency")))
        printf("Internal consistency: not known (attempts had different questions, or are too few)\n\n");
    else
        printf("Internal consistency %s %%, error ratio %s %%, standard error %s\n\n", figure(test, "consistency", 1, d),
               figure(test, "error_ratio", 1, e), figure(test, "standard_error", 1, f));
}

static void print_warnings(const json_t *item)
{
    size_t i;
    json_t *warning;
    json_array_foreach(json_object_get(item, "warnings"), i, warning) printf("    ! %s\n", json_string_value(warning));
}

static void print_options(const json_t *item)
{
    size_t i;
    json_t *option;
    json_array_foreach(json_object_get(item, "options"), i, option)
    {
        char mean[24];
        const char *text = json_str(option, "text", "");
        if (json_num(option, "count", 0) || json_flag(option, "key", false))
            printf("    %s %s %5lld chose it, %5s %% of the test  %.*s\n", json_flag(option, "key", false) ? "*" : " ",
                   json_str(option, "id", ""), json_num(option, "count", 0), figure(option, "mean", 100, mean),
                   (int)strcspn(text, "\n"), text);
    }
}

static void print_figures(const json_t *items)
{
    size_t i;
    json_t *item;
    printf("%-28s %5s %6s %6s %6s %8s %9s %7s %7s\n", "QUESTION", "SEEN", "FACIL.", "SD", "GUESS", "INTENDED", "EFFECTIVE",
           "DISCR.", "EFFIC.");
    json_array_foreach(items, i, item)
    {
        char text[7][24];
        printf("%-28s %5lld %6s %6s %6s %8s %9s %7s %7s\n", json_str(item, "id", ""), json_num(item, "count", 0),
               figure(item, "facility", 100, text[0]), figure(item, "deviation", 100, text[1]), figure(item, "guess", 100, text[2]),
               figure(item, "intended", 1, text[3]), figure(item, "effective", 1, text[4]),
               figure(item, "discrimination", 1, text[5]), figure(item, "efficiency", 1, text[6]));
        print_options(item);
        print_warnings(item);
    }
    printf("\nAll but SEEN in percent; \"-\" cannot be computed.\n");
}

static void print_objectives(const char *who, const json_t *objectives)
{
    size_t i;
    json_t *entry;
    cleanup_free char *shown = text_shown(who);
    json_array_foreach(objectives, i, entry)
    {
        long long answers = json_num(entry, "answers", 0);
        printf("%-20.20s %-6s %-28s %7lld %6.1f %%\n", shown, json_str(entry, "topic", ""), json_str(entry, "objective", ""),
               answers, answers ? 100 * json_number_value(json_object_get(entry, "points")) / (double)answers : 0);
    }
}

static void print_mastery(const json_t *reply)
{
    size_t i;
    json_t *student;
    printf("%-20s %-6s %-28s %7s %8s\n", "WHO", "TOPIC", "OBJECTIVE", "ANSWERS", "MASTERED");
    print_objectives("all", json_object_get(reply, "objectives"));
    json_array_foreach(json_object_get(reply, "students"), i, student)
    {
        print_objectives(mastery_name(student), json_object_get(student, "objectives"));
    }
}

int exam_statistics_command(const struct command_context *context, int argc, char **argv)
{
    if (flags_described(context, flags))
        return 0;
    struct options options = {0};
    struct error err = ERROR_INIT;
    char **rest;
    int r = flags_parse(flags, &options, NULL, argc, argv, false, &rest, &err);
    if (r < 0 || strv_len(rest) != 1 || (options.json && options.csv))
        return usage(r == -ECANCELED               ? NULL
                     : r < 0                       ? err.message
                     : options.json && options.csv ? "choose --json or --csv"
                                                   : "name one question bank");
    cleanup_json json_t *reply = NULL;
    if (ask(&options, rest[0], &reply, &err) < 0)
        return fail(&err);
    if (options.json)
        print_json(reply);
    else if (options.csv)
        options.mastery ? mastery_csv(stdout, reply) : figures_csv(stdout, json_object_get(reply, "items"));
    else if (options.mastery)
        print_mastery(reply);
    else {
        print_test(json_object_get(reply, "test"));
        print_figures(json_object_get(reply, "items"));
    }
    return 0;
}
