/* `slipway class queue|grade|settle`: answers that people mark, by the criteria of their rubric. */
#include "quizzes/class_work.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/exam_print.h"

#include <errno.h>
#include <stdio.h>

static const struct flag queue_flags[] = {
    {0, "json", FLAG_BOOL, offsetof(struct class_options, json), NULL, "Print JSON"},
    {0, "disputed", FLAG_BOOL, offsetof(struct class_options, disputed), NULL,
     "List what two graders marked too differently, for an instructor to settle"},
    {0},
};
static const struct flag grade_flags[] = {
    {0, "comment", FLAG_STRING, offsetof(struct class_options, comment), "text", "A comment for the student"},
    {0},
};

static void print_criteria(const json_t *item)
{
    size_t i;
    json_t *criterion;
    json_array_foreach(json_object_get(item, "criteria"), i, criterion)
    {
        cleanup_free char *what = text_shown(json_str(criterion, "what", ""));
        printf("  %zu. %lld: %s\n", i + 1, json_num(criterion, "points", 0), what);
    }
}

/* "5.5 of 6 by Grace (2, 2, 1.5): well said" */
static void print_marks(const json_t *item)
{
    size_t i;
    json_t *mark;
    json_array_foreach(json_object_get(item, "marks"), i, mark)
    {
        cleanup_free char *by = text_shown(json_str(mark, "by", "")), *comment = text_shown(json_str(mark, "comment", ""));
        cleanup_free char *criteria = json_dumps(json_object_get(mark, "criteria"), JSON_REAL_PRECISION(6));
        printf("  = %g of %g by %s %s: %s\n", json_number_value(json_object_get(mark, "points")),
               json_number_value(json_object_get(mark, "most")), by, criteria, comment);
    }
}

static void print_waiting(const json_t *row)
{
    cleanup_free char *student = text_shown(json_str(row, "student", "(blind)")), *answer = text_shown(json_str(row, "answer", "")),
                      *title = text_shown(json_str(row, "title", ""));
    long long graders = json_num(row, "graders", 1);
    cleanup_free char *given = graders > 1 ? str_format(", %lld of %lld marks given", json_num(row, "given", 0), graders) : NULL;
    printf("attempt %lld slot %lld  %s, %s, %s%s\n", json_num(row, "attempt", 0), json_num(row, "slot", 0), student, title,
           json_str(row, "question", ""), str_or(given, ""));
    print_markdown(json_str(row, "stem", ""), "  ");
    print_markdown(answer, "  > ");
    print_criteria(row);
    print_marks(row);
}

static int queue(const struct class_options *options, char **operands, struct error *err)
{
    (void)operands;
    cleanup_json json_t *reply = NULL;
    int r = class_ask(json_pack("{s:s,s:b}", "op", "class.queue", "disputed", options->disputed), &reply, err);
    if (r < 0)
        return r;
    json_t *list = json_object_get(reply, "queue"), *row;
    size_t i;
    if (options->json) {
        print_json(list);
        return 0;
    }
    json_array_foreach(list, i, row) print_waiting(row);
    if (!json_array_size(list))
        printf("%s\n", options->disputed ? "No marks are too far apart." : "Nothing waits for a mark of yours.");
    return 0;
}

/* "4.5/6" or, for each criterion of the rubric, "2,1.5,0". */
static int add_points(json_t *request, const char *text, struct error *err)
{
    double points, most;
    cleanup_strv char **parts = str_split(text, strchr(text, '/') ? '/' : ',');
    if (strchr(text, '/')) {
        if (strv_len(parts) != 2 || !str_to_real(parts[0], &points) || !str_to_real(parts[1], &most))
            return error_set(err, EINVAL, "\"%.40s\" are no points; write 4.5/6, or 2,1.5,0 for the criteria of a rubric", text);
        json_object_update_new(request, json_pack("{s:f,s:f}", "points", points, "most", most));
        return 0;
    }
    json_t *list = json_array();
    json_object_set_new(request, "criteria", list);
    for (size_t i = 0; parts[i]; i++) {
        if (!str_to_real(parts[i], &points))
            return error_set(err, EINVAL, "\"%.40s\" are no points; write 4.5/6, or 2,1.5,0 for the criteria of a rubric", text);
        json_array_append_new(list, json_real(points));
    }
    return 0;
}

static int mark(const char *op, const struct class_options *options, char **operands, struct error *err)
{
    long long attempt, slot;
    const char *comment = str_or(options->comment, "");
    if (!str_to_int(operands[0], &attempt) || !str_to_int(operands[1], &slot))
        return error_set(err, EINVAL, "the numbers of an attempt and its slot come first, as `class queue` shows them");
    json_t *request = json_pack("{s:s,s:I,s:I,s:o}", "op", op, "attempt", (json_int_t)attempt, "slot", (json_int_t)slot, "comment",
                                json_text_value(comment, strlen(comment)));
    cleanup_json json_t *reply = NULL;
    int r = add_points(request, operands[2], err);
    if (r < 0)
        json_decref(request);
    else
        r = class_ask(request, &reply, err);
    if (r == 0)
        printf("attempt %lld slot %lld: %g of %g points\n", attempt, slot, json_number_value(json_object_get(reply, "points")),
               json_number_value(json_object_get(reply, "most")));
    return r;
}

static int grade(const struct class_options *options, char **operands, struct error *err)
{
    return mark("class.grade", options, operands, err);
}

static int settle(const struct class_options *options, char **operands, struct error *err)
{
    return mark("class.settle", options, operands, err);
}

CLASS_COMMAND(class_queue_command, queue_flags, "class queue [OPTIONS]", 0, 0, queue)
CLASS_COMMAND(class_grade_command, grade_flags, "class grade [OPTIONS] ATTEMPT SLOT POINTS", 3, 3, grade)
CLASS_COMMAND(class_settle_command, grade_flags, "class settle --comment TEXT ATTEMPT SLOT POINTS", 3, 3, settle)
