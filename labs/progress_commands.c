/* `slipway progress`: what was read and done, what comes next; one's own data to take away, or gone. */
#include "labs/progress_commands.h"

#include "base/files.h"
#include "base/flags.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "labs/next.h"
#include "quizzes/class_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct options {
    bool json, yes;
};

static const struct flag flags[] = {{0, "json", FLAG_BOOL, offsetof(struct options, json), NULL, "Print JSON"},
                                    {'y', "yes", FLAG_BOOL, offsetof(struct options, yes), NULL, "Erase without asking"},
                                    {0}};

struct books {
    struct lesson *lessons;
    size_t lesson_count;
    struct lab *labs;
    size_t lab_count;
};

static int fail(const struct error *err)
{
    fprintf(stderr, "slipway: %s\n", err->message);
    return 1;
}

static int ask(const char *op, json_t **reply, struct error *err)
{
    cleanup_json json_t *request = json_pack("{s:s}", "op", op);
    return class_call(request, reply, err);
}

static void books_load(struct books *books)
{
    struct error err = ERROR_INIT;
    *books = (struct books){0};
    lessons_load_readable(&books->lessons, &books->lesson_count);
    if (labs_load(&books->labs, &books->lab_count, &err) < 0 && err.code != ENOENT)
        fail(&err);
}

static void books_free(struct books *books)
{
    lessons_free(books->lessons, books->lesson_count);
    labs_free(books->labs, books->lab_count);
}

/* "1 h 05 min", "12 min", "40 s" */
static char *time_text(long long seconds)
{
    if (seconds >= 3600)
        return str_format("%lld h %02lld min", seconds / 3600, seconds % 3600 / 60);
    return seconds >= 60 ? str_format("%lld min", seconds / 60) : seconds ? str_format("%lld s", seconds) : xstrdup("");
}

static void print_row(const json_t *progress, const char *kind, const char *slug, size_t parts, const char *title)
{
    const json_t *row = progress_row(progress, kind, slug);
    bool done = json_flag(row, "done", false);
    long long step = json_num(row, "step", 0), hints = json_num(row, "hints", 0), solved = json_num(row, "solved", 0);
    cleanup_free char *spent = time_text(json_num(row, "seconds", 0));
    cleanup_free char *state = done          ? xstrdup("done")
                               : row && step ? str_format("%lld of %zu", step, parts)
                                             : xstrdup(row ? "begun" : "");
    cleanup_free char *helped =
        str_equal(kind, "lab") && row && (hints || solved || done) ? str_format("%lld%s", hints, solved ? "+" : "") : xstrdup("");
    printf("%-7s %-10s %-5s %-12s %s\n", kind, state, helped, spent, title);
}

static void print_next(const struct books *books, const json_t *progress)
{
    struct next_step next;
    if (!next_step(books->lessons, books->lesson_count, books->labs, books->lab_count, progress, &next)) {
        printf("\nEverything is done.\n");
        return;
    }
    cleanup_free char *why = next_why(&next);
    printf("\nNext: the %s \"%s\" (%s)\n      slipway %s %s\n", next.lab ? "lab" : "lesson", next.title, why,
           next.lab ? "lab start" : "lesson show", next.slug);
}

static void print_totals(const struct books *books, const json_t *progress)
{
    size_t read = 0, done = 0;
    long long seconds = 0;
    json_t *row;
    size_t i;
    for (i = 0; i < books->lesson_count; i++)
        read += progress_done(progress, "lesson", books->lessons[i].slug);
    for (i = 0; i < books->lab_count; i++)
        done += progress_done(progress, "lab", books->labs[i].slug);
    json_array_foreach(json_object_get(progress, "progress"), i, row) { seconds += json_num(row, "seconds", 0); }
    cleanup_free char *spent = time_text(seconds);
    printf("\n%zu of %zu lessons read, %zu of %zu labs done%s%s\n", read, books->lesson_count, done, books->lab_count,
           *spent ? ", in " : "", spent);
    if (json_num(progress, "exams.attempts", 0))
        printf("%lld exams taken, best %lld %%\n", json_num(progress, "exams.attempts", 0), json_num(progress, "exams.best", 0));
}

static void print_all(const struct books *books, const json_t *progress)
{
    printf("%-7s %-10s %-5s %-12s %s\n", "", "STATE", "HINTS", "TIME", "TITLE");
    for (size_t i = 0; i < books->lesson_count; i++)
        print_row(progress, "lesson", books->lessons[i].slug, books->lessons[i].page_count, books->lessons[i].title);
    for (size_t i = 0; i < books->lab_count; i++)
        print_row(progress, "lab", books->labs[i].slug, books->labs[i].step_count, books->labs[i].title);
    print_totals(books, progress);
    print_next(books, progress);
}

