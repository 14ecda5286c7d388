/* `slipway exam take`: an exam line by line on a terminal, or answered from a file without one. The clock is slipway-classd's; what
 * is shown here only counts along. */
#include "quizzes/exam_commands.h"

#include "base/flags.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"
#include "quizzes/engine_asked.h"
#include "quizzes/exam_answer.h"
#include "quizzes/exam_print.h"
#include "quizzes/exam_session.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    long long count;
    const char *minutes, *answers, *quiz, *password, *engine;
    bool json, lines, mock, domc;
};

static const struct flag flags[] = {
    {'n', "count", FLAG_INT, offsetof(struct options, count), "N", "Questions to draw (default 10; 55 in a mock exam)"},
    {'m', "minutes", FLAG_STRING, offsetof(struct options, minutes), "M",
     "Time for the exam (default 15, 90 for a mock exam; 0.5 is half a minute)"},
    {0, "mock", FLAG_BOOL, offsetof(struct options, mock), NULL,
     "A mock exam: domains in the weights of the Docker Certified Associate, most questions one option at a time"},
    {0, "quiz", FLAG_STRING, offsetof(struct options, quiz), "NAME", "A quiz as its instructor set it"},
    {0, "password", FLAG_STRING, offsetof(struct options, password), "text", "The quiz's password"},
    {0, "engine", FLAG_STRING, offsetof(struct options, engine), "version", ENGINE_FLAG_HELP},
    {0, "domc", FLAG_BOOL, offsetof(struct options, domc), NULL, "Show options one at a time, yes or no, without a way back"},
    {0, "answers", FLAG_STRING, offsetof(struct options, answers), "file",
     "Answer from a JSON file, finish, and print the result: {\"question-id\": [\"a\" or the option's text, ...]}, letters in the "
     "order "
     "of the bank file"},
    {0, "json", FLAG_BOOL, offsetof(struct options, json), NULL, "Print the result as JSON"},
    {0, "lines", FLAG_BOOL, offsetof(struct options, lines), NULL,
     "Take the answers line by line from what need not be a terminal"},
    {0},
};

static int fail(const struct error *err)
{
    fprintf(stderr, "slipway: %s\n", err->message);
    return EXAM_ERROR;
}

static int help(int code)
{
    FILE *out = code ? stderr : stdout;
    fprintf(out, "Usage:  slipway exam take [OPTIONS] [BANK]\n\n"
                 "Sit an exam; an attempt that is running is resumed, with its clock as it stands.\n\nOptions:\n");
    flags_help(flags, out);
    fprintf(out, "\nExit status: 0 passed, 2 finished but not passed, 3 left to go on later, 1 an error.\n");
    return code;
}

static int finish(struct exam_session *session, bool json, bool show_wrong)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *result = NULL;
    if (exam_session_finish(session, &result, &err) < 0)
        return fail(&err);
    if (json) {
        print_json(result);
    } else {
        print_summary(result);
        if (show_wrong && json_num(result, "score", 0) < json_num(result, "max", 0)) {
            printf("\nWhat was not right:\n");
            print_items(result, 1);
        }
        printf("\n`slipway exam results %lld` shows every question with its explanations.\n", json_num(result, "attempt", 0));
    }
    bool withheld = json_object_get(result, "withheld") != NULL;
    return withheld || json_flag(result, "passed", false) ? EXAM_PASSED : EXAM_FAILED;
}

static int answer_from(struct exam_session *session, size_t index, json_t *given, struct error *err)
{
    if (!given)
        return 0;
    cleanup_json json_t *list = json_is_string(given) && !exam_answer_is_text(exam_session_item(session, index))
                                    ? json_pack("[O]", given)
                                    : json_incref(given);
    int r = exam_session_answer(session, index, list, true, err);
    return r < 0 ? error_prefix(err, "question %s", json_str(exam_session_item(session, index), "id", "")) : 0;
}

static int take_from_file(struct exam_session *session, const json_t *answers, bool json)
{
    struct error err = ERROR_INIT;
    int r = 0;
    for (size_t i = 0; i < exam_session_count(session) && r == 0; i++)
        r = answer_from(session, i, json_object_get(answers, json_str(exam_session_item(session, i), "id", "")), &err);
    if (r == -ETIME)
        fprintf(stderr, "slipway: %s\n", err.message);
    else if (r < 0) {
        error_prefix(&err, "attempt %lld is still open", session->attempt);
        return fail(&err);
    }
    return finish(session, json, false);
}

/* One line, or NULL when the time is up (-ETIME in *why) or the input has ended (0). Static storage. */
static char *read_line(struct exam_session *session, int *why)
{
    static char line[256];
    size_t len = 0;
    *why = 0;
    for (;;) {
        int64_t left = exam_session_left_ms(session);
        struct pollfd wait = {.fd = STDIN_FILENO, .events = POLLIN};
        int ready = poll(&wait, 1, left > 3600000 ? 3600000 : (int)left);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready == 0 && exam_session_left_ms(session) > 0)
            continue;
        if (ready == 0) {
            *why = -ETIME;
            return NULL;
        }
        /* A byte at a time: what stands behind the line may be for another program. */
        ssize_t got = read(STDIN_FILENO, &line[len], 1);
        bool end = got <= 0 || line[len] == '\n';
        if (got <= 0 && len == 0)
            return NULL;
        if (end) {
            line[len] = 0;
            return str_trim(line);
        }
        len += len < sizeof line - 1;
    }
}

