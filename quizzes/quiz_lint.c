/* `slipway quiz lint`: what the parser refuses, what points outside the bank and finds nothing there (topics, lessons, labs), and
 * advice on what is weak. */
#include "quizzes/exam_commands.h"

#include "base/flags.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank_files.h"

#include <errno.h>
#include <stdio.h>

static const struct flag no_flags[] = {{0}};

static int fail(const struct error *err)
{
    fprintf(stderr, "slipway: %s\n", err->message);
    return 1;
}

/* Two banks of one id would be taken for two versions of one bank. `seen` holds id and path of each. */
static bool id_is_free(const char *path, const char *id, char ***seen)
{
    for (char **entry = *seen; entry && *entry; entry += 2)
        if (str_equal(entry[0], id)) {
            fprintf(stderr, "%s:1: the id %s is that of %s; give each bank its own\n", path, id, entry[1]);
            return false;
        }
    strv_add(seen, id);
    strv_add(seen, path);
    return true;
}

/* 0 when nothing is wrong; advice alone does not fail. */
static int lint(const char *path, const struct course_names *names, char ***seen)
{
    struct error err = ERROR_INIT;
    cleanup_bank_lines struct bank_lines lines = {0};
    if (bank_check(path, names, &lines, &err) < 0)
        return fail(&err);
    for (char **line = lines.problems; line && *line; line++)
        fprintf(stderr, "%s\n", *line);
    if (lines.count > strv_len(lines.problems))
        fprintf(stderr, "%s: and %zu more\n", path, lines.count - strv_len(lines.problems));
    if (lines.count || !id_is_free(path, lines.id, seen))
        return 1;
    for (char **line = lines.notes; line && *line; line++)
        printf("%s (advice)\n", *line);
    printf("%s: %zu questions, nothing wrong\n", path, lines.questions);
    return 0;
}

int quiz_lint_command(const struct command_context *context, int argc, char **argv)
{
    if (flags_described(context, no_flags))
        return 0;
    struct error err = ERROR_INIT;
    char **rest;
    int r = flags_parse(no_flags, NULL, NULL, argc, argv, false, &rest, &err), code = 0;
    if (r < 0 || !*rest) {
        FILE *out = r == -ECANCELED ? stdout : stderr;
        if (r != -ECANCELED)
            fprintf(out, "slipway: %s\n", r < 0 ? err.message : "name a question bank");
        fprintf(out, "Usage:  slipway quiz lint FILE...\n");
        return r == -ECANCELED ? 0 : 1;
    }
    cleanup_strv char **seen = NULL;
    struct course_names *names = course_names_load(&err);
    if (!names)
        return fail(&err);
    for (; *rest; rest++)
        code |= lint(*rest, names, &seen);
    course_names_free(names);
    return code;
}
