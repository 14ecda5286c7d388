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
    const struct lab *lab;
    size_t step, hints; /* how many hints of which step were said */
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
    if (lab_resume(bench->plain->context->host, bench->lab, session, &err) < 0) {
        printf("%s\n", err.message);
        return false;
    }
    if (session->steps_done != bench->step)
        bench->hints = 0;
    bench->step = session->steps_done;
    return true;
}

static void start(struct bench *bench) { plain_run(bench->plain, false, WORDS("lab", "start", bench->lab->slug)); }

static void instructions(struct bench *bench)
{
    struct lab_session session;
    if (!resume(bench, &session))
        return;
    say_pages(&bench->lab->introduction);
    if (session.steps_done < bench->lab->step_count) {
        const struct lab_step *step = &bench->lab->steps[session.steps_done];
        printf("Step %zu of %zu: %s\n\n", session.steps_done + 1, bench->lab->step_count, step->title);
        say_pages(&step->instruction);
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
    int code = line && *line ? lab_script(&session, line, &output, &err) : 0;
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
    bool open = session.steps_done < bench->lab->step_count;
    const struct lab_step *step = open ? &bench->lab->steps[session.steps_done] : NULL;
    lab_close(&session);
    if (!step)
        printf("All steps are done.\n");
    else if (!step->hint_count)
        printf("This step has no hints.\n");
    if (!step || !step->hint_count)
        return;
    bench->hints = bench->hints == step->hint_count ? 0 : bench->hints;
    printf("Hint %zu of %zu\n\n", bench->hints + 1, step->hint_count);
    say_pages(&step->hints[bench->hints++]);
}

static void solve(struct bench *bench) { plain_run(bench->plain, false, WORDS("lab", "solve", bench->lab->slug)); }
static void reset(struct bench *bench) { plain_run(bench->plain, false, WORDS("lab", "reset", bench->lab->slug)); }
static void stop(struct bench *bench) { plain_run(bench->plain, false, WORDS("lab", "stop", bench->lab->slug)); }

static void at_bench(struct plain *plain, const struct lab *lab)
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
    if (labs_load(&labs, &count, &err) < 0) {
        printf("The labs cannot be read: %s\n", err.message);
        return;
    }
    cleanup_strv char **titles = NULL;
    for (size_t i = 0; i < count; i++)
        strv_take(&titles, str_format("%s, %d minutes, %zu steps", labs[i].title, labs[i].minutes, labs[i].step_count));
    for (int choice; !plain->ended && (choice = plain_choose(plain, "Labs", titles, "Back")) >= 0;)
        at_bench(plain, &labs[choice]);
    labs_free(labs, count);
}
