/* Proves labs in fresh machines; a check that cannot fail is as wrong as one that cannot pass.
 *
 * One machine walks through all steps of a lab. A wrong solution needs a machine of its own, since what it leaves behind is what
 * is wrong with it. Each such machine is a case; cases are taken by as many threads as machines may run at once, and reported in
 * their order.
 */
#include "labs/lab_test.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "labs/abilities.h"
#include "labs/leftovers.h"
#include "labs/lint.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Longer than a learner's check may take (VERIFY_SECONDS): a proof must not fail because the machine has other work. */
enum { PROOF_SECONDS = 15 };

enum case_kind { CASE_WALK, CASE_WRONG, CASE_ALONE, CASE_TOLD };

struct test_case {
    enum case_kind kind;
    char *name; /* of the lab, as it was asked for */
    int seed;   /* 0: the lab has no parameters */
    size_t step;
    char *wrong; /* "wrong-other-group" */
    struct buf out;
    int checks, failures;
    bool over;
};

struct run {
    const struct lab_test *test;
    struct test_case *list;
    size_t count, next, printed;
    pthread_mutex_t lock;
    double slowest_ms;
    char slowest[200];
};

/* One case being proven. */
struct proof {
    struct run *run;
    struct test_case *one;
    struct lab lab;
    struct lab_session session;
};

static void report(struct proof *proof, bool good, const char *step, const char *what, const char *said)
{
    struct test_case *one = proof->one;
    cleanup_free char *seed = one->seed ? str_format(" (seed %d)", one->seed) : xstrdup("");
    buf_printf(&one->out, "%s - lab %s: %s%s%s%s\n", good ? "ok" : "not ok", proof->lab.slug, step, *step ? ": " : "", what, seed);
    one->checks++;
    if (good)
        return;
    one->failures++;
    cleanup_free char *text = xstrdup(str_or(said, "it said nothing"));
    for (char *line = text, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        if (*line)
            buf_printf(&one->out, "#   %s\n", line);
    }
}

static int verify(struct proof *proof, size_t step, char **said, struct error *err)
{
    int64_t started = clock_mono_ns();
    int r = lab_script_file(&proof->session, proof->lab.steps[step].folder, "verify", PROOF_SECONDS, said, err);
    double ms = (double)(clock_mono_ns() - started) / 1e6;
    struct run *run = proof->run;
    pthread_mutex_lock(&run->lock);
    if (ms > run->slowest_ms) {
        run->slowest_ms = ms;
        snprintf(run->slowest, sizeof run->slowest, "%s/%s", proof->lab.slug, proof->lab.steps[step].slug);
    }
    pthread_mutex_unlock(&run->lock);
    return r;
}

static int script(struct proof *proof, size_t step, const char *name, char **said, struct error *err)
{
    return lab_script_file(&proof->session, proof->lab.steps[step].folder, name, SOLVE_SECONDS, said, err);
}

static void prove_untouched(struct proof *proof, size_t step)
{
    struct error err = ERROR_INIT;
    cleanup_free char *said = NULL;
    int r = verify(proof, step, &said, &err);
    report(proof, r > 0 && !str_empty(str_trim(said)), proof->lab.steps[step].slug, "untouched fails, and says what is missing",
           r < 0    ? err.message
           : r == 0 ? "its check passed"
                    : "its check said nothing");
}

static void prove_solution(struct proof *proof, size_t step, const char *what)
{
    struct error err = ERROR_INIT;
    cleanup_free char *printed = NULL, *said = NULL, *all = NULL;
    int r = script(proof, step, "solve", &printed, &err);
    if (r >= 0)
        r = verify(proof, step, &said, &err);
    all = str_format("%s\n%s%s", r < 0 ? err.message : said, str_empty(printed) ? "" : "solve.sh printed:\n", str_or(printed, ""));
    report(proof, r == 0, proof->lab.steps[step].slug, what, all);
}