static void review(const struct exam_session *session)
{
    printf("\nQUESTION  ANSWER                   MARKED\n");
    for (size_t i = 0; i < exam_session_count(session); i++) {
        const json_t *item = exam_session_item(session, i);
        cleanup_free char *text = exam_answer_text(item);
        printf("%-9zu %-24.24s %s\n", i + 1, str_or(text, "-"), json_flag(item, "flagged", false) ? "yes" : "");
    }
    printf("\nA number goes to that question, x finishes the exam.\n");
}

static void explain_keys(void)
{
    printf("\nLetters answer: b, or \"a c\" for several; = and the text answers what asks for a text; - takes the answer back. "
           "Enter or\n"
           "n: next, p: previous, a number: that question, m: mark it to come back, r: review, x: finish, q: leave (the clock runs "
           "on),\n"
           "?: this text.\n");
}

enum after { STAY, ASK_AGAIN, FINISH, LEAVE };

static enum after to_next(struct exam_session *session, size_t *at)
{
    struct error err = ERROR_INIT;
    if (*at + 1 < exam_session_count(session) || (exam_session_forward(session) && exam_session_go(session, &err) == 1)) {
        ++*at;
        return STAY;
    }
    if (err.code)
        printf("%s\n", err.message);
    else
        review(session);
    return err.code == ETIME ? FINISH : ASK_AGAIN;
}

/* "y" or "n" to the one option that is shown. */
static enum after say_line(struct exam_session *session, size_t *at, const char *line)
{
    struct error err = ERROR_INIT;
    bool yes = *line == 'y' || *line == 'Y';
    if (json_flag(exam_session_item(session, *at), "over", false)) {
        printf("This question is over; Enter goes on.\n");
        return ASK_AGAIN;
    }
    if (!yes && *line != 'n' && *line != 'N') {
        printf("%s\n", exam_answer_hint(exam_session_item(session, *at)));
        return ASK_AGAIN;
    }
    int r = exam_session_say(session, *at, yes, &err);
    if (r < 0 && r != -ETIME)
        printf("Not stored: %s\n", err.message);
    if (r < 0)
        return r == -ETIME ? FINISH : ASK_AGAIN;
    if (!json_flag(exam_session_item(session, *at), "over", false))
        return STAY;
    printf("Stored.\n");
    return to_next(session, at);
}

static enum after answer_line(struct exam_session *session, size_t *at, const char *line)
{
    struct error err = ERROR_INIT;
    const json_t *item = exam_session_item(session, *at);
    if (json_flag(item, "domc", false))
        return say_line(session, at, line);
    cleanup_json json_t *answer = exam_answer_parse(item, line);
    if (!answer) {
        printf("\"%s\" is neither an answer nor a command. %s\n", line, exam_answer_hint(item));
        return ASK_AGAIN;
    }
    int r = exam_session_answer(session, *at, answer, false, &err);
    if (r == -ETIME)
        return FINISH;
    if (r < 0) {
        printf("Not stored: %s\n", err.message);
        return ASK_AGAIN;
    }
    printf("Stored.\n");
    return to_next(session, at);
}

static enum after confirm_finish(struct exam_session *session)
{
    size_t open = 0;
    for (size_t i = 0; i < exam_session_count(session); i++) {
        cleanup_free char *text = exam_answer_text(exam_session_item(session, i));
        open += !*text;
    }
    open += (size_t)json_num(session->start, "count", 0) - exam_session_count(session);
    printf("%zu question%s without an answer. Finish? [y/N] ", open, open == 1 ? "" : "s");
    fflush(stdout);
    int why;
    char *line = read_line(session, &why);
    return why == -ETIME || (line && (*line == 'y' || *line == 'Y')) ? FINISH : STAY;
}

