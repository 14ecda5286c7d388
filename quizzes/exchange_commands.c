/* `slipway quiz import` and `slipway quiz export`: banks from and to the formats of others. What cannot be held is told on stderr,
 * a line each; what is wrong stops the import, and nothing is written. */
#include "quizzes/exam_commands.h"

#include "base/flags.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank_files.h"

#include <errno.h>
#include <stdio.h>

struct options {
    const char *format, *output;
    struct exchange_defaults bank;
};

#define BANK_FLAG(field, what)                                                                                                     \
    {                                                                                                                              \
        0, #field, FLAG_STRING, offsetof(struct options, bank) + offsetof(struct exchange_defaults, field), "TEXT", what           \
    }
static const struct flag import_flags[] = {
    {'o', "output", FLAG_STRING, offsetof(struct options, output), "FILE", "Write the bank there instead of to standard output"},
    {0, "format", FLAG_STRING, offsetof(struct options, format), "NAME",
     "gift, aiken, moodle-xml or csv, where the name of the file does not tell"},
    BANK_FLAG(id, "Id of the bank"),
    BANK_FLAG(title, "Title of the bank"),
    BANK_FLAG(domain, "Domain of the bank (default foundations)"),
    BANK_FLAG(licence, "Licence of the questions"),
    BANK_FLAG(topic, "Topic of questions that name none"),
    {0}};
static const struct flag export_flags[] = {
    {0, "format", FLAG_STRING, offsetof(struct options, format), "NAME", "gift, aiken, moodle-xml or csv"},
    {'o', "output", FLAG_STRING, offsetof(struct options, output), "FILE", "Write to this file instead of standard output"},
    {0}};

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
    fprintf(out, "Usage:  slipway %s\n\nOptions:\n", line);
    flags_help(flags, out);
    return problem ? 1 : 0;
}

static void tell(char *const *lines)
{
    for (char *const *line = lines; line && *line; line++)
        fprintf(stderr, "%s\n", *line);
}

static int put_out(const char *from, const char *path, const struct buf *text)
{
    struct error err = ERROR_INIT;
    if (path)
        return bank_file_write(from, path, text, &err) < 0 ? fail(&err) : 0;
    if (fwrite(text->data, 1, text->len, stdout) != text->len || fflush(stdout)) {
        error_errno(&err, errno, "write to standard output");
        return fail(&err);
    }
    return 0;
}

static int import(const struct options *options, const char *file)
{
    struct error err = ERROR_INIT;
    cleanup_buf struct buf out = BUF_INIT;
    cleanup_bank_lines struct bank_lines lines = {0};
    if (bank_from_other(file, options->format, &options->bank, &out, &lines, &err) < 0)
        return fail(&err);
    tell(lines.notes);
    tell(lines.problems);
    if (lines.count) {
        fprintf(stderr, "slipway: %zu problem%s; nothing was imported\n", lines.count, lines.count == 1 ? "" : "s");
        return 1;
    }
    return put_out(file, options->output, &out);
}

int quiz_import_command(const struct command_context *context, int argc, char **argv)
{
    if (flags_described(context, import_flags))
        return 0;
    struct options options = {0};
    struct error err = ERROR_INIT;
    char **rest;
    int r = flags_parse(import_flags, &options, NULL, argc, argv, false, &rest, &err);
    if (r < 0 || strv_len(rest) != 1)
        return usage("quiz import [OPTIONS] FILE", import_flags,
                     r == -ECANCELED ? NULL
                     : r < 0         ? err.message
                                     : "name one file to import");
    return import(&options, rest[0]);
}

static int export(const struct options *options, const char *file)
{
    struct error err = ERROR_INIT;
    cleanup_buf struct buf out = BUF_INIT;
    cleanup_bank_lines struct bank_lines lines = {0};
    if (bank_to_other(file, options->format, &out, &lines, &err) < 0)
        return fail(&err);
    tell(lines.notes);
    return put_out(file, options->output, &out);
}

int quiz_export_command(const struct command_context *context, int argc, char **argv)
{
    if (flags_described(context, export_flags))
        return 0;
    struct options options = {0};
    struct error err = ERROR_INIT;
    char **rest;
    int r = flags_parse(export_flags, &options, NULL, argc, argv, false, &rest, &err);
    const char *problem = r == 0 && strv_len(rest) != 1 ? "name one question bank"
                          : r == 0 && !options.format   ? "say to which --format: gift, aiken, moodle-xml or csv"
                                                        : NULL;
    if (r < 0 || problem)
        return usage("quiz export --format NAME [OPTIONS] FILE", export_flags,
                     r == -ECANCELED ? NULL
                     : r < 0         ? err.message
                                     : problem);
    return export(&options, rest[0]);
}