static void print_json(const struct books *books, json_t *progress)
{
    struct next_step next;
    json_object_del(progress, "ok");
    json_object_set_new(progress, "next", json_null());
    if (next_step(books->lessons, books->lesson_count, books->labs, books->lab_count, progress, &next)) {
        cleanup_free char *why = next_why(&next);
        json_object_set_new(
            progress, "next",
            json_pack("{s:s,s:s,s:s,s:s}", "kind", next.lab ? "lab" : "lesson", "id", next.slug, "title", next.title, "why", why));
    }
    json_dumpf(progress, stdout, JSON_INDENT(2));
    putchar('\n');
}

static int show(const struct options *options)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *progress = NULL;
    if (ask("progress.get", &progress, &err) < 0)
        return fail(&err);
    struct books books;
    books_load(&books);
    if (options->json)
        print_json(&books, progress);
    else
        print_all(&books, progress);
    books_free(&books);
    return 0;
}

/* The log of events comes in pieces. */
static json_t *everything(struct error *err)
{
    cleanup_json json_t *all = NULL;
    if (ask("progress.export", &all, err) < 0)
        return NULL;
    json_t *events = json_object_get(all, "events");
    for (long long from = json_num(all, "next", 0); from > 0;) {
        cleanup_json json_t *request = json_pack("{s:s,s:I}", "op", "progress.export", "from", (json_int_t)from), *more = NULL;
        if (class_call(request, &more, err) < 0)
            return NULL;
        json_array_extend(events, json_object_get(more, "events"));
        from = json_num(more, "next", 0);
    }
    json_object_del(all, "ok");
    json_object_del(all, "next");
    return json_incref(all);
}

static int export(const char *path)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *all = everything(&err);
    if (!all)
        return fail(&err);
    if (str_equal(path, "-")) {
        json_dumpf(all, stdout, JSON_INDENT(2));
        putchar('\n');
        return 0;
    }
    if (json_write_file(path, all, 0600, true, &err) < 0)
        return fail(&err);
    printf("%s\n", path);
    return 0;
}

static bool agreed(void)
{
    char answer[16] = "";
    printf("All that is kept of your lessons, labs, hints and time will be deleted. Exams that you have ended stay,\n"
           "but nothing tells any more whose they are. `slipway progress export FILE` keeps a copy for you.\n"
           "Erase it? [y/N] ");
    fflush(stdout);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int erase(const struct options *options)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *reply = NULL;
    if (!options->yes && !isatty(STDIN_FILENO)) {
        error_set(&err, EINVAL, "erasing asks first, and there is no terminal to ask at; say --yes");
        return fail(&err);
    }
    if (!options->yes && !agreed()) {
        printf("Nothing was erased.\n");
        return 1;
    }
    if (ask("progress.erase", &reply, &err) < 0)
        return fail(&err);
    printf("Erased: %lld lessons and labs.\n", json_num(reply, "erased", 0));
    return 0;
}

static int command_progress(const struct command_context *context, int argc, char **argv)
{
    struct options options = {0};
    char **words;
    struct error err = ERROR_INIT;
    if (flags_described(context, flags))
        return 0;
    int r = flags_parse(flags, &options, NULL, argc, argv, false, &words, &err);
    size_t count = r < 0 ? 0 : strv_len(words);
    if (r == 0 && count == 0)
        return show(&options);
    if (r == 0 && count == 2 && str_equal(words[0], "export"))
        return export(words[1]);
    if (r == 0 && count == 1 && str_equal(words[0], "erase"))
        return erase(&options);
    FILE *out = r == -ECANCELED ? stdout : stderr;
    if (r != -ECANCELED)
        fprintf(out, "slipway: %s\n", r < 0 ? err.message : "progress is shown, exported to one file, or erased");
    fprintf(out, "Usage:  slipway %s [OPTIONS] [export FILE | erase]\n\n", argv[0]);
    flags_help(flags, out);
    return r == -ECANCELED ? 0 : 1;
}

const struct command progress_commands[] = {
    {"progress", "", "[OPTIONS] [export FILE | erase]", "Show what you have read and done, take your data away, or erase it",
     OPERAND_FILE, command_progress},
    {0},
};
