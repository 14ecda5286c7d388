/* Labs: a folder `labs/<slug>/` with lab.md, and the sandbox in which a learner does it.
 *
 *   lab.md      front matter: title, summary, order (labs are shown by it), minutes, domain, objectives, picture (topology |
 * memory), memory, pids, cpus; then an introduction setup.sh    optional: prepares the sandbox, run as its root NN-step/    one
 * folder a step: step.md (front matter: title; then the instruction), hint-1.md, hint-2.md ... from gentle to full, verify.sh (exit
 * 0 when done; what it prints is the hint for what is wrong), solve.sh, wrong-*.sh
 *
 * Scripts run by bash inside the sandbox, so that they see the kernel's state as the learner's shell does. A step is checked only
 * when those before it are done; a done step stays done for as long as the sandbox lives.
 */
#ifndef SLIPWAY_LABS_LAB_H
#define SLIPWAY_LABS_LAB_H

#include "client/client.h"
#include "lessons/page.h"

#include <stdbool.h>

struct lab_step {
    char *slug;
    char *title;
    char *folder;
    struct pages instruction;
    struct pages *hints;
    size_t hint_count;
};

struct lab {
    char *slug;
    char *title;
    char *summary;
    char *domain;
    char *picture; /* "topology", "memory" or "" */
    char *folder;
    int order;
    int minutes;
    long long memory; /* bytes */
    long long pids;
    double cpus;
    char **objectives;
    struct pages introduction;
    struct lab_step *steps;
    size_t step_count;
};

int labs_load(struct lab **list, size_t *count, struct error *err);
void labs_free(struct lab *list, size_t count);
const struct lab *lab_find(const struct lab *list, size_t count, const char *slug);

/* A learner's sandbox for one lab. `steps_done` counts from the first step. */
struct lab_session {
    const struct lab *lab;
    char *host;
    char *id; /* container id of the sandbox, for /containers/{id}/exec and /slipway/containers/{id}/... */
    size_t steps_done;
    int lease; /* connection that keeps a leased sandbox alive; -EBADF otherwise */
};

/* Make the sandbox and run setup.sh. Leased: it goes away with this process or lab_close. Otherwise it stays until lab_stop. EBUSY:
 * there is one already. */
int lab_start(const char *host, const struct lab *lab, bool leased, struct lab_session *out, struct error *err);
/* Find a sandbox that `lab_start` (not leased) made earlier. ENOENT: "lab X is not started; ..." */
int lab_resume(const char *host, const struct lab *lab, struct lab_session *out, struct error *err);
/* The same without asking the sandbox anything (steps_done is 0): enough to remove one that is too starved to run a command. */
int lab_locate(const char *host, const struct lab *lab, struct lab_session *out, struct error *err);
void lab_close(struct lab_session *session);                   /* gives the lease back; frees the members */
int lab_stop(struct lab_session *session, struct error *err);  /* removes the sandbox */
int lab_reset(struct lab_session *session, struct error *err); /* a fresh sandbox, progress of this session back to nothing */

/* Check the current step, and the ones after it as long as they pass. `advice` (allocated, may be "") is what verify.sh said of the
 * first that is not done. Returns the number of steps that became done, or a negative error. Stores the progress. Blocking; call
 * from a worker. */
int lab_check(struct lab_session *session, char **advice, struct error *err);
/* Run solve.sh of the current step, then check. `output` is what it printed (allocated). */
int lab_solve(struct lab_session *session, char **output, struct error *err);

/* Run a script inside the sandbox: exit code, or a negative error; `output` is stdout and stderr, allocated. */
int lab_script(struct lab_session *session, const char *script, char **output, struct error *err);

/* The same with a script file of the lab, behind its common.sh. */
int lab_script_file(struct lab_session *session, const char *folder, const char *name, char **output, struct error *err);

/* The Cmd and Env for an interactive shell by /containers/{id}/exec (Tty true); a new reference. */
json_t *lab_shell_config(const struct lab_session *session);

#endif
