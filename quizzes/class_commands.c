/* `slipway class ...`: the table, and what every one of its commands does first. */
#include "quizzes/class_commands.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"
#include "quizzes/class_work.h"
#include "quizzes/exam_print.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct flag json_flags[] = {{0, "json", FLAG_BOOL, offsetof(struct class_options, json), NULL, "Print JSON"}, {0}};
static const struct flag import_flags[] = {
    {0, "practice", FLAG_BOOL, offsetof(struct class_options, practice), NULL,
     "Let students practise with it (else it is kept for exams)"},
    {0},
};

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

int class_command(const struct command_context *context, int argc, char **argv, const struct flag *flags, const char *line,
                  int least, int most, class_action *action)
{
    if (flags_described(context, flags))
        return 0;
    struct class_options options = {0};
    struct error err = ERROR_INIT;
    char **rest;
    int r = flags_parse(flags, &options, NULL, argc, argv, false, &rest, &err);
    if (r < 0)
        return usage(line, flags, r == -ECANCELED ? NULL : err.message);
    int count = (int)strv_len(rest);
    if (count < least || count > most)
        return usage(line, flags, count < least ? "an operand is missing" : "too many operands");
    if (action(&options, rest, &err) == 0)
        return 0;
    fprintf(stderr, "slipway: %s\n", err.message);
    return 1;
}

int class_ask(json_t *request, json_t **reply, struct error *err)
{
    int r = class_here(err);
    if (r == 0)
        r = class_call(request, reply, err);
    json_decref(request);
    return r;
}

static int status(const struct class_options *options, char **operands, struct error *err)
{
    (void)operands;
    cleanup_json json_t *reply = NULL;
    int r = class_ask(json_pack("{s:s}", "op", "class.info"), &reply, err);
    if (r < 0)
        return r;
    json_object_del(reply, "ok");
    if (options->json) {
        print_json(reply);
        return 0;
    }
    cleanup_free char *title = text_shown(json_str(reply, "title", "")), *socket = class_socket_path();
    printf("Class:        %s\nServed on:    %s\nYou are:      %s\nStudents:     %lld\nAssignments:  %lld\nExams now:    %lld\n",
           title, socket, json_str(reply, "role", ""), json_num(reply, "students", 0), json_num(reply, "assignments", 0),
           json_num(reply, "running", 0));
    return 0;
}

static int command_status(const struct command_context *context, int argc, char **argv)
{
    return class_command(context, argc, argv, json_flags, "class status [OPTIONS]", 0, 0, status);
}

json_t *bank_import_request(const char *path, bool practice, struct error *err)
{
    size_t len;
    cleanup_free char *text = file_read(path, &len, err);
    json_t *value = text && strlen(text) == len ? json_stringn(text, len) : NULL;
    if (text && !value)
        error_set(err, EINVAL, "%s is no UTF-8 text", path);
    return value ? json_pack("{s:s,s:s,s:o,s:b}", "op", "bank.import", "file", path, "text", value, "keep", !practice) : NULL;
}

static int import(const struct class_options *options, char **operands, struct error *err)
{
    cleanup_json json_t *reply = NULL;
    json_t *request = bank_import_request(operands[0], options->practice, err);
    int r = request ? class_ask(request, &reply, err) : -err->code;
    if (r == 0)
        printf("%s: %lld questions, %s\n", json_str(reply, "bank", ""), json_num(reply, "questions", 0),
               options->practice ? "open for practice" : "kept for exams");
    return r;
}

static int command_import(const struct command_context *context, int argc, char **argv)
{
    return class_command(context, argc, argv, import_flags, "class import [OPTIONS] FILE", 1, 1, import);
}

