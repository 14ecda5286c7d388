/* `slipway quiz lint`: what the parser refuses, what points outside the bank and finds nothing there (topics, lessons, labs), and
 * advice on what is weak. */
#include "quizzes/exam_commands.h"

#include "base/files.h"
#include "base/flags.h"
#include "base/memory.h"
#include "base/strings.h"
#include "lessons/lesson.h"
#include "lessons/syllabus.h"
#include "quizzes/bank/bank.h"

#include <errno.h>
#include <stdio.h>

static const struct flag no_flags[] = {{0}};

/* What the course has, for the references of questions to it. */
struct course_names {
    struct syllabus syllabus;
    struct lesson *lessons;
    size_t lesson_count;
};

static int fail(const struct error *err)
{
    fprintf(stderr, "slipway: %s\n", err->message);
    return 1;
}

static size_t check_references(const char *path, const struct bank_question *question, const struct course_names *names)
{
    size_t problems = 0;
    cleanup_free char *labs = content_dir("labs");
    cleanup_free char *lab = question->lab ? str_format("%s/%s/lab.md", labs, question->lab) : NULL;
    if (!syllabus_topic(&names->syllabus, question->topic)) {
        fprintf(stderr, "%s:%d: there is no topic \"%s\"; lessons/topics.yaml lists them\n", path, question->line, question->topic);
        problems++;
    }
    if (question->lesson && !lesson_find(names->lessons, names->lesson_count, question->lesson)) {
        fprintf(stderr, "%s:%d: there is no lesson \"%s\"; `slipway lesson list` names them\n", path, question->line,
                question->lesson);
        problems++;
    }
    if (lab && !path_exists(lab)) {
        fprintf(stderr, "%s:%d: there is no lab \"%s\"; `slipway lab list` names them\n", path, question->line, question->lab);
        problems++;
    }
    if (!*question->objective) {
        fprintf(stderr, "%s:%d: question %s names no objective; write {... objective=what-it-asks}\n", path, question->line,
                question->id);
        problems++;
    }
    return problems;
}

/* 0 when nothing is wrong; advice alone does not fail. */
static int lint(const char *path, struct course_names *names)
{
    struct error err = ERROR_INIT;
    size_t len;
    cleanup_free char *text = file_read(path, &len, &err);
    if (!text)
        return fail(&err);
    cleanup_bank struct bank bank = {0};
    cleanup_strv char **problems = NULL, **advice = NULL;
    size_t count = bank_parse(path, text, len, &bank, &problems);
    for (char **line = problems; line && *line; line++)
        fprintf(stderr, "%s\n", *line);
    if (count > strv_len(problems))
        fprintf(stderr, "%s: and %zu more\n", path, count - strv_len(problems));
    for (size_t i = 0, parsed = count; parsed == 0 && i < bank.count; i++)
        count += check_references(path, &bank.questions[i], names);
    if (count)
        return 1;
    bank_advise(path, &bank, &advice);
    for (char **line = advice; line && *line; line++)
        printf("%s (advice)\n", *line);
    printf("%s: %zu questions, nothing wrong\n", path, bank.count);
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
    struct course_names names = {0};
    r = syllabus_load(&names.syllabus, &err);
    if (r < 0)
        return fail(&err);
    lessons_load_readable(&names.lessons, &names.lesson_count);
    for (; *rest; rest++)
        code |= lint(*rest, &names);
    lessons_free(names.lessons, names.lesson_count);
    syllabus_free(&names.syllabus);
    return code;
}
