/* `slipway exam import|list|results`. Sitting an exam is exam_take.c, checking banks quiz_lint.c. */
#include "quizzes/exam_commands.h"

#include "base/flags.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"
#include "quizzes/exam_print.h"
#include "quizzes/exam_session.h"
#include "quizzes/prove_command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct options {
    bool json;
};

static const struct flag json_flags[] = {{0, "json", FLAG_BOOL, offsetof(struct options, json), NULL, "Print JSON"}, {0}};

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
    fprintf(out, "Usage:  slipway %s\n", line);
    if (flags->name) {
        fprintf(out, "\nOptions:\n");
        flags_help(flags, out);
    }
    return problem ? 1 : 0;
}

static int ask(const char *op, json_t **reply, struct error *err)
{
    cleanup_json json_t *request = json_pack("{s:s}", "op", op);
    return class_call(request, reply, err);
}

static int command_import(const struct command_context *context, int argc, char **argv)
{
    if (flags_described(context, json_flags))
        return 0;
    struct options options = {0};
    struct error err = ERROR_INIT;
    char **rest;
    int r = flags_parse(json_flags, &options, NULL, argc, argv, false, &rest, &err);
    if (r < 0 || strv_len(rest) != 1)
        return usage("exam import [OPTIONS] FILE", json_flags,
                     r == -ECANCELED ? NULL
                     : r < 0         ? err.message
                                     : "name one question bank");
    cleanup_free char *path = realpath(rest[0], NULL);
    if (!path) {
        error_errno(&err, errno, "import %s", rest[0]);
        return fail(&err);
    }
    cleanup_json json_t *request = json_pack("{s:s,s:s}", "op", "bank.import", "path", path), *reply = NULL;
    if (class_call(request, &reply, &err) < 0)
        return fail(&err);
    json_object_del(reply, "ok");
    if (options.json)
        print_json(reply);
    else
        printf("%s: %lld questions%s\n", json_str(reply, "bank", ""), json_num(reply, "questions", 0),
               json_flag(reply, "unchanged", false) ? ", unchanged" : "");
    return 0;
}

static void print_open(const json_t *open)
{
    char left[CLOCK_FACE];
    if (!json_is_integer(json_object_get(open, "attempt")))
        return;
    clock_face(json_num(open, "deadline_ms_left", 0), left);
    printf("\nAttempt %lld at %s is running: %lld of %lld answered, %s left; `slipway exam take` goes on.\n",
           json_num(open, "attempt", 0), json_str(open, "bank", ""), json_num(open, "answered", 0), json_num(open, "count", 0),
           left);
}

static int command_list(const struct command_context *context, int argc, char **argv)
{
    if (flags_described(context, json_flags))
        return 0;
    struct options options = {0};
    struct error err = ERROR_INIT;
    char **rest;
    int r = flags_parse(json_flags, &options, NULL, argc, argv, false, &rest, &err);
    if (r < 0 || *rest)
        return usage("exam list [OPTIONS]", json_flags,
                     r == -ECANCELED ? NULL
                     : r < 0         ? err.message
                                     : "exam list takes no operands");
    cleanup_json json_t *banks = NULL, *open = NULL;
    if (class_import_shipped(&err) < 0)
        fail(&err);
    err = ERROR_INIT;
    if (ask("bank.list", &banks, &err) < 0 || ask("exam.open", &open, &err) < 0)
        return fail(&err);
    json_object_del(open, "ok");
    if (options.json) {
        cleanup_json json_t *out = json_pack("{s:O,s:O}", "banks", json_object_get(banks, "banks"), "open",
                                             json_is_integer(json_object_get(open, "attempt")) ? open : json_null());
        print_json(out);
        return 0;
    }
    size_t i;
    json_t *bank;
    printf("%-24s %-10s %-6s %s\n", "BANK", "QUESTIONS", "PASS", "TITLE");
    json_array_foreach(json_object_get(banks, "banks"), i, bank)
    {
        cleanup_free char *pass = str_format("%lld %%", json_num(bank, "pass", 0));
        printf("%-24s %-10lld %-6s %s\n", json_str(bank, "bank", ""), json_num(bank, "questions", 0), pass,
               json_str(bank, "title", ""));
    }
    print_open(open);
    return 0;
}

