/* Labs: a folder `labs/<slug>/` with lab.md, and the machine in which a learner does it. labs/AUTHORS.md says what the files of a
 * lab are; here is what the programs make of them.
 *
 * Scripts run by bash inside the machine, so that they see the kernel's state as the learner's shell does. Parameters are drawn for
 * each learner: scripts get them as variables, and {{name}} in the text becomes the value.
 */
#ifndef SLIPWAY_LABS_LAB_H
#define SLIPWAY_LABS_LAB_H

#include "client/client.h"
#include "labs/parameter.h"
#include "labs/problem.h"
#include "lessons/page.h"

#include <stdbool.h>

enum { LAB_STEPS_MOST = 16 };

struct lab_step {
    char *slug;
    char *title;
    char *folder;
    char **needs; /* steps that must be done before; of a strict lab those before it count too */
    struct pages instruction;
    struct pages *hints;
    size_t hint_count;
    struct pages meaning; /* done.md: shown when it is done; empty when there is none */
};

struct lab {
    char *slug;
    char *title;
    char *summary;
    char *domain;
    char *picture;        /* "topology", "memory", ... or "none" */
    char *order_of_steps; /* "strict" or "free" */
    char *folder;
    int order;
    int minutes;
    bool timed;             /* after `minutes` nothing counts any more */
    bool engine;            /* an inner engine runs in the machine */
    long long memory, disk; /* bytes; disk 0: the engine's default */
    int pids;
    double cpus;
    char **objectives, **topics, **features, **prerequisites;
    char **hosts;      /* further machines on one network */
    char **host_needs; /* what the host must have: "cgroup-v1" */
    json_t *templates;
    struct lab_parameter *parameters;
    size_t parameter_count;
    struct pages introduction;
    struct lab_step *steps;
    size_t step_count;
};

/* One lab from its folder. What is wrong with it goes to `problems`; the lab can be used only when there are none, and is to be
 * cleared in any case. */
void lab_read(const char *folder, struct lab *lab, struct lab_problems *problems);
void lab_clear(struct lab *lab);

/* All labs that can be read, sorted by order. When some cannot, the result is the first one's error, and the others are there all
 * the same. */
int labs_load(struct lab **list, size_t *count, struct error *err);
void labs_free(struct lab *list, size_t count);
const struct lab *lab_find(const struct lab *list, size_t count, const char *slug);
/* A lab by its name, or by a path with a '/' in it. */
int lab_load(const char *name, struct lab *lab, struct error *err);

/* Give the parameters their values by this seed, in the text too. */
void lab_draw_parameters(struct lab *lab, const unsigned char seed[LAB_SEED]);

/* The same by the learner's own seed, which the school keeps. Asks nobody when there are no parameters. */
int lab_personalise(struct lab *lab, struct error *err);

/* One of the machines of a lab. */
struct lab_machine {
    char *name; /* NULL for the main one, otherwise as in `hosts` */
    char *id;   /* container id, for /containers/{id}/exec and /slipway/containers/{id}/... */
};

/* A learner's machine for one lab, whose parameters have their values. */
struct lab_session {
    const struct lab *lab;
    char *host;
    char *id; /* of the main machine; borrowed from machines[0] */
    struct lab_machine *machines;
    size_t machine_count;
    bool done[LAB_STEPS_MOST];
    unsigned hints[LAB_STEPS_MOST]; /* how many were shown */
    size_t steps_done;              /* how many of `done` */
    long long left_ms;              /* of a timed lab at `asked_ns`; not below 0 */
    long long asked_ns;
    bool leased;
    bool private; /* nothing of it is told to the school (lab test) */
    int lease;    /* connection that keeps a leased machine alive; -EBADF otherwise */
};

/* Make the machine and run setup.sh. Leased: it goes away with this process or lab_close. Otherwise it stays until lab_stop. EBUSY:
 * there is one already. */
int lab_start(const char *host, const struct lab *lab, bool leased, struct lab_session *out, struct error *err);
/* The same for a proof: the school is told nothing, and the machine goes by another name than the learner's own. */
int lab_start_private(const char *host, const struct lab *lab, const char *name, struct lab_session *out, struct error *err);
/* Find a machine that `lab_start` (not leased) made earlier. ENOENT: "lab X is not started; ..." */
int lab_resume(const char *host, const struct lab *lab, struct lab_session *out, struct error *err);
/* The same without asking what is done (steps_done is 0): enough to remove it. */
int lab_locate(const char *host, const struct lab *lab, struct lab_session *out, struct error *err);
void lab_close(struct lab_session *session); /* gives the lease back; frees the members */
/* Whether the connection that keeps a leased machine alive has ended; and to get another one, which an engine gives after it was
 * started again (ENOENT: the machine is gone; ECONNREFUSED: nobody is there yet). */
bool lab_lease_lost(const struct lab_session *session);
int lab_lease_again(struct lab_session *session, struct error *err);
int lab_stop(struct lab_session *session, struct error *err);  /* removes the machine */
int lab_reset(struct lab_session *session, struct error *err); /* a fresh machine, nothing done */
/* A fresh machine in which the steps that were done are carried out again by their solve.sh, except `step` and those that need it.
 * (Layers of the file system could be put away for each step, but most steps leave their mark in the kernel: namespaces, routes,
 * processes, control groups. Only doing them again brings these back.) */
int lab_reset_step(struct lab_session *session, size_t step, struct error *err);

/* Whether all that `step` needs is done; and the first step that is not done although it could be (step_count when all are done).
 */
bool lab_step_open(const struct lab_session *session, size_t step);
size_t lab_current(const struct lab_session *session);
bool lab_time_over(const struct lab_session *session);
long long lab_left_ms(const struct lab_session *session); /* now, of a timed lab */

/* Check what is open, again as long as something passes. `advice` (allocated, may be "") is what verify.sh said of `step`, or of
 * the current one when that is done. Returns the number of steps that became done, or a negative error. Stores the progress.
 * Blocking; call from a worker. */
int lab_check(struct lab_session *session, size_t step, char **advice, struct error *err);
/* Run solve.sh of a step that is open, then check. `output` is what it printed (allocated). */
int lab_solve(struct lab_session *session, size_t step, char **output, struct error *err);
/* One more hint of this step was shown. */
void lab_hinted(struct lab_session *session, size_t step, unsigned number);
json_t *lab_hint_request(const struct lab *lab, const char *machine, size_t step, unsigned number); /* the same, to be sent */

/* Run a script inside the main machine: exit code, or a negative error (ETIMEDOUT after `seconds`); `output` is stdout and stderr,
 * allocated. */
int lab_script(struct lab_session *session, const char *script, unsigned seconds, char **output, struct error *err);
/* A script file of the lab behind its common.sh: NAME.sh in the main machine, then NAME@HOST.sh in each further one that has it,
 * until one fails. */
int lab_script_file(struct lab_session *session, const char *folder, const char *name, unsigned seconds, char **output,
                    struct error *err);
/* Errors of scripts: ENODEV when the machine is gone, EAGAIN when it is in a bad way (emptied, full); both say what to do. */
enum { SETUP_SECONDS = 60, SOLVE_SECONDS = 60, VERIFY_SECONDS = 5 };

/* The Cmd and Env for an interactive shell by /containers/{id}/exec (Tty true); a new reference. */
json_t *lab_shell_config(const struct lab_session *session);

#endif
