/* `slipway lab ...`: the labs without the terminal UI. Each command finds its lab, finds or makes the sandbox, and does one thing.
 */
#include "labs/lab_commands.h"

#include "base/files.h"
#include "base/flags.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "labs/lab.h"
#include "labs/lab_test.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What most commands share: the labs, the one named, and its session. */
struct call {
    const struct command_context *context;
    struct lab *labs;
    size_t count;
    const struct lab *lab;
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
    labs_free(call->labs, call->count);
}

enum need { NEED_LAB, NEED_SANDBOX, NEED_SESSION };

/* 0 to go on; otherwise the exit code is in *code. */
static int call_begin(struct call *call, const struct command_context *context, int argc, char **argv, int most, enum need need,
                      int *code)
{
    static const struct flag none[] = {{0}};
    *call = (struct call){.context = context};
    struct error *err = &call->err;
    *code = flags_described(context, none) ? 0 : 1;
    if (!*code)
        return -1;
    int r = flags_parse(none, NULL, NULL, argc, argv, false, &call->operands, err);
    if (r < 0) {
        *code = usage(argv[0], most > 1 ? "LAB [NUMBER]" : "LAB", r == -ECANCELED ? NULL : err->message);
        return -1;
    }
    size_t given = strv_len(call->operands);
    if (given < 1 || given > (size_t)most) {
        *code = usage(argv[0], most > 1 ? "LAB [NUMBER]" : "LAB", "name one lab; `slipway lab list` names them all");
        return -1;
    }
    if (labs_load(&call->labs, &call->count, err) < 0)
        return -fail(err);
    call->lab = lab_find(call->labs, call->count, call->operands[0]);
    call->operands++;
    if (!call->lab) {
        error_set(err, ENOENT, "no such lab: %s; `slipway lab list` names them all", call->operands[-1]);
        fail(err);
    } else if (need == NEED_SANDBOX && lab_locate(context->host, call->lab, &call->session, err) < 0) {
        fail(err);
    } else if (need == NEED_SESSION && lab_resume(context->host, call->lab, &call->session, err) < 0) {
        fail(err);
    } else {
        call->open = need != NEED_LAB;
        *code = 0;
        return 0;
    }
    call_end(call);
    return -1;
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

static void print_step(const struct lab_session *session)
{
    const struct lab *lab = session->lab;
    if (session->steps_done == lab->step_count) {
        printf("All %zu steps of \"%s\" are done. `slipway lab stop %s` removes the sandbox.\n", lab->step_count, lab->title,
               lab->slug);
        return;
    }
    const struct lab_step *step = &lab->steps[session->steps_done];
    printf("Step %zu of %zu: %s\n\n", session->steps_done + 1, lab->step_count, step->title);
    print_pages(&step->instruction);
}

static int lab_list_json(const struct lab *labs, size_t count)
{
    json_t *out = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(out, json_pack("{s:s,s:s,s:s,s:s,s:i,s:i}", "slug", labs[i].slug, "title", labs[i].title, "summary",
                                             labs[i].summary, "domain", labs[i].domain, "minutes", labs[i].minutes, "steps",
                                             (int)labs[i].step_count));
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
        return fail(&err);
    if (options.json) {
        lab_list_json(labs, count);
    } else {
        printf("%-28s %-6s %-8s %s\n", "LAB", "STEPS", "MINUTES", "TITLE");
        for (size_t i = 0; i < count; i++)
            printf("%-28s %-6zu %-8d %s\n", labs[i].slug, labs[i].step_count, labs[i].minutes, labs[i].title);
    }
    labs_free(labs, count);
    return 0;
}

static int command_start(const struct command_context *context, int argc, char **argv)
{
    struct call call;
    int code;
    if (call_begin(&call, context, argc, argv, 1, NEED_LAB, &code) < 0)
        return code;
    if (lab_start(context->host, call.lab, false, &call.session, &call.err) < 0) {
        code = fail(&call.err);
    } else {
        call.open = true;
        print_pages(&call.lab->introduction);
        print_step(&call.session);
        printf("`slipway lab shell %s` opens a shell in the sandbox, `slipway lab check %s` looks at what you did.\n",
               call.lab->slug, call.lab->slug);
    }
    call_end(&call);
    return code;
}

/* Exit code 0 when something became done (or all is done), 1 when the current step is not done yet. */
static int command_check(const struct command_context *context, int argc, char **argv)
{
    struct call call;
    int code;
    if (call_begin(&call, context, argc, argv, 1, NEED_SESSION, &code) < 0)
        return code;
    cleanup_free char *advice = NULL;
    size_t before = call.session.steps_done;
    int passed = lab_check(&call.session, &advice, &call.err);
    if (passed < 0) {
        code = fail(&call.err);
    } else {
        for (size_t i = before; i < call.session.steps_done; i++)
            printf("Done: %s\n", call.lab->steps[i].title);
        if (passed == 0 && call.session.steps_done < call.lab->step_count) {
            printf("Not yet: %s\n", *advice ? advice : call.lab->steps[call.session.steps_done].title);
            code = 1;
        } else {
            putchar('\n');
            print_step(&call.session);
        }
    }
    call_end(&call);
    return code;
}

static int command_hint(const struct command_context *context, int argc, char **argv)
{
    struct call call;
    int code;
    if (call_begin(&call, context, argc, argv, 2, NEED_SESSION, &code) < 0)
        return code;
    long long number = 1;
    bool done = call.session.steps_done == call.lab->step_count;
    const struct lab_step *step = done ? NULL : &call.lab->steps[call.session.steps_done];
    if (done) {
        print_step(&call.session);
    } else if ((call.operands[0] && !str_to_int(call.operands[0], &number)) || number < 1 || (size_t)number > step->hint_count) {
        fprintf(stderr, "slipway: step \"%s\" has hints 1 to %zu, no hint %s\n", step->title, step->hint_count, call.operands[0]);
        code = 1;
    } else {
        print_pages(&step->hints[number - 1]);
        if ((size_t)number < step->hint_count)
            printf("More: slipway lab hint %s %lld\n", call.lab->slug, number + 1);
    }
    call_end(&call);
    return code;
}

static int command_solve(const struct command_context *context, int argc, char **argv)
{
    struct call call;
    int code;
    if (call_begin(&call, context, argc, argv, 1, NEED_SESSION, &code) < 0)
        return code;
    size_t before = call.session.steps_done;
    cleanup_free char *output = NULL, *path = NULL, *script = NULL;
    if (lab_solve(&call.session, &output, &call.err) < 0) {
        code = fail(&call.err);
    } else {
        path = path_join(call.lab->steps[before].folder, "solve.sh");
        script = file_read(path, NULL, NULL);
        printf("Done for you: %s\n\n%s\n", call.lab->steps[before].title, script ? script : "");
        print_step(&call.session);
    }
    call_end(&call);
    return code;
}

static int command_reset(const struct command_context *context, int argc, char **argv)
{
    struct call call;
    int code;
    if (call_begin(&call, context, argc, argv, 1, NEED_SANDBOX, &code) < 0)
        return code;
    if (lab_reset(&call.session, &call.err) < 0)
        code = fail(&call.err);
    else
        print_step(&call.session);
    call_end(&call);
    return code;
}

static int command_stop(const struct command_context *context, int argc, char **argv)
{
    struct call call;
    int code;
    if (call_begin(&call, context, argc, argv, 1, NEED_SANDBOX, &code) < 0)
        return code;
    if (lab_stop(&call.session, &call.err) < 0)
        code = fail(&call.err);
    else
        printf("%s\n", call.lab->slug);
    call_end(&call);
    return code;
}

/* `slipway exec -it` knows all about terminals already. */
static int command_shell(const struct command_context *context, int argc, char **argv)
{
    struct call call;
    int code;
    if (call_begin(&call, context, argc, argv, 1, NEED_SESSION, &code) < 0)
        return code;
    cleanup_free char *program = exe_sibling("slipway"), *name = str_format("LAB=%s", call.lab->slug);
    char *terminal = isatty(STDIN_FILENO) ? "-it" : "-i";
    char *const command[] = {program, "-H", (char *)context->host, "exec", terminal, "-e", name, call.session.id, "bash",
                             "-l",    NULL};
    execv(program, command);
    error_errno(&call.err, errno, "start %s", program);
    code = fail(&call.err);
    call_end(&call);
    return code;
}

static int command_test(const struct command_context *context, int argc, char **argv)
{
    static const struct flag none[] = {{0}};
    if (flags_described(context, none))
        return 0;
    struct lab *labs;
    size_t count;
    struct error err = ERROR_INIT;
    if (labs_load(&labs, &count, &err) < 0)
        return fail(&err);
    bool unknown = false;
    int failures = 0;
    for (int i = 1; i < argc; i++)
        if (!lab_find(labs, count, argv[i])) {
            error_set(&err, ENOENT, "no such lab: %s; `slipway lab list` names them all", argv[i]);
            fail(&err);
            unknown = true;
        }
    for (size_t i = 0; !unknown && i < count; i++)
        if (argc < 2 || strv_has(argv + 1, labs[i].slug))
            failures += lab_test(context->host, &labs[i], stdout);
    labs_free(labs, count);
    return unknown || failures > 0;
}

const struct command lab_commands[] = {
    {"lab list", "", "[--json]", "List the labs", OPERAND_NOTHING, command_list},
    {"lab start", "", "LAB", "Make a sandbox for a lab", OPERAND_LAB, command_start},
    {"lab check", "", "LAB", "Look whether the current step is done", OPERAND_LAB, command_check},
    {"lab hint", "", "LAB [NUMBER]", "Show a hint for the current step", OPERAND_LAB, command_hint},
    {"lab solve", "", "LAB", "Carry out the solution of the current step", OPERAND_LAB, command_solve},
    {"lab reset", "", "LAB", "Start over in a fresh sandbox", OPERAND_LAB, command_reset},
    {"lab shell", "", "LAB", "Open a shell in the sandbox of a lab", OPERAND_LAB, command_shell},
    {"lab stop", "", "LAB", "Remove the sandbox of a lab", OPERAND_LAB, command_stop},
    {"lab test", "", "[LAB...]", "Prove that checks pass solutions and fail everything else", OPERAND_LAB, command_test},
    {0},
};
