/* Proves a lab's checks in fresh sandboxes; a check that cannot fail is as wrong as one that cannot pass. */
#include "labs/lab_test.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

struct proof {
    const char *host;
    const struct lab *lab;
    const struct lab_step *step;
    size_t number;
    FILE *out;
    int failures;
};

static void report(struct proof *proof, bool good, const char *what, const char *said)
{
    fprintf(proof->out, "%s - lab %s: %s: %s\n", good ? "ok" : "not ok", proof->lab->slug, proof->step->slug, what);
    if (!good) {
        fprintf(proof->out, "#   %s\n", said);
        proof->failures++;
    }
    fflush(proof->out);
}

/* A sandbox in which the steps before the current one are solved. */
static int prepare(struct proof *proof, struct lab_session *session, struct error *err)
{
    int r = lab_start(proof->host, proof->lab, true, session, err);
    if (r < 0)
        return r;
    for (size_t i = 0; r >= 0 && i < proof->number; i++)
        r = lab_script_file(session, proof->lab->steps[i].folder, "solve.sh", NULL, err);
    if (r < 0) {
        lab_stop(session, NULL);
        lab_close(session);
    }
    return r < 0 ? r : 0;
}

/* Runs `script` (NULL for none), then the check; gives the check's exit code and words. */
static int attempt(struct proof *proof, const char *script, char **said, struct error *err)
{
    struct lab_session session;
    int r = prepare(proof, &session, err);
    if (r < 0)
        return r;
    if (script)
        r = lab_script_file(&session, proof->step->folder, script, NULL, err);
    if (r >= 0)
        r = lab_script_file(&session, proof->step->folder, "verify.sh", said, err);
    lab_stop(&session, NULL);
    lab_close(&session);
    return r;
}

/* The words behind "# expect: " in a wrong solution; "" when it names none. */
static char *expected_words(const char *folder, const char *name)
{
    cleanup_free char *path = path_join(folder, name), *text = file_read(path, NULL, NULL);
    const char *at = text ? strstr(text, "# expect: ") : NULL;
    if (!at)
        return xstrdup("");
    at += strlen("# expect: ");
    return xstrndup(at, strcspn(at, "\n"));
}

static void prove_untouched(struct proof *proof)
{
    struct error err = ERROR_INIT;
    cleanup_free char *said = NULL;
    int r = attempt(proof, NULL, &said, &err);
    report(proof, r > 0 && !str_empty(said), "untouched fails, and says what is missing",
           r < 0 ? err.message : "it passed, or said nothing");
}

static void prove_solution(struct proof *proof)
{
    struct error err = ERROR_INIT;
    cleanup_free char *said = NULL;
    int r = attempt(proof, "solve.sh", &said, &err);
    report(proof, r == 0, "the solution passes", r < 0 ? err.message : said);
}

static void prove_wrong(struct proof *proof, const char *name)
{
    struct error err = ERROR_INIT;
    cleanup_free char *said = NULL, *what = str_format("%s fails with the words that help", name);
    cleanup_free char *words = expected_words(proof->step->folder, name);
    int r = attempt(proof, name, &said, &err);
    report(proof, r > 0 && strstr(said, words), what, r < 0 ? err.message : r == 0 ? "the check passed" : said);
}

static int is_wrong(const struct dirent *entry) { return str_starts(entry->d_name, "wrong-") && str_ends(entry->d_name, ".sh"); }

int lab_test(const char *host, const struct lab *lab, FILE *out)
{
    struct proof proof = {.host = host, .lab = lab, .out = out};
    for (; proof.number < lab->step_count; proof.number++) {
        proof.step = &lab->steps[proof.number];
        prove_untouched(&proof);
        struct dirent **names;
        int found = scandir(proof.step->folder, &names, is_wrong, alphasort);
        for (int i = 0; i < found; i++) {
            prove_wrong(&proof, names[i]->d_name);
            free(names[i]);
        }
        if (found >= 0)
            free(names);
        prove_solution(&proof);
    }
    return proof.failures;
}
