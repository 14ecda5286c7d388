/* `slipway class assign|assignments|extend|unassign|take|board|message|inbox`: the term, day by day. */
#include "quizzes/class_work.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/exam_print.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static const struct flag assign_flags[] = {
    {0, "title", FLAG_STRING, offsetof(struct class_options, title), "title", "What the gradebook calls it (default: its name)"},
    {0, "opens", FLAG_STRING, offsetof(struct class_options, opens), "time", "When it opens (default: now)"},
    {0, "due", FLAG_STRING, offsetof(struct class_options, due), "time", "When it is due, in local time: \"2026-12-01 18:00\""},
    {0, "closes", FLAG_STRING, offsetof(struct class_options, closes), "time", "When it closes for good (default: when due)"},
    {0, "review", FLAG_STRING, offsetof(struct class_options, review), "time",
     "When results and keys are shown (default: when it closes)"},
    {0, "weight", FLAG_STRING, offsetof(struct class_options, weight), "number", "Weight within its category (default 1)"},
    {0, "category", FLAG_STRING, offsetof(struct class_options, category), "name", "Category (default: lesson, lab or quiz)"},
    {0, "late", FLAG_STRING, offsetof(struct class_options, late), "percent",
     "What each begun day after it was due takes of the mark"},
    {0, "count", FLAG_INT, offsetof(struct class_options, count), "questions", "Questions drawn for each student (default 10)"},
    {0, "minutes", FLAG_INT, offsetof(struct class_options, minutes), "minutes", "Time limit (default 15)"},
    {0, "attempts", FLAG_INT, offsetof(struct class_options, attempts), "number", "How often (default 1)"},
    {0, "grading", FLAG_STRING, offsetof(struct class_options, grading), "method",
     "Of several attempts the highest counts, the average, the first or the last (default: as the quiz has it, or the highest)"},
    {0, "last", FLAG_BOOL, offsetof(struct class_options, last), NULL, "Short for --grading last"},
    {0, "graders", FLAG_INT, offsetof(struct class_options, graders), "number", "Graders of each free text: 1 (default) or 2"},
    {0, "blind", FLAG_BOOL, offsetof(struct class_options, blind), NULL, "Graders do not see whose it is"},
    {0, "tolerance", FLAG_STRING, offsetof(struct class_options, tolerance), "percent",
     "How far apart two graders may be before an instructor settles it (default 10)"},
    {0, "trust", FLAG_BOOL, offsetof(struct class_options, trust), NULL,
     "Steps of lessons and labs count as the student's own program reports them (default: when somebody confirms them)"},
    {0},
};
static const struct flag json_flags[] = {{0, "json", FLAG_BOOL, offsetof(struct class_options, json), NULL, "Print JSON"}, {0}};
static const struct flag extend_flags[] = {
    {0, "due", FLAG_STRING, offsetof(struct class_options, due), "time", "Until when"},
    {0, "attempts", FLAG_INT, offsetof(struct class_options, attempts), "number", "So many more attempts"},
    {0, "reason", FLAG_STRING, offsetof(struct class_options, reason), "text", "Why; it stands in the log"},
    {0},
};
static const struct flag confirm_flags[] = {
    {0, "comment", FLAG_STRING, offsetof(struct class_options, comment), "text", "What was looked at; it stands in the log"},
    {0},
};
static const struct flag category_flags[] = {
    {0, "weight", FLAG_STRING, offsetof(struct class_options, weight), "number", "Weight in the course mark (default 1)"},
    {0, "drop", FLAG_INT, offsetof(struct class_options, drops), "number", "So many of the lowest marks are left out"},
    {0},
};
static const struct flag message_flags[] = {
    {0, "to", FLAG_STRING, offsetof(struct class_options, to), "user", "To one (default: to all)"},
    {0},
};
static const struct flag no_flags[] = {{0}};