const struct command class_commands[] = {
    {"class init", "", "[OPTIONS] TITLE", "Found a class on this machine (root)", OPERAND_NOTHING, class_init_command},
    {"class serve", "", "[OPTIONS]", "Serve the class (root starts it; it runs as the class's user)", OPERAND_NOTHING,
     class_serve_command},
    {"class status", "", "[OPTIONS]", "Show the class, and what you are in it", OPERAND_NOTHING, command_status},
    {"class enrol", "", "[OPTIONS] [USER...]", "Put users on the roster", OPERAND_NOTHING, class_enrol_command},
    {"class remove", "", "USER", "Take a user off the roster", OPERAND_NOTHING, class_remove_command},
    {"class roster", "", "[OPTIONS]", "List who belongs to the class", OPERAND_NOTHING, class_roster_command},
    {"class import", "", "[OPTIONS] FILE", "Import a question bank for the class", OPERAND_FILE, command_import},
    {"class assign", "", "[OPTIONS] lesson|lab|quiz NAME", "Set a lesson, a lab or a quiz to the class", OPERAND_NOTHING,
     class_assign_command},
    {"class reassign", "", "[OPTIONS] ASSIGNMENT", "Change the dates and terms of an assignment", OPERAND_NOTHING,
     class_reassign_command},
    {"class unassign", "", "ASSIGNMENT", "Take an assignment back", OPERAND_NOTHING, class_unassign_command},
    {"class extend", "", "[OPTIONS] ASSIGNMENT USER", "Give one student more time or attempts", OPERAND_NOTHING,
     class_extend_command},
    {"class category", "", "[OPTIONS] NAME", "Weigh a category of assignments, and drop its lowest marks", OPERAND_NOTHING,
     class_category_command},
    {"class assignments", "", "[OPTIONS]", "List what is set, with its dates", OPERAND_NOTHING, class_assignments_command},
    {"class board", "", "[OPTIONS]", "Show who is where, how long, with how many hints", OPERAND_NOTHING, class_board_command},
    {"class message", "", "[OPTIONS] TEXT...", "Send a line to one student or to all", OPERAND_NOTHING, class_message_command},
    {"class peek", "", "[OPTIONS] USER", "Look at a student's lab terminal; their screen says that you do", OPERAND_NOTHING,
     class_peek_command},
    {"class inbox", "", "", "Read the messages of the class", OPERAND_NOTHING, class_inbox_command},
    {"class queue", "", "[OPTIONS]", "List free text that waits for a mark of yours", OPERAND_NOTHING, class_queue_command},
    {"class grade", "", "[OPTIONS] ATTEMPT SLOT POINTS", "Mark a free text: 4.5/6, or 2,1.5,0 by the rubric", OPERAND_NOTHING,
     class_grade_command},
    {"class settle", "", "--comment TEXT ATTEMPT SLOT POINTS", "Settle marks that differ, with the one that counts",
     OPERAND_NOTHING, class_settle_command},
    {"class confirm", "", "[OPTIONS] ASSIGNMENT USER [PERCENT]", "Confirm what a student reports of a lesson or lab",
     OPERAND_NOTHING, class_confirm_command},
    {"class regrade", "", "[OPTIONS] BANK", "Mark old attempts by the bank's corrected keys", OPERAND_NOTHING,
     class_regrade_command},
    {"class gradebook", "", "[OPTIONS]", "Show all marks", OPERAND_NOTHING, class_gradebook_command},
    {"class marks", "", "[OPTIONS]", "Show your own marks", OPERAND_NOTHING, class_marks_command},
    {"class report", "", "FILE", "Write the gradebook as one HTML file with plots", OPERAND_FILE, class_report_command},
    {"class export", "", "USER FILE", "Write all that is kept of a student into a new file", OPERAND_FILE, class_export_command},
    {"class erase", "", "--reason TEXT USER FILE", "Export a student, and erase who that was; marks and log stay", OPERAND_FILE,
     class_erase_command},
    {"class audit", "", "[OPTIONS]", "Check that the log of all that happened is whole", OPERAND_NOTHING, class_audit_command},
    {0},
};
