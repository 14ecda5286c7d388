/* `slipway class regrade|gradebook|marks|report|audit`: marks, and the log they rest on. */
#include "quizzes/class_work.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/exam_print.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const struct flag no_flags[] = {{0}};
static const struct flag regrade_flags[] = {
    {0, "reason", FLAG_STRING, offsetof(struct class_options, reason), "text", "Why; it stands in the log"},
    {0},
};
static const struct flag book_flags[] = {
    {0, "json", FLAG_BOOL, offsetof(struct class_options, json), NULL, "Print JSON"},
    {0, "csv", FLAG_BOOL, offsetof(struct class_options, csv), NULL, "Print CSV"},
    {0},
};
static const struct flag audit_flags[] = {
    {0, "json", FLAG_BOOL, offsetof(struct class_options, json), NULL, "Print JSON"},
    {0, "receipt", FLAG_STRING, offsetof(struct class_options, receipt), "hash",
     "Look for the event that a student's receipt names"},
    {0},
};

static int regrade(const struct class_options *options, char **operands, struct error *err)
{
    cleanup_json json_t *reply = NULL;
    const char *reason = str_or(options->reason, "");
    int r = class_ask(
        json_pack("{s:s,s:s,s:o}", "op", "class.regrade", "bank", operands[0], "reason", json_text_value(reason, strlen(reason))),
        &reply, err);
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(reply, "changes"), i, row)
    {
        printf("attempt %lld: %.2f %% before, %.2f %% now\n", json_num(row, "attempt", 0),
               json_real_value(json_object_get(row, "before")), json_real_value(json_object_get(row, "after")));
        if (json_num(row, "kept", 0))
            printf("  %lld questions kept their old key: the new bank has other options there\n", json_num(row, "kept", 0));
    }
    if (r == 0 && !i)
        printf("No ended attempt at an older version of %s.\n", operands[0]);
    return r;
}

/* "87.50"; with * when answers in it still wait for a grader, with ~ when nobody has confirmed it. */
static const char *mark_text(const json_t *mark, const char *sign, const char *none, char out[32])
{
    snprintf(out, 32, "%s", none);
    if (json_is_number(mark))
        snprintf(out, 32, "%.2f%s", json_number_value(mark), sign);
    return out;
}

static const char *sign_of(const json_t *student, size_t column)
{
    return json_integer_value(json_array_get(json_object_get(student, "pending"), column)) > 0 ? "*"
           : json_is_true(json_array_get(json_object_get(student, "reported"), column))        ? "~"
                                                                                               : "";
}

void class_book_csv(FILE *out, const json_t *book)
{
    size_t i, k;
    json_t *work, *student, *mark;
    char text[32];
    fprintf(out, "uid,user,name,");
    json_array_foreach(json_object_get(book, "assignments"), i, work)
    {
        cleanup_free char *title = text_shown(json_str(work, "title", ""));
        csv_field(out, title, false);
    }
    fprintf(out, "course\n");
    json_array_foreach(json_object_get(book, "students"), i, student)
    {
        cleanup_free char *name = text_shown(json_str(student, "name", ""));
        fprintf(out, "%lld,", json_num(student, "uid", 0));
        csv_field(out, json_str(student, "user", ""), false);
        csv_field(out, name, false);
        json_array_foreach(json_object_get(student, "marks"), k, mark) csv_field(out, mark_text(mark, "", "", text), false);
        csv_field(out, mark_text(json_object_get(student, "course"), "", "", text), true);
    }
}

static void print_book(const json_t *book)
{
    size_t i, k;
    json_t *work, *student, *mark;
    char text[32];
    bool waiting = false, reported = false;
    printf("%-24s ", "STUDENT");
    json_array_foreach(json_object_get(book, "assignments"), i, work)
    {
        cleanup_free char *title = text_shown(json_str(work, "title", ""));
        printf("%9.9s ", title);
    }
    printf("%9s\n", "COURSE");
    json_array_foreach(json_object_get(book, "students"), i, student)
    {
        cleanup_free char *name = text_shown(json_str(student, "name", ""));
        printf("%-24.24s ", name);
        json_array_foreach(json_object_get(student, "marks"), k, mark)
        {
            const char *sign = sign_of(student, k);
            waiting = waiting || *sign == '*';
            reported = reported || *sign == '~';
            printf("%9s ", mark_text(mark, sign, "-", text));
        }
        printf("%9s\n", mark_text(json_object_get(student, "course"), "", "-", text));
    }
    if (waiting)
        printf("* answers in it still wait for a grader\n");
    if (reported)
        printf("~ reported by the student's own program: counts when confirmed (slipway class confirm)\n");
}

static int book_of(const char *op, const struct class_options *options, struct error *err)
{
    cleanup_json json_t *reply = NULL;
    int r = class_ask(json_pack("{s:s}", "op", op), &reply, err);
    if (r < 0)
        return r;
    json_object_del(reply, "ok");
    if (options->json)
        print_json(reply);
    else if (options->csv)
        class_book_csv(stdout, reply);
    else
        print_book(reply);
    return 0;
}

static int gradebook(const struct class_options *options, char **operands, struct error *err)
{
    (void)operands;
    return book_of("class.gradebook", options, err);
}

static int marks(const struct class_options *options, char **operands, struct error *err)
{
    (void)operands;
    return book_of("class.marks", options, err);
}

static int report(const struct class_options *options, char **operands, struct error *err)
{
    (void)options;
    cleanup_json json_t *book = NULL, *info = NULL;
    int r = class_ask(json_pack("{s:s}", "op", "class.gradebook"), &book, err);
    if (r == 0)
        r = class_ask(json_pack("{s:s}", "op", "class.info"), &info, err);
    if (r < 0)
        return r;
    char *text = NULL;
    size_t len = 0;
    FILE *memory = open_memstream(&text, &len);
    class_report_write(memory, book, json_str(info, "title", ""));
    fclose(memory);
    r = file_replace(operands[0], text, len, 0600, err);
    free(text);
    return r;
}

static int audit(const struct class_options *options, char **operands, struct error *err)
{
    (void)operands;
    cleanup_json json_t *reply = NULL, *request = json_pack("{s:s}", "op", "audit");
    if (options->receipt)
        json_object_set_new(request, "receipt", json_text_value(options->receipt, strlen(options->receipt)));
    int r = class_ask(json_incref(request), &reply, err);
    if (r < 0)
        return r;
    json_object_del(reply, "ok");
    bool intact = json_flag(reply, "intact", false);
    if (options->json)
        print_json(reply);
    else
        printf("%lld events, head %s\n", json_num(reply, "events", 0), json_str(reply, "head", ""));
    if (!intact)
        return error_set(err, EBADMSG, "the log was changed: %s", json_str(reply, "problem", ""));
    if (options->receipt && !json_is_object(json_object_get(reply, "receipt")))
        return error_set(err, ENOENT, "no event has this receipt's hash: it is not from this log, or the log was rewritten");
    if (!options->json)
        printf("The chain holds, and what is stored agrees with it.\n");
    return 0;
}

CLASS_COMMAND(class_regrade_command, regrade_flags, "class regrade [OPTIONS] BANK", 1, 1, regrade)
CLASS_COMMAND(class_gradebook_command, book_flags, "class gradebook [OPTIONS]", 0, 0, gradebook)
CLASS_COMMAND(class_marks_command, book_flags, "class marks [OPTIONS]", 0, 0, marks)
CLASS_COMMAND(class_report_command, no_flags, "class report FILE", 1, 1, report)
CLASS_COMMAND(class_audit_command, audit_flags, "class audit [OPTIONS]", 0, 0, audit)
