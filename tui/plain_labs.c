/* Labs: instructions, commands in the sandbox, checks and hints. The sandbox stays until it is removed, as with `slipway lab`. */
#include "tui/plain.h"

#include "base/memory.h"
#include "base/strings.h"
#include "labs/lab.h"

#include <stdio.h>
#include <unistd.h>

enum { WIDTH = 80 };

struct bench {
    struct plain *plain;
    struct lab *lab;
    bool personal;
};

static void say_pages(const struct pages *pages)
{
    for (size_t i = 0; i < pages->count; i++)
        page_print(&pages->list[i], WIDTH, false, stdout);
}

/* False, said why, when the lab is not started. */
static bool resume(struct bench *bench, struct lab_session *session)
{
    struct error err = ERROR_INIT;
    bench->personal = bench->personal || lab_personalise(bench->lab, &err) == 0;
    if (!bench->personal || lab_resume(bench->plain->context->host, bench->lab, session, &err) < 0) {
        printf("%s\n", err.message);
        return false;
    }
    return true;
}

static void start(struct bench *bench) { plain_run(bench->plain, false, WORDS("lab", "start", bench->lab->slug)); }

static void instructions(struct bench *bench)
{
    struct lab_session session;
    if (!resume(bench, &session))
        return;
    size_t at = lab_current(&session);
    say_pages(&bench->lab->introduction);
    if (at < bench->lab->step_count) {
        printf("Step %zu of %zu: %s\n\n", at + 1, bench->lab->step_count, bench->lab->steps[at].title);
        say_pages(&bench->lab->steps[at].instruction);
    } else {
        printf("All %zu steps are done.\n", bench->lab->step_count);
    }
    lab_close(&session);
}

static void command(struct bench *bench)
{
    struct lab_session session;
    struct error err = ERROR_INIT;
    if (!resume(bench, &session))
        return;
    char *line = plain_ask(bench->plain, "Command:");
    cleanup_free char *output = NULL;
    int code = line && *line ? lab_script(&session, line, 0, &output, &err) : 0;
    if (output)
        printf("%s%s", output, *output && !str_ends(output, "\n") ? "\n" : "");
    if (code < 0)
        printf("It could not be run: %s\n", err.message);
    else if (line && *line)
        printf(code ? "It ended with code %d.\n" : "Done.\n", code);
    lab_close(&session);
}

static void shell(struct bench *bench)
{
    if (isatty(STDIN_FILENO))
        plain_run(bench->plain, true, WORDS("lab", "shell", bench->lab->slug));
    else
        printf("A shell needs a terminal; \"Run a command\" needs none.\n");
}

static void check(struct bench *bench) { plain_run(bench->plain, false, WORDS("lab", "check", bench->lab->slug)); }

static void hint(struct bench *bench)
{
    struct lab_session session;
    if (!resume(bench, &session))
        return;
    size_t at = lab_current(&session);
    if (at < bench->lab->step_count) {
        const struct lab_step *step = &bench->lab->steps[at];
        size_t next = session.hints[at] < step->hint_count ? session.hints[at] : 0;
        printf("Hint %zu of %zu\n\n", next + 1, step->hint_count);
        say_pages(&step->hints[next]);
        lab_hinted(&session, at, (unsigned)next + 1);
    } else {
        printf("All steps are done.\n");
    }
    lab_close(&session);
}

static void solve(struct bench *bench) { plain_run(bench->plain, false, WORDS("lab", "solve", bench->lab->slug)); }
static void reset(struct bench *bench) { plain_run(bench->plain, false, WORDS("lab", "reset", bench->lab->slug)); }
static void stop(struct bench *bench) { plain_run(bench->plain, false, WORDS("lab", "stop", bench->lab->slug)); }

static void at_bench(struct plain *plain, struct lab *lab)
{
    static const struct {
        char *title;
        void (*run)(struct bench *bench);
    } rows[] = {{"Start it: make its sandbox", start},
                {"Instructions", instructions},
                {"Run a command in the sandbox", command},
                {"Open a shell in the sandbox", shell},
                {"Check what I did", check},
                {"Next hint", hint},
                {"Do this step for me, and say how", solve},
                {"Start over in a fresh sandbox", reset},
                {"Remove the sandbox", stop}};
    char *titles[ARRAY_LEN(rows) + 1] = {NULL};
    struct bench bench = {.plain = plain, .lab = lab};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        titles[i] = rows[i].title;
    for (int choice; !plain->ended && (choice = plain_choose(plain, lab->title, titles, "Back to the labs")) >= 0;)
        rows[choice].run(&bench);
}

void plain_labs(struct plain *plain)
{
    struct lab *labs;
    size_t count;
    struct error err = ERROR_INIT;
    if (labs_load(&labs, &count, &err) < 0)
        printf("A lab cannot be read: %s\n", err.message);
    cleanup_strv char **titles = NULL;
    for (size_t i = 0; i < count; i++)
        strv_take(&titles, str_format("%s, %d minutes, %zu steps", labs[i].title, labs[i].minutes, labs[i].step_count));
    for (int choice; !plain->ended && (choice = plain_choose(plain, "Labs", titles, "Back")) >= 0;)
        at_bench(plain, &labs[choice]);
    labs_free(labs, count);
}