static void prove_wrong(struct proof *proof, size_t step, const char *name)
{
    struct error err = ERROR_INIT;
    const struct lab_step *at = &proof->lab.steps[step];
    cleanup_free char *printed = NULL, *said = NULL, *all = NULL, *words = lab_expected(at->folder, name);
    cleanup_free char *what = str_format("%s fails with the words that help", name);
    cleanup_free char *filled = parameters_fill(str_or(words, ""), proof->lab.parameters, proof->lab.parameter_count);
    int r = script(proof, step, name, &printed, &err);
    if (r >= 0)
        r = verify(proof, step, &said, &err);
    if (r > 0)
        all = str_format("expected: %s\nthe check said: %s\n%s%s", filled, said,
                         str_empty(printed) ? "" : "the script printed: ", str_or(printed, ""));
    report(proof, r > 0 && *filled && strstr(said, filled), at->slug, what,
           r < 0    ? err.message
           : r == 0 ? "its check passed"
                    : all);
}

/* The steps that must be done before: of a free lab only those that this one needs, so that it is seen to be free. */
static bool comes_before(const struct lab *lab, size_t step, size_t before)
{
    if (before >= step)
        return false;
    if (str_equal(lab->order_of_steps, "strict") || strv_has(lab->steps[step].needs, lab->steps[before].slug))
        return true;
    for (size_t i = before + 1; i < step; i++)
        if (strv_has(lab->steps[step].needs, lab->steps[i].slug) && comes_before(lab, i, before))
            return true;
    return false;
}

static int solve_before(struct proof *proof, size_t step, struct error *err)
{
    int r = 0;
    for (size_t i = 0; i < step && r >= 0; i++) {
        cleanup_free char *printed = NULL;
        if (comes_before(&proof->lab, step, i))
            r = script(proof, i, "solve", &printed, err);
    }
    return r < 0 ? r : 0;
}

static void walk(struct proof *proof)
{
    for (size_t step = 0; step < proof->lab.step_count; step++) {
        prove_untouched(proof, step);
        prove_solution(proof, step, "the solution passes");
    }
    struct leftovers *left = leftovers_note(&proof->session);
    struct error err = ERROR_INIT;
    int r = lab_stop(&proof->session, &err);
    cleanup_free char *what = leftovers_find(left);
    leftovers_free(left);
    report(proof, r == 0 && str_empty(what), "", "nothing of the machine stays when it goes", r < 0 ? err.message : what);
}

static void prove(struct proof *proof)
{
    struct test_case *one = proof->one;
    struct error err = ERROR_INIT;
    const char *slug = proof->lab.steps[one->step].slug;
    if (one->kind != CASE_WALK && solve_before(proof, one->step, &err) < 0)
        report(proof, false, slug, str_or(one->wrong, "the solution alone"), err.message);
    else if (one->kind == CASE_WALK)
        walk(proof);
    else if (one->kind == CASE_WRONG)
        prove_wrong(proof, one->step, one->wrong);
    else
        prove_solution(proof, one->step, "the solution passes with only what it needs done before");
}

static void seed_of(int number, unsigned char seed[LAB_SEED])
{
    static const char key[] = "lab test";
    cleanup_free char *text = str_format("seed:%d", number);
    hmac_sha256(key, strlen(key), text, strlen(text), seed);
}

static void run_case(struct run *run, size_t at)
{
    struct proof proof = {.run = run, .one = &run->list[at]};
    struct error err = ERROR_INIT;
    unsigned char seed[LAB_SEED];
    if (proof.one->kind == CASE_TOLD || lab_load(proof.one->name, &proof.lab, &err) < 0)
        return;
    seed_of(proof.one->seed, seed);
    lab_draw_parameters(&proof.lab, seed);
    /* A learner may have a machine for the same lab, and so may the case before. */
    cleanup_free char *name = str_format("%.40s-test-%d-%zu", proof.lab.slug, (int)getpid(), at);
    if (lab_start_private(run->test->host, &proof.lab, name, &proof.session, &err) == 0) {
        prove(&proof);
        lab_stop(&proof.session, NULL);
        lab_close(&proof.session);
    } else {
        report(&proof, false, "", "its machine starts and is set up", err.message);
    }
    lab_clear(&proof.lab);
}

/* What is over and has nothing unfinished before it. */
static void print_ready(struct run *run)
{
    while (run->printed < run->count && run->list[run->printed].over) {
        const struct buf *out = &run->list[run->printed++].out;
        fwrite(out->data ? out->data : "", 1, out->len, run->test->out);
    }
    fflush(run->test->out);
}

