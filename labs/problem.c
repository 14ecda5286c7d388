/* The list of problems, and how they are written. */
#include "labs/problem.h"

#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void add(struct lab_problems *problems, struct lab_problem problem)
{
    problems->list = xrealloc(problems->list, (problems->count + 1) * sizeof *problems->list);
    problems->list[problems->count++] = problem;
}

void problem_add(struct lab_problems *problems, const char *file, int line, const char *field, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(problems, (struct lab_problem){xstrdup(file), line, xstrdup(field), str_vformat(format, args)});
    va_end(args);
}

void problem_add_error(struct lab_problems *problems, const char *file, const struct error *err)
{
    const char *text = err->message;
    int line = 1;
    if (str_starts(text, file) && text[strlen(file)] == ':') {
        char *end;
        line = (int)strtol(text + strlen(file) + 1, &end, 10);
        text = *end == ':' ? end + 1 + strspn(end + 1, " ") : end;
    }
    problem_add(problems, file, line > 0 ? line : 1, "", "%s", text);
}

static char *problem_text(const struct lab_problem *problem)
{
    const char *field = problem->field;
    return str_format("%s:%d: %s%s%s", problem->file, problem->line, field, *field ? ": " : "", problem->text);
}

void problems_print(const struct lab_problems *problems, FILE *out)
{
    for (size_t i = 0; i < problems->count; i++) {
        cleanup_free char *text = problem_text(&problems->list[i]);
        fprintf(out, "%s\n", text);
    }
}

int problems_error(const struct lab_problems *problems, struct error *err)
{
    if (!problems->count)
        return 0;
    cleanup_free char *text = problem_text(&problems->list[0]);
    return error_set(err, EINVAL, "%s", text);
}

void problems_free(struct lab_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        free(problems->list[i].file);
        free(problems->list[i].field);
        free(problems->list[i].text);
    }
    free(problems->list);
    *problems = (struct lab_problems){0};
}
