/* `slipway lab ...`: the labs without the terminal UI. Each command finds its lab, finds or makes the sandbox, and does one thing.
 */
#include "labs/lab_commands.h"

#include "base/files.h"
#include "base/flags.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "labs/author_commands.h"
#include "labs/lab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What most commands share: the lab, and the session of whoever asks. */
struct call {
    const struct command_context *context;
    struct lab lab;
    struct lab_session session;
    bool open;
    char **operands; /* after the lab's name */
    struct error err;
};

static int fail(const struct error *err)
{
    fprintf(stderr, "slipway: %s\n", err->message);
    return 1;
}

static int usage(const char *name, const char *operands, const char *problem)
{
    FILE *out = problem ? stderr : stdout;
    if (problem)
        fprintf(out, "slipway: %s\n", problem);
    fprintf(out, "Usage:  slipway %s %s\n", name, operands);
    return problem ? 1 : 0;
}

static void call_end(struct call *call)
{
    if (call->open)
        lab_close(&call->session);
    lab_clear(&call->lab);
}

enum need { NEED_LAB, NEED_SANDBOX, NEED_SESSION };

static int call_open(struct call *call, enum need need)
{
    const char *host = call->context->host;
    int r = lab_load(call->operands[0], &call->lab, &call->err);
    if (r == 0 && need != NEED_SANDBOX)
        r = lab_personalise(&call->lab, &call->err);
    if (r == 0 && need == NEED_SANDBOX)
        r = lab_locate(host, &call->lab, &call->session, &call->err);
    if (r == 0 && need == NEED_SESSION)
        r = lab_resume(host, &call->lab, &call->session, &call->err);
    call->open = r == 0 && need != NEED_LAB;
    return r;
}

/* 0 to go on; otherwise the exit code is in *code. `operands` is "LAB" and what may follow. */
static int call_begin(struct call *call, const struct command_context *context, int argc, char **argv, const char *operands,
                      enum need need, int *code)
{
    static const struct flag none[] = {{0}};
    *call = (struct call){.context = context};
    struct error *err = &call->err;
    *code = flags_described(context, none) ? 0 : 1;
    if (!*code)
        return -1;
    int r = flags_parse(none, NULL, NULL, argc, argv, false, &call->operands, err);
    if (r < 0) {
        *code = usage(argv[0], operands, r == -ECANCELED ? NULL : err->message);
        return -1;
    }
    size_t given = strv_len(call->operands), most = strchr(operands, ' ') ? 2 : 1;
    if (given < 1 || given > most) {
        *code = usage(argv[0], operands, "name one lab; `slipway lab list` names them all");
        return -1;
    }
    if (call_open(call, need) < 0) {
        *code = fail(err);
        call_end(call);
        return -1;
    }
    call->operands++;
    *code = 0;
    return 0;
}

/* A step by its number or its folder's name, or the current one when none is given. */
static int step_named(const struct call *call, const char *text, size_t *step, struct error *err)
{
    long long number;
    const struct lab *lab = &call->lab;
    *step = lab_current(&call->session);
    if (!text)
        return 0;
    if (str_to_int(text, &number) && number >= 1 && (size_t)number <= lab->step_count) {
        *step = (size_t)number - 1;
        return 0;
    }
    for (size_t i = 0; i < lab->step_count; i++)
        if (str_equal(lab->steps[i].slug, text)) {
            *step = i;
            return 0;
        }
    return error_set(err, EINVAL, "lab %s has steps 1 to %zu, no step %s", lab->slug, lab->step_count, text);
}

static int width(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 40 ? 80 : size.ws_col > 100 ? 100 : size.ws_col;
}

static bool colour(void) { return isatty(STDOUT_FILENO) && !getenv("NO_COLOR"); }

static void print_pages(const struct pages *pages)
{
    for (size_t i = 0; i < pages->count; i++)
        page_print(&pages->list[i], width(), colour(), stdout);
}

