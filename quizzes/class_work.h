/* Commands of a class's days and of its marks, for the table in class_commands.c. */
#ifndef SLIPWAY_QUIZZES_CLASS_WORK_H
#define SLIPWAY_QUIZZES_CLASS_WORK_H

#include "quizzes/class_commands.h"

#include <string.h>

typedef int class_run(const struct command_context *context, int argc, char **argv);
class_run class_assign_command, class_reassign_command, class_assignments_command, class_unassign_command, class_extend_command,
    class_category_command, class_board_command, class_message_command, class_inbox_command, class_peek_command,
    class_queue_command, class_grade_command, class_settle_command, class_confirm_command, class_export_command,
    class_erase_command, class_regrade_command, class_gradebook_command, class_marks_command, class_audit_command,
    class_report_command;

/* Defines the command `name`, whose operands are `least` to `most`. */
#define CLASS_COMMAND(name, flags, usage, least, most, action)                                                                     \
    int name(const struct command_context *context, int argc, char **argv)                                                         \
    {                                                                                                                              \
        return class_command(context, argc, argv, flags, usage, least, most, action);                                              \
    }

int class_inbox_print(bool new_only, struct error *err);
void duration_short(const json_t *seconds, char out[16]); /* "5m"; "-" for null */

/* All that is kept of a student (`user`: login name or number) into a file of one's own, durable when this returns. An ordinary
 * file that is there is replaced: ask first. */
int class_export_file(const char *user, const char *path, struct error *err);
/* The same into a new file, never over one that is there (EEXIST), and then the request that erases who that student was; NULL and
 * why. */
json_t *class_erase_request(const char *user, const char *reason, const char *path, struct error *err);

/* The gradebook as CSV: uid, user, name, a column for each assignment, the course mark. */
void class_book_csv(FILE *out, const json_t *book);
/* The whole gradebook as one HTML file that needs nothing else, plots included. */
void class_report_write(FILE *out, const json_t *book, const char *title);

#endif
