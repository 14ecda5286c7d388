/* Further processes in running containers. An exec is made first and started later, once. */
#ifndef SLIPWAY_DAEMON_EXEC_H
#define SLIPWAY_DAEMON_EXEC_H

#include "daemon/engine.h"

struct exec {
    atomic_int refs;
    char id[ID_TEXT];
    struct instance *instance; /* counted */
    json_t *args, *env;
    char *user, *workdir, *detach_keys;
    bool tty, privileged, in, out, errors;
    unsigned rows, columns; /* of its terminal from the start; 0: as the kernel makes it */
    bool running, started;  /* engine->lock */
    bool dropped;           /* never started, and will not be */
    int64_t created_ns;     /* monotonic */
    bool has_exit_code;
    int exit_code;
    pid_t pid;
    int64_t ended_ns;
};

/* `request` is the body of POST /containers/{id}/exec. EBUSY also when too many of the container wait to be started; those that
 * have waited for minutes make room. */
int exec_create(struct instance *instance, const json_t *request, char id[ID_TEXT], struct error *err);
struct exec *exec_find(struct engine *engine, const char *id, struct error *err);
void exec_unref(struct exec *exec);

/* May it start? EBUSY "Error: Exec command ... has already run", ENOENT when its container ended first; claims the start. */
int exec_claim(struct exec *exec, struct error *err);
/* After exec_claim: register, attach (connection may be NULL), start. An error ends the exec with code 126. */
int exec_start(struct exec *exec, bool tty, int *connection, struct error *err);
/* [rows, columns] of a request; anything else changes nothing. */
void exec_console_size(struct exec *exec, const json_t *size);
void exec_detached(struct exec *exec); /* the client left it by the detach keys */
int exec_resize(struct exec *exec, unsigned rows, unsigned columns, struct error *err);
void exec_kill(struct exec *exec);                            /* SIGKILL; nothing when it does not run */
bool exec_exit_code(const struct exec *exec, int *exit_code); /* false: not known (yet) */
json_t *exec_inspect(struct exec *exec);
json_t *exec_ids(struct instance *instance); /* running ones; null when none */

/* Wait, a second at most, until the end that the closed stream announced is known, so that whoever saw the stream end can ask for
 * the exit code. */
void exec_settle(struct exec *exec);

void exec_ended(struct instance *instance, const char *exec_id, int exit_code);
void exec_forget(struct exec *exec);          /* nobody will ask for it again */
void execs_ended(struct instance *instance);  /* the container is gone, and with it its processes and those never started */
void execs_forget(struct instance *instance); /* the container is removed */

#endif