static void print_time(const struct lab_session *session)
{
    long long left = lab_left_ms(session) / 1000;
    if (session->lab->timed && session->steps_done < session->lab->step_count)
        printf("Time left: %lld:%02lld of %d minutes.\n\n", left / 60, left % 60, session->lab->minutes);
}

/* Where the order is free, all of them, so that one can be chosen. */
static void print_steps(const struct lab_session *session)
{
    const struct lab *lab = session->lab;
    for (size_t i = 0; i < lab->step_count; i++)
        printf("%s %zu  %s\n", session->done[i] ? "[x]" : lab_step_open(session, i) ? "[ ]" : " - ", i + 1, lab->steps[i].title);
    putchar('\n');
}

static void print_step(const struct lab_session *session)
{
    const struct lab *lab = session->lab;
    size_t current = lab_current(session);
    if (session->steps_done == lab->step_count) {
        printf("All %zu steps of \"%s\" are done. `slipway lab stop %s` removes the sandbox.\n", lab->step_count, lab->title,
               lab->slug);
        return;
    }
    print_time(session);
    if (str_equal(lab->order_of_steps, "free"))
        print_steps(session);
    printf("Step %zu of %zu: %s\n\n", current + 1, lab->step_count, lab->steps[current].title);
    print_pages(&lab->steps[current].instruction);
}

static json_t *list_json(char *const *list) { return list ? json_from_strv(list) : json_array(); }