static int print_history(bool json)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *reply = NULL;
    if (ask("exam.list", &reply, &err) < 0)
        return fail(&err);
    json_t *attempts = json_object_get(reply, "attempts"), *attempt;
    if (json) {
        print_json(attempts);
        return 0;
    }
    size_t i;
    printf("%-8s %-24s %-20s %-9s %-8s %s\n", "ATTEMPT", "BANK", "STARTED", "STATE", "SCORE", "RESULT");
    json_array_foreach(attempts, i, attempt)
    {
        bool running = !json_object_get(attempt, "score"); /* or its mark is not shown yet */
        cleanup_free char *score =
            running ? xstrdup("") : str_format("%lld/%lld", json_num(attempt, "score", 0), json_num(attempt, "max", 0));
        cleanup_free char *percent = running ? xstrdup("")
                                             : str_format("%lld %%, %s", json_num(attempt, "percent", 0),
                                                          json_flag(attempt, "passed", false) ? "passed" : "not passed");
        printf("%-8lld %-24s %-20.19s %-9s %-8s %s\n", json_num(attempt, "attempt", 0), json_str(attempt, "bank", ""),
               json_str(attempt, "started", ""), json_str(attempt, "state", ""), score, percent);
    }
    return 0;
}

static int command_results(const struct command_context *context, int argc, char **argv)
{
    if (flags_described(context, json_flags))
        return 0;
    struct options options = {0};
    struct error err = ERROR_INIT;
    char **rest;
    int r = flags_parse(json_flags, &options, NULL, argc, argv, false, &rest, &err);
    if (r < 0 || strv_len(rest) > 1)
        return usage("exam results [OPTIONS] [ATTEMPT]", json_flags,
                     r == -ECANCELED ? NULL
                     : r < 0         ? err.message
                                     : "name one attempt");
    if (!*rest)
        return print_history(options.json);
    long long attempt;
    if (!str_to_int(*rest, &attempt)) {
        error_set(&err, EINVAL, "%s is no number of an attempt; `slipway exam results` lists them", *rest);
        return fail(&err);
    }
    cleanup_json json_t *result = NULL;
    if (exam_result(attempt, &result, &err) < 0)
        return fail(&err);
    json_object_del(result, "ok");
    if (options.json) {
        print_json(result);
    } else {
        print_summary(result);
        print_items(result, 0);
    }
    return 0;
}

const struct command exam_commands[] = {
    {"exam import", "", "[OPTIONS] FILE", "Import a question bank", OPERAND_FILE, command_import},
    {"exam list", "", "[OPTIONS]", "List the question banks", OPERAND_NOTHING, command_list},
    {"exam take", "", "[OPTIONS] [BANK|@ASSIGNMENT]", "Sit an exam, or go on with the one that is running", OPERAND_NOTHING,
     exam_take_command},
    {"exam results", "", "[OPTIONS] [ATTEMPT]", "Show past attempts, or one with its explanations", OPERAND_NOTHING,
     command_results},
    {"exam statistics", "", "[OPTIONS] BANK", "Show what the attempts say about the questions of a bank", OPERAND_NOTHING,
     exam_statistics_command},
    {"exam learn", "", "[OPTIONS]", "Answer the questions that are due by spaced repetition", OPERAND_NOTHING, exam_learn_command},
    {"quiz due", "", "[OPTIONS]", "Count the questions that are due", OPERAND_NOTHING, quiz_due_command},
    {"quiz questions", "", "[OPTIONS] [BANK [QUESTION]]", "List the questions of the banks, or show one", OPERAND_NOTHING,
     quiz_questions_command},
    {"quiz import", "", "[OPTIONS] FILE", "Make a question bank of GIFT, Aiken, Moodle XML or CSV", OPERAND_FILE,
     quiz_import_command},
    {"quiz export", "", "--format NAME [OPTIONS] FILE", "Write a question bank as GIFT, Aiken, Moodle XML or CSV", OPERAND_FILE,
     quiz_export_command},
    {"quiz set", "", "NAME FILE", "Set a quiz: which questions, when, how long, and what is shown afterwards", OPERAND_FILE,
     quiz_set_command},
    {"quiz list", "", "[OPTIONS]", "List the quizzes", OPERAND_NOTHING, quiz_list_command},
    {"quiz remove", "", "NAME", "Remove a quiz; its attempts stay", OPERAND_NOTHING, quiz_remove_command},
    {"quiz practice", "", "[OPTIONS] [BANK]", "Answer questions, told at once what is right and why", OPERAND_NOTHING,
     quiz_practice_command},
    {"quiz lint", "", "FILE...", "Check question banks", OPERAND_FILE, quiz_lint_command},
    {"quiz prove", "", "[OPTIONS] [FILE...]", "Run the proofs of question banks", OPERAND_FILE, prove_command},
    {0},
};