static int set_time(json_t *request, const char *name, const char *text, struct error *err)
{
    int64_t ms;
    int r = text ? local_time_parse(text, &ms, err) : 0;
    if (r == 0 && text)
        json_object_set_new(request, name, json_integer(ms));
    return r;
}

static int set_real(json_t *request, const char *name, const char *text, struct error *err)
{
    double value;
    if (text && !str_to_real(text, &value))
        return error_set(err, EINVAL, "--%s: \"%.40s\" is no number", name, text);
    if (text)
        json_object_set_new(request, name, json_real(value));
    return 0;
}

static void set_number(json_t *request, const char *name, long long value, long long times)
{
    if (value)
        json_object_set_new(request, name, json_integer(value * times));
}

static int set_terms(const struct class_options *options, json_t *request, struct error *err)
{
    const char *grading = options->last ? "last" : options->grading;
    const char *const texts[][2] = {{"grading", grading}, {"title", options->title}, {"category", options->category}};
    const char *const times[][2] = {
        {"opens", options->opens}, {"due", options->due}, {"closes", options->closes}, {"review", options->review}};
    const char *const reals[][2] = {{"weight", options->weight}, {"late", options->late}, {"tolerance", options->tolerance}};
    int r = 0;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (texts[i][1])
            json_object_set_new(request, texts[i][0], json_text_value(texts[i][1], strlen(texts[i][1])));
    for (size_t i = 0; i < ARRAY_LEN(times) && r == 0; i++)
        r = set_time(request, times[i][0], times[i][1], err);
    for (size_t i = 0; i < ARRAY_LEN(reals) && r == 0; i++)
        r = set_real(request, reals[i][0], reals[i][1], err);
    set_number(request, "count", options->count, 1);
    set_number(request, "seconds", options->minutes, 60);
    set_number(request, "attempts", options->attempts, 1);
    set_number(request, "graders", options->graders, 1);
    if (options->blind)
        json_object_set_new(request, "blind", json_true());
    if (options->trust)
        json_object_set_new(request, "trust", json_true());
    return r;
}

static int assign(const struct class_options *options, char **operands, struct error *err)
{
    cleanup_json json_t *request = json_pack("{s:s,s:s,s:s}", "op", "class.assign", "kind", operands[0], "ref", operands[1]);
    cleanup_json json_t *reply = NULL;
    int r = set_terms(options, request, err);
    if (r == 0)
        r = class_ask(json_incref(request), &reply, err);
    if (r == 0)
        printf("Assignment %lld\n", json_num(reply, "assignment", 0));
    return r;
}

static int assignments(const struct class_options *options, char **operands, struct error *err)
{
    (void)operands;
    cleanup_json json_t *reply = NULL;
    int r = class_ask(json_pack("{s:s}", "op", "class.assignments"), &reply, err);
    if (r < 0)
        return r;
    json_t *list = json_object_get(reply, "assignments"), *row;
    size_t i;
    if (options->json) {
        print_json(list);
        return 0;
    }
    printf("%-4s %-7s %-26s %-26s %-26s %s\n", "ID", "KIND", "TITLE", "OPENS", "DUE", "ATTEMPTS");
    json_array_foreach(list, i, row)
    {
        char opens[LOCAL_TIME], due[LOCAL_TIME];
        local_time_of(json_str(row, "opens", NULL), opens);
        local_time_of(json_str(row, "due", NULL), due);
        cleanup_free char *title = text_shown(json_str(row, "title", ""));
        bool quiz = str_equal(json_str(row, "kind", ""), "quiz");
        cleanup_free char *had =
            quiz ? str_format("%lld of %lld", json_num(row, "had", 0), json_num(row, "attempts", 0)) : xstrdup("");
        printf("%-4lld %-7s %-26s %-26s %-26s %s\n", json_num(row, "assignment", 0), json_str(row, "kind", ""), title, opens, due,
               had);
    }
    return 0;
}

static int number_of(const char *text, const char *what, long long *out, struct error *err)
{
    return str_to_int(text, out) && *out > 0 ? 0 : error_set(err, EINVAL, "\"%.40s\" is no number of %s", text, what);
}