static enum after command_line(struct exam_session *session, size_t *at, const char *line)
{
    size_t count = exam_session_count(session);
    long long number;
    struct error err = ERROR_INIT;
    if (str_to_int(line, &number)) {
        if (number < 1 || (size_t)number > count)
            printf("There are questions 1 to %zu%s.\n", count, exam_session_forward(session) ? " so far" : "");
        else
            *at = (size_t)number - 1;
        return number < 1 || (size_t)number > count ? ASK_AGAIN : STAY;
    }
    bool says =
        json_flag(exam_session_item(session, *at), "domc", false) && !json_flag(exam_session_item(session, *at), "over", false);
    if (str_equal(line, "p")) {
        *at -= *at > 0 && !exam_session_forward(session);
        return STAY;
    }
    if (!*line || (str_equal(line, "n") && !says))
        return *at + 1 < count || exam_session_forward(session) ? to_next(session, at) : STAY;
    if (str_equal(line, "m")) {
        bool flagged = !json_flag(exam_session_item(session, *at), "flagged", false);
        if (exam_session_flag(session, *at, flagged, &err) < 0)
            printf("Not stored: %s\n", err.message);
        else
            printf("%s\n", flagged ? "Marked." : "No longer marked.");
        return ASK_AGAIN;
    }
    if (str_equal(line, "r"))
        review(session);
    else if (str_equal(line, "?"))
        explain_keys();
    else
        return str_equal(line, "x") ? confirm_finish(session) : str_equal(line, "q") ? LEAVE : answer_line(session, at, line);
    return ASK_AGAIN;
}

static int take_on_terminal(struct exam_session *session, bool json)
{
    char left[CLOCK_FACE];
    size_t at = exam_session_forward(session) ? exam_session_count(session) - 1 : 0,
           count = (size_t)json_num(session->start, "count", 0);
    clock_face(exam_session_left_ms(session), left);
    printf("%s: attempt %lld%s, %zu question%s, %s left, pass mark %lld %%.\n", json_str(session->start, "title", ""),
           session->attempt, json_flag(session->start, "resumed", false) ? " goes on" : "", count, count == 1 ? "" : "s", left,
           json_num(session->start, "pass", 0));
    cleanup_free char *about = engine_told(session->start);
    if (about)
        printf("%s.\n", about);
    explain_keys();
    for (enum after after = STAY; after != FINISH;) {
        if (after == STAY)
            print_question(exam_session_item(session, at), count, exam_session_left_ms(session));
        printf("> ");
        fflush(stdout);
        int why;
        char *line = read_line(session, &why);
        if (why == -ETIME)
            printf("\nThe time is up.\n");
        after = line ? command_line(session, &at, line) : why == -ETIME ? FINISH : LEAVE;
        if (after == LEAVE) {
            printf("\nEverything you answered is stored, and the clock runs on; `slipway exam take` goes on.\n");
            return EXAM_LEFT;
        }
    }
    putchar('\n');
    return finish(session, json, true);
}

/* Seconds of "--minutes 2.5"; negative when it is no time. */
static long long seconds_of(const char *minutes)
{
    if (!minutes)
        return 15 * 60;
    char *end;
    double value = strtod(minutes, &end);
    return *end || end == minutes || !(value > 0 && value <= 24 * 60) ? -1 : (long long)(value * 60 + 0.5);
}

int exam_take_command(const struct command_context *context, int argc, char **argv)
{
    if (flags_described(context, flags))
        return 0;
    struct options options = {.count = -1};
    struct error err = ERROR_INIT;
    char **rest;
    int r = flags_parse(flags, &options, NULL, argc, argv, false, &rest, &err);
    long long seconds = seconds_of(options.minutes);
    if (r == 0 && rest[0] && rest[1])
        r = error_set(&err, EINVAL, "name one question bank, not several");
    if (r == 0 && options.count == 0)
        r = error_set(&err, EINVAL, "--count 0: an exam has at least one question");
    if (r == 0 && (options.mock + !!options.quiz + !!rest[0]) > 1)
        r = error_set(&err, EINVAL, "a bank, --mock and --quiz exclude each other");
    if (r == 0 && seconds < 0)
        r = error_set(&err, EINVAL, "--minutes %s: use a number above 0, at most 1440", options.minutes);
    if (r < 0) {
        if (r != -ECANCELED)
            fail(&err);
        return help(r == -ECANCELED ? 0 : EXAM_ERROR);
    }
    cleanup_json json_t *answers = options.answers ? json_read_file(options.answers, &err) : NULL;
    if (options.answers && !json_is_object(answers))
        return answers ? (error_set(&err, EINVAL, "%s: must be a JSON object of lists", options.answers), fail(&err)) : fail(&err);
    if (!options.answers && !options.lines && !isatty(STDIN_FILENO)) {
        error_set(&err, ENOTTY, "exam take needs a terminal, or --answers FILE, or --lines");
        return fail(&err);
    }
    if (class_import_shipped(&err) < 0)
        fail(&err);
    struct exam_session session;
    err = ERROR_INIT;
    const struct exam_choice choice = {.bank = rest[0],
                                       .quiz = options.quiz,
                                       .password = options.password,
                                       .engine = options.engine,
                                       .host = context->host,
                                       .mock = options.mock,
                                       .domc = options.domc,
                                       .count = options.count != -1 ? options.count
                                                : options.mock      ? 0
                                                                    : 10,
                                       .seconds = options.minutes || !options.mock ? seconds : 0};
    if (exam_session_begin(&session, &choice, &err) < 0)
        return fail(&err);
    int code = answers ? take_from_file(&session, answers, options.json) : take_on_terminal(&session, options.json);
    exam_session_end(&session);
    return code;
}