static int lab_list_json(const struct lab *labs, size_t count)
{
    json_t *out = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(out, json_pack("{s:s,s:s,s:s,s:s,s:i,s:i,s:b,s:b,s:o,s:o,s:o}", "slug", labs[i].slug, "title",
                                             labs[i].title, "summary", labs[i].summary, "domain", labs[i].domain, "minutes",
                                             labs[i].minutes, "steps", (int)labs[i].step_count, "timed", labs[i].timed, "engine",
                                             labs[i].engine, "prerequisites", list_json(labs[i].prerequisites), "topics",
                                             list_json(labs[i].topics), "features", list_json(labs[i].features)));
    json_dumpf(out, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(out);
    return 0;
}

static int command_list(const struct command_context *context, int argc, char **argv)
{
    struct options {
        bool json;
    } options = {0};
    static const struct flag flags[] = {{0, "json", FLAG_BOOL, offsetof(struct options, json), NULL, "Print JSON"}, {0}};
    if (flags_described(context, flags))
        return 0;
    char **rest;
    struct error err = ERROR_INIT;
    if (flags_parse(flags, &options, NULL, argc, argv, false, &rest, &err) < 0)
        return usage(argv[0], "[--json]", err.code == ECANCELED ? NULL : err.message);
    struct lab *labs;
    size_t count;
    if (labs_load(&labs, &count, &err) < 0)
        fail(&err);
    if (options.json) {
        lab_list_json(labs, count);
    } else {
        printf("%-28s %-6s %-8s %s\n", "LAB", "STEPS", "MINUTES", "TITLE");
        for (size_t i = 0; i < count; i++)
            printf("%-28s %-6zu %-8d %s\n", labs[i].slug, labs[i].step_count, labs[i].minutes, labs[i].title);
    }
    labs_free(labs, count);
    return err.code ? 1 : 0;
}

static int command_start(const struct command_context *context, int argc, char **argv)
{
    struct call call;
    int code;
    if (call_begin(&call, context, argc, argv, "LAB", NEED_LAB, &code) < 0)
        return code;
    if (lab_start(context->host, &call.lab, false, &call.session, &call.err) < 0) {
        code = fail(&call.err);
    } else {
        call.open = true;
        print_pages(&call.lab.introduction);
        print_step(&call.session);
        printf("`slipway lab shell %s` opens a shell in the sandbox, `slipway lab check %s` looks at what you did.\n",
               call.lab.slug, call.lab.slug);
    }
    call_end(&call);
    return code;
}

/* What became done, and what it means. */
static void print_done(const struct lab_session *session, const bool before[LAB_STEPS_MOST])
{
    for (size_t i = 0; i < session->lab->step_count; i++)
        if (session->done[i] && !before[i]) {
            printf("Done: %s\n", session->lab->steps[i].title);
            print_pages(&session->lab->steps[i].meaning);
        }
}

/* Exit code 0 when something became done (or all is done), 1 when the current step is not done yet. */
static int command_check(const struct command_context *context, int argc, char **argv)
{
    struct call call;
    int code;
    if (call_begin(&call, context, argc, argv, "LAB [STEP]", NEED_SESSION, &code) < 0)
        return code;
    cleanup_free char *advice = NULL;
    bool before[LAB_STEPS_MOST];
    size_t step;
    memcpy(before, call.session.done, sizeof before);
    int passed = step_named(&call, call.operands[0], &step, &call.err);
    if (passed == 0)
        passed = lab_check(&call.session, step, &advice, &call.err);
    if (passed < 0) {
        code = fail(&call.err);
    } else if (passed == 0 && call.session.steps_done < call.lab.step_count) {
        printf("Not yet: %s\n", *advice ? advice : call.lab.steps[lab_current(&call.session)].title);
        code = 1;
    } else {
        print_done(&call.session, before);
        putchar('\n');
        print_step(&call.session);
    }
    call_end(&call);
    return code;
}

static int show_hint(struct call *call, size_t at)
{
    const struct lab_step *step = &call->lab.steps[at];
    /* Without a number: the next one that was not seen. */
    long long seen = call->session.hints[at], number = seen < (long long)step->hint_count ? seen + 1 : seen;
    if ((call->operands[0] && !str_to_int(call->operands[0], &number)) || number < 1 || (size_t)number > step->hint_count) {
        fprintf(stderr, "slipway: step \"%s\" has hints 1 to %zu, no hint %s\n", step->title, step->hint_count, call->operands[0]);
        return 1;
    }
    lab_hinted(&call->session, at, (unsigned)number);
    print_pages(&step->hints[number - 1]);
    if ((size_t)number < step->hint_count)
        printf("More: slipway lab hint %s %lld\n", call->lab.slug, number + 1);
    return 0;
}

static int command_hint(const struct command_context *context, int argc, char **argv)
{
    struct call call;
    int code;
    if (call_begin(&call, context, argc, argv, "LAB [NUMBER]", NEED_SESSION, &code) < 0)
        return code;
    if (call.session.steps_done == call.lab.step_count)
        print_step(&call.session);
    else
        code = show_hint(&call, lab_current(&call.session));
    call_end(&call);
    return code;
}

static void print_solution(const struct lab *lab, size_t step)
{
    cleanup_free char *path = path_join(lab->steps[step].folder, "solve.sh");
    cleanup_free char *script = path_exists(path) ? file_read(path, NULL, NULL) : NULL;
    printf("Done for you: %s\n\n", lab->steps[step].title);
    for (size_t i = 0; i < lab->parameter_count; i++)
        printf("%s=%s\n", lab->parameters[i].name, lab->parameters[i].value);
    printf("%s\n", script ? script : "");
    print_pages(&lab->steps[step].meaning);
}

static int command_solve(const struct command_context *context, int argc, char **argv)
{
    struct call call;
    int code;
    if (call_begin(&call, context, argc, argv, "LAB [STEP]", NEED_SESSION, &code) < 0)
        return code;
    size_t step = 0;
    cleanup_free char *output = NULL;
    int r = step_named(&call, call.operands[0], &step, &call.err);
    if (r == 0)
        r = lab_solve(&call.session, step, &output, &call.err);
    if (r < 0) {
        code = fail(&call.err);
    } else {
        print_solution(&call.lab, step);
        print_step(&call.session);
    }
    call_end(&call);
    return code;
}

/* Of the whole lab, or of one step; those before it are brought back in a fresh machine. */
static int command_reset(const struct command_context *context, int argc, char **argv)
{
    struct call call;
    int code;
    if (call_begin(&call, context, argc, argv, "LAB [STEP]", NEED_SANDBOX, &code) < 0)
        return code;
    size_t step = 0;
    struct error *err = &call.err;
    int r = lab_personalise(&call.lab, err);
    if (r == 0 && call.operands[0]) {
        lab_close(&call.session);
        call.open = false;
        r = lab_resume(context->host, &call.lab, &call.session, err);
        call.open = r == 0;
    }
    if (r == 0 && call.operands[0] && (r = step_named(&call, call.operands[0], &step, err)) == 0)
        r = lab_reset_step(&call.session, step, err);
    else if (r == 0)
        r = lab_reset(&call.session, err);
    if (r < 0)
        code = fail(err);
    else
        print_step(&call.session);
    call_end(&call);
    return code;
}

static int command_stop(const struct command_context *context, int argc, char **argv)
{
    struct call call;
    int code;
    if (call_begin(&call, context, argc, argv, "LAB", NEED_SANDBOX, &code) < 0)
        return code;
    if (lab_stop(&call.session, &call.err) < 0)
        code = fail(&call.err);
    else
        printf("%s\n", call.lab.slug);
    call_end(&call);
    return code;
}

static const char *machine_named(const struct lab_session *session, const char *name)
{
    for (size_t i = 0; i < session->machine_count; i++)
        if (str_equal(session->machines[i].name, name))
            return session->machines[i].id;
    return NULL;
}

/* `slipway exec -it` knows all about terminals already. */
static int command_shell(const struct command_context *context, int argc, char **argv)
{
    struct call call;
    int code;
    if (call_begin(&call, context, argc, argv, "LAB [HOST]", NEED_SANDBOX, &code) < 0)
        return code;
    cleanup_free char *program = exe_sibling("slipway"), *name = str_format("LAB=%s", call.lab.slug);
    const char *id = machine_named(&call.session, call.operands[0]);
    if (id) {
        char *terminal = isatty(STDIN_FILENO) ? "-it" : "-i";
        char *const command[] = {program, "-H", (char *)context->host, "exec", terminal, "-e", name, (char *)id, "bash",
                                 "-l",    NULL};
        execv(program, command);
        error_errno(&call.err, errno, "start %s", program);
    } else {
        cleanup_free char *hosts = strv_join(call.lab.hosts, ", ");
        error_set(&call.err, ENOENT, "lab %s has no host %s%s%s", call.lab.slug, call.operands[0], *hosts ? "; its hosts: " : "",
                  hosts);
    }
    code = fail(&call.err);
    call_end(&call);
    return code;
}

const struct command lab_commands[] = {
    {"lab list", "", "[--json]", "List the labs", OPERAND_NOTHING, command_list},
    {"lab start", "", "LAB", "Make a sandbox for a lab", OPERAND_LAB, command_start},
    {"lab check", "", "LAB [STEP]", "Look whether the current step is done", OPERAND_LAB, command_check},
    {"lab hint", "", "LAB [NUMBER]", "Show a hint for the current step", OPERAND_LAB, command_hint},
    {"lab solve", "", "LAB [STEP]", "Carry out the solution of a step", OPERAND_LAB, command_solve},
    {"lab reset", "", "LAB [STEP]", "Start over in a fresh sandbox, or from a step on", OPERAND_LAB, command_reset},
    {"lab shell", "", "LAB [HOST]", "Open a shell in the sandbox of a lab", OPERAND_LAB, command_shell},
    {"lab stop", "", "LAB", "Remove the sandbox of a lab", OPERAND_LAB, command_stop},
    {"lab lint", "", "[LAB|FOLDER...]", "Say what is wrong with the files of labs", OPERAND_LAB, author_lint},
    {"lab test", "", "[OPTIONS] [LAB|FOLDER...]", "Prove that checks pass solutions and fail everything else", OPERAND_LAB,
     author_test},
    {"lab new", "", "SLUG|FOLDER", "Make the folder of a new lab, to be changed into what it shall be", OPERAND_FILE, author_new},
    {"lab import", "", "SCENARIO [SLUG|FOLDER]", "Make a lab of a Killercoda scenario", OPERAND_FILE, author_import},
    {0},
};