static int unassign(const struct class_options *options, char **operands, struct error *err)
{
    (void)options;
    long long id;
    int r = number_of(operands[0], "an assignment", &id, err);
    return r < 0 ? r : class_ask(json_pack("{s:s,s:I}", "op", "class.unassign", "assignment", (json_int_t)id), NULL, err);
}

static int reassign(const struct class_options *options, char **operands, struct error *err)
{
    long long id;
    int r = number_of(operands[0], "an assignment", &id, err);
    if (r < 0)
        return r;
    json_t *request = json_pack("{s:s,s:I}", "op", "class.reassign", "assignment", (json_int_t)id);
    r = set_terms(options, request, err);
    return r < 0 ? (json_decref(request), r) : class_ask(request, NULL, err);
}

static int extend(const struct class_options *options, char **operands, struct error *err)
{
    long long id;
    uint32_t uid;
    int r = number_of(operands[0], "an assignment", &id, err);
    if (r == 0)
        r = class_user(operands[1], &uid, err);
    if (r < 0)
        return r;
    const char *reason = str_or(options->reason, "");
    json_t *request = json_pack("{s:s,s:I,s:I,s:I,s:o}", "op", "class.extend", "assignment", (json_int_t)id, "uid", (json_int_t)uid,
                                "attempts", (json_int_t)options->attempts, "reason", json_text_value(reason, strlen(reason)));
    r = set_time(request, "due", options->due, err);
    return r < 0 ? (json_decref(request), r) : class_ask(request, NULL, err);
}

/* All of what was reported, or as much as is said. */
static int confirm(const struct class_options *options, char **operands, struct error *err)
{
    long long id;
    uint32_t uid;
    const char *comment = str_or(options->comment, "");
    int r = number_of(operands[0], "an assignment", &id, err);
    if (r == 0)
        r = class_user(operands[1], &uid, err);
    if (r < 0)
        return r;
    json_t *request = json_pack("{s:s,s:I,s:I,s:o}", "op", "class.confirm", "assignment", (json_int_t)id, "uid", (json_int_t)uid,
                                "comment", json_text_value(comment, strlen(comment)));
    cleanup_json json_t *reply = NULL;
    r = set_real(request, "percent", operands[2], err);
    if (r < 0)
        json_decref(request);
    else
        r = class_ask(request, &reply, err);
    if (r == 0)
        printf("%g %% confirmed\n", json_number_value(json_object_get(reply, "percent")));
    return r;
}

static int category(const struct class_options *options, char **operands, struct error *err)
{
    json_t *request = json_pack("{s:s,s:o,s:I}", "op", "class.category", "category",
                                json_text_value(operands[0], strlen(operands[0])), "drops", (json_int_t)options->drops);
    int r = set_real(request, "weight", options->weight, err);
    return r < 0 ? (json_decref(request), r) : class_ask(request, NULL, err);
}

void duration_short(const json_t *seconds, char out[16])
{
    long long value = json_is_integer(seconds) ? json_integer_value(seconds) : -1;
    if (value < 0)
        snprintf(out, 16, "-");
    else if (value < 60)
        snprintf(out, 16, "%llds", value);
    else if (value < 3600)
        snprintf(out, 16, "%lldm", value / 60);
    else if (value < 100 * 3600)
        snprintf(out, 16, "%lldh", value / 3600);
    else
        snprintf(out, 16, "%lldd", value / 86400 > 9999 ? 9999 : value / 86400);
}

