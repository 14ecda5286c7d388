/* Proofs as cases: one script in one machine. Cases are taken by as many threads as machines may run at once, and reported in
 * their order. */
#include "quizzes/prove.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/strings.h"
#include "labs/sandbox.h"
#include "lessons/machine.h"
#include "quizzes/here.h"
#include "quizzes/proof.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { PROOF_SECONDS = 20, JOBS_MOST = 16 };

struct proof_case {
    char *name;   /* "bank/question: what is to be seen" */
    char *script; /* NULL: it failed before it was run, and `said` says why */
    char *said;
    int want;
    bool over, good;
    double ms;
};

struct run {
    const struct prove *prove;
    struct proof_case *list;
    size_t count, next, printed, proofs; /* those before `next` were begun */
    pthread_mutex_t lock;
};

static struct proof_case *add(struct run *run, const struct bank *bank, const struct bank_question *question, const char *what)
{
    if (run->count % 64 == 0)
        run->list = xrealloc(run->list, (run->count + 64) * sizeof *run->list);
    struct proof_case *one = &run->list[run->count++];
    *one = (struct proof_case){.name = str_format("%s/%s: %s", bank->id, question->id, what)};
    return one;
}

static void add_run(struct run *run, const struct bank *bank, const struct bank_question *question, const char *what, char *script,
                    int want)
{
    struct proof_case *one = add(run, bank, question, what);
    one->script = script;
    one->want = want;
}

static void add_options(struct run *run, const struct bank *bank, const struct bank_question *question)
{
    for (size_t i = 0; i < question->option_count; i++) {
        bool key = question->options[i].key;
        cleanup_free char *what = str_format("option %zu %s", i + 1, key ? "does it" : "does not do it");
        add_run(run, bank, question, what, proof_option(question->proof, i + 1), key ? PROOF_REACHED : PROOF_NOT_REACHED);
    }
}

static void add_question(struct run *run, const struct bank *bank, const struct bank_question *question)
{
    const char *text = question->proof;
    bool options = question->proof_options;
    struct error err = ERROR_INIT;
    if (str_empty(text) || (run->prove->only && !str_equal(run->prove->only, question->id)))
        return;
    run->proofs++;
    if (proof_check(text, options ? question->option_count : 0, &err) < 0) {
        add(run, bank, question, "its proof can be run")->said = xstrdup(err.message);
        return;
    }
    if (options)
        add_options(run, bank, question);
    else
        add_run(run, bank, question, "the key is right", proof_statement(text), PROOF_HOLDS);
    size_t key = 0;
    while (options && key + 1 < question->option_count && !question->options[key].key)
        key++;
    cleanup_free char *script = options ? proof_option(text, key + 1) : proof_statement(text);
    char *gate = run->prove->gates && !run->prove->here ? proof_gate(script, text) : NULL;
    if (gate)
        add_run(run, bank, question, "an engine that does nothing does not pass", gate, PROOF_HOLDS);
}

static int run_in_machine(const char *host, const struct sandbox_script *script, char **said, struct error *err)
{
    struct machine machine;
    int r = machine_open(host, "proof", &machine, err);
    if (r < 0)
        return r;
    r = sandbox_run(host, machine.id, script, said, err);
    machine_close(&machine);
    return r;
}

static const char *verdict(int code)
{
    return code == PROOF_REACHED       ? "it did what was asked for\n"
           : code == PROOF_NOT_REACHED ? "it did not do what was asked for\n"
                                       : "";
}

static void run_case(const struct prove *prove, struct proof_case *one)
{
    struct error err = ERROR_INIT;
    if (!one->script)
        return;
    const struct sandbox_script script = {.name = "proof", .text = one->script, .seconds = PROOF_SECONDS};
    int64_t started = clock_mono_ns();
    int r = prove->here ? here_run(prove->host, one->script, PROOF_SECONDS, &one->said, &err)
                        : run_in_machine(prove->host, &script, &one->said, &err);
    one->ms = (double)(clock_mono_ns() - started) / 1e6;
    one->good = r == one->want;
    if (one->good)
        return;
    cleanup_free char *printed = move_ptr(one->said);
    one->said = r < 0 ? xstrdup(err.message) : str_format("%s%s", verdict(r), str_or(printed, ""));
}

static void print_case(const struct proof_case *one, FILE *out)
{
    fprintf(out, "%s - %s\n", one->good ? "ok" : "not ok", one->name);
    cleanup_strv char **lines = one->good ? NULL : str_split(str_or(one->said, ""), '\n');
    for (char **line = lines; line && *line; line++)
        if (**line)
            fprintf(out, "#   %s\n", *line);
}

static bool is_stopped(const struct prove *prove) { return prove->stop && atomic_load(prove->stop); }

static void *worker(void *data)
{
    struct run *run = data;
    pthread_mutex_lock(&run->lock);
    while (run->next < run->count && !is_stopped(run->prove)) {
        struct proof_case *one = &run->list[run->next++];
        pthread_mutex_unlock(&run->lock);
        run_case(run->prove, one);
        pthread_mutex_lock(&run->lock);
        one->over = true;
        while (run->printed < run->count && run->list[run->printed].over)
            print_case(&run->list[run->printed++], run->prove->out);
        fflush(run->prove->out);
    }
    pthread_mutex_unlock(&run->lock);
    return NULL;
}

static int finish(struct run *run, int64_t started)
{
    int failures = 0;
    const struct proof_case *slowest = NULL;
    for (size_t i = 0; i < run->next; i++) {
        failures += !run->list[i].good;
        if (!slowest || run->list[i].ms > slowest->ms)
            slowest = &run->list[i];
    }
    if (run->next < run->count)
        fprintf(run->prove->out, "# stopped before %zu of %zu runs\n", run->count - run->next, run->count);
    fprintf(run->prove->out, "# %zu proofs, %zu runs, %d failed in %.1f s; the slowest took %.0f ms (%s)\n", run->proofs, run->next,
            failures, (double)(clock_mono_ns() - started) / 1e9, slowest ? slowest->ms : 0, slowest ? slowest->name : "none");
    for (size_t i = 0; i < run->count; i++) {
        free(run->list[i].name);
        free(run->list[i].script);
        free(run->list[i].said);
    }
    free(run->list);
    return failures;
}

int prove_banks(const struct prove *prove, const struct bank *banks, size_t count)
{
    struct run run = {.prove = prove, .lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t threads[JOBS_MOST];
    int64_t started = clock_mono_ns();
    /* Against an engine that is not ours alone, one at a time: proofs name their containers alike. */
    int jobs = prove->here || prove->jobs < 1 ? 1 : prove->jobs > JOBS_MOST ? JOBS_MOST : prove->jobs, made = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < banks[i].count; k++)
            add_question(&run, &banks[i], &banks[i].questions[k]);
    while (made < jobs - 1 && pthread_create(&threads[made], NULL, worker, &run) == 0)
        made++;
    worker(&run);
    for (int i = 0; i < made; i++)
        pthread_join(threads[i], NULL);
    return finish(&run, started);
}