static void *worker(void *data)
{
    struct run *run = data;
    pthread_mutex_lock(&run->lock);
    while (run->next < run->count) {
        size_t at = run->next++;
        pthread_mutex_unlock(&run->lock);
        run_case(run, at);
        pthread_mutex_lock(&run->lock);
        run->list[at].over = true;
        print_ready(run);
    }
    pthread_mutex_unlock(&run->lock);
    return NULL;
}

static struct test_case *add(struct run *run, enum case_kind kind, const char *name, int seed, size_t step, const char *wrong)
{
    run->list = xrealloc(run->list, (run->count + 1) * sizeof *run->list);
    struct test_case *one = &run->list[run->count++];
    *one =
        (struct test_case){.kind = kind, .name = xstrdup(name), .seed = seed, .step = step, .wrong = wrong ? xstrdup(wrong) : NULL};
    return one;
}

/* In a free lab, where what comes before is not all that is needed. */
static bool stands_alone(const struct lab *lab, size_t step)
{
    for (size_t i = 0; i < step; i++)
        if (!comes_before(lab, step, i))
            return true;
    return false;
}

static void add_seed(struct run *run, const char *name, const struct lab *lab, int seed)
{
    add(run, CASE_WALK, name, seed, 0, NULL);
    for (size_t step = 0; step < lab->step_count; step++) {
        cleanup_strv char **wrongs = lab_wrongs(lab->steps[step].folder);
        for (size_t i = 0; wrongs && wrongs[i]; i++)
            add(run, CASE_WRONG, name, seed, step, wrongs[i]);
        if (stands_alone(lab, step))
            add(run, CASE_ALONE, name, seed, step, NULL);
    }
}

static void add_lab(struct run *run, const char *name)
{
    struct error err = ERROR_INIT;
    struct lab lab;
    if (lab_load(name, &lab, &err) < 0) {
        struct test_case *one = add(run, CASE_TOLD, name, 0, 0, NULL);
        buf_printf(&one->out, "not ok - lab %s: it can be read\n#   %s\n", name, err.message);
        one->checks = one->failures = 1;
        return;
    }
    cleanup_free char *lacking = host_lacks(run->test->host, &lab);
    if (lacking) {
        buf_printf(&add(run, CASE_TOLD, name, 0, 0, NULL)->out, "skip - lab %s (this host lacks %s)\n", lab.slug, lacking);
        lab_clear(&lab);
        return;
    }
    int seeds = lab.parameter_count ? run->test->seeds : 1;
    for (int i = 0; i < seeds; i++)
        add_seed(run, name, &lab, lab.parameter_count ? run->test->first + i : 0);
    lab_clear(&lab);
}

static int finish(struct run *run, int64_t started)
{
    int checks = 0, failures = 0;
    for (size_t i = 0; i < run->count; i++) {
        checks += run->list[i].checks;
        failures += run->list[i].failures;
        buf_free(&run->list[i].out);
        free(run->list[i].name);
        free(run->list[i].wrong);
    }
    fprintf(run->test->out, "# %zu labs, %d proofs, %d failed, %zu machines in %.1f s; the slowest check took %.0f ms (%s)\n",
            strv_len(run->test->labs), checks, failures, run->count, (double)(clock_mono_ns() - started) / 1e9, run->slowest_ms,
            *run->slowest ? run->slowest : "none");
    free(run->list);
    return failures;
}

int lab_test(const struct lab_test *test)
{
    enum { JOBS_MOST = 16 };
    struct run run = {.test = test, .lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t threads[JOBS_MOST];
    int64_t started = clock_mono_ns();
    int jobs = test->jobs < 1 ? 1 : test->jobs > JOBS_MOST ? JOBS_MOST : test->jobs, made = 0;
    for (char *const *lab = test->labs; lab && *lab; lab++)
        add_lab(&run, *lab);
    while (made < jobs - 1 && pthread_create(&threads[made], NULL, worker, &run) == 0)
        made++;
    worker(&run);
    for (int i = 0; i < made; i++)
        pthread_join(threads[i], NULL);
    return finish(&run, started);
}