static int board(const struct class_options *options, char **operands, struct error *err)
{
    (void)operands;
    cleanup_json json_t *reply = NULL;
    int r = class_ask(json_pack("{s:s}", "op", "class.board"), &reply, err);
    if (r < 0)
        return r;
    json_t *list = json_object_get(reply, "students"), *row;
    size_t i;
    if (options->json) {
        print_json(list);
        return 0;
    }
    printf("%-20s %-7s %-24s %-8s %-6s %-6s %s\n", "STUDENT", "KIND", "WHERE", "STEP", "STUCK", "SEEN", "HINTS");
    json_array_foreach(list, i, row)
    {
        char stuck[16], seen[16];
        duration_short(json_object_get(row, "stuck_seconds"), stuck);
        duration_short(json_object_get(row, "seen_seconds"), seen);
        cleanup_free char *name = text_shown(json_str(row, "name", "")),
                          *step = json_flag(row, "done", false)
                                      ? xstrdup("done")
                                      : str_format("%lld/%lld", json_num(row, "step", 0), json_num(row, "steps", 0));
        printf("%-20.20s %-7s %-24.24s %-8s %-6s %-6s %lld\n", name, json_str(row, "kind", ""), json_str(row, "where", ""), step,
               stuck, seen, json_num(row, "hints", 0));
    }
    printf("Steps of lessons and labs are as the student's own program reports them.\n");
    return 0;
}

static int message(const struct class_options *options, char **operands, struct error *err)
{
    cleanup_free char *text = strv_join(operands, " ");
    json_t *request = json_pack("{s:s,s:o}", "op", "class.message", "text", json_text_value(text, strlen(text)));
    uint32_t uid;
    int r = options->to ? class_user(options->to, &uid, err) : 0;
    if (r == 0 && options->to)
        json_object_set_new(request, "uid", json_integer(uid));
    return r < 0 ? (json_decref(request), r) : class_ask(request, NULL, err);
}

int class_inbox_print(bool new_only, struct error *err)
{
    cleanup_json json_t *reply = NULL;
    int r = class_ask(json_pack("{s:s}", "op", "class.inbox"), &reply, err);
    long long last = 0;
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(reply, "messages"), i, row)
    {
        char at[LOCAL_TIME];
        local_time_of(json_str(row, "at", NULL), at);
        cleanup_free char *from = text_shown(json_str(row, "from", "")), *text = text_shown(json_str(row, "text", ""));
        if (!new_only || json_flag(row, "new", false))
            printf("%s %s, %s%s: %s\n", json_flag(row, "new", false) ? "*" : " ", at, from,
                   json_flag(row, "personal", false) ? " to you" : "", text);
        last = json_num(row, "message", 0);
    }
    return r < 0 || !last ? r : class_ask(json_pack("{s:s,s:I}", "op", "class.inbox", "seen", (json_int_t)last), NULL, err);
}

static int inbox(const struct class_options *options, char **operands, struct error *err)
{
    (void)options;
    (void)operands;
    return class_inbox_print(false, err);
}

CLASS_COMMAND(class_assign_command, assign_flags, "class assign [OPTIONS] lesson|lab|quiz NAME", 2, 2, assign)
CLASS_COMMAND(class_reassign_command, assign_flags, "class reassign [OPTIONS] ASSIGNMENT", 1, 1, reassign)
CLASS_COMMAND(class_assignments_command, json_flags, "class assignments [OPTIONS]", 0, 0, assignments)
CLASS_COMMAND(class_unassign_command, no_flags, "class unassign ASSIGNMENT", 1, 1, unassign)
CLASS_COMMAND(class_extend_command, extend_flags, "class extend [OPTIONS] ASSIGNMENT USER", 2, 2, extend)
CLASS_COMMAND(class_confirm_command, confirm_flags, "class confirm [OPTIONS] ASSIGNMENT USER [PERCENT]", 2, 3, confirm)
CLASS_COMMAND(class_category_command, category_flags, "class category [OPTIONS] NAME", 1, 1, category)
CLASS_COMMAND(class_board_command, json_flags, "class board [OPTIONS]", 0, 0, board)
CLASS_COMMAND(class_message_command, message_flags, "class message [OPTIONS] TEXT...", 1, 1000, message)
CLASS_COMMAND(class_inbox_command, no_flags, "class inbox", 0, 0, inbox)
