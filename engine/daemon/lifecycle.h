/* The life of a container: made, started, ended, removed. Every function may block and is called with no lock held. */
#ifndef SLIPWAY_DAEMON_LIFECYCLE_H
#define SLIPWAY_DAEMON_LIFECYCLE_H

#include "daemon/engine.h"

/* `request` is the body of POST /containers/create. All that can be checked is checked before anything is made; what fails half-way
 * is undone. `name` NULL draws one. On success a new reference. `warnings`: a new array. */
int container_create(struct engine *engine, const char *name, const json_t *request, struct instance **out, json_t **warnings,
                     struct error *err);

/* EALREADY when it runs. When the command cannot be executed the message is the one by which clients choose exit code 126 or 127.
 */
int container_start(struct instance *instance, struct error *err);
/* Start with instance->op held. */
int container_start_locked(struct instance *instance, struct error *err);

/* Stop signal, wait `seconds` (-1: for ever, INT_MIN: the container's own or 10), SIGKILL. EALREADY when it does not run. */
int container_stop(struct instance *instance, int seconds, struct error *err);
int container_kill(struct instance *instance, int signal, struct error *err);
enum stop_reason {
    STOP_BY_HAND, /* policies leave it alone, until the next daemon in the case of "always" */
    STOP_REMOVAL, /* the same, but what is told of it is the removal */
    STOP_SHUTDOWN /* the daemon ends, or does not take over what an earlier one left: a policy acts at the next start */
};
struct stop_request {
    int seconds; /* as above */
    int signal;  /* 0: the container's own */
    enum stop_reason reason;
};
int container_stop_with(struct instance *instance, const struct stop_request *request, struct error *err);
int container_restart(struct instance *instance, const struct stop_request *request, struct error *err);
/* All running containers at the same time, each within its own stop timeout; waits until all have ended, at most "shutdown-timeout"
 * or, where a container has more time than that, five seconds longer than the container has. */
void containers_shut_down(struct engine *engine);
int container_pause(struct instance *instance, bool paused, struct error *err);
int container_rename(struct instance *instance, const char *name, struct error *err);
/* Limits and restart policy, as the body of POST /containers/{id}/update has them. */
int container_update(struct instance *instance, const json_t *request, struct error *err);

/* Networks, with their events and steps. `document` is the body of POST /networks/create. */
int network_make(struct engine *engine, const json_t *document, struct network **out, struct error *err);
int network_destroy(struct engine *engine, struct network *network, struct error *err);

/* Answered as soon as nobody can find the container any more; its files are cleared away afterwards. */
int container_remove(struct instance *instance, bool force, bool volumes, struct error *err);

enum wait_condition { WAIT_NOT_RUNNING, WAIT_NEXT_EXIT, WAIT_REMOVED };
struct wait {
    struct instance *instance;
    enum wait_condition condition;
    unsigned exits_before;
    int bell;
};
/* Begin before the answer's head is sent (a `docker run` waits first and starts then); finish gives the exit code. ECANCELED when
 * the client went away. */
int wait_begin(struct wait *wait, struct instance *instance, enum wait_condition condition, struct error *err);
int wait_finish(struct wait *wait, int client, int *exit_code);

/* Attach to a container, running or not. Begin before the answer's head is sent: one that does not run is attached between being
 * made and running, so that no output is lost. Finish waits for that; ECANCELED when `client` hung up, ECHILD when the start
 * failed. Both finish and cancel free the attacher. */
struct attacher *attach_begin(struct instance *instance, bool in, bool out, bool errors, struct error *err);
int attach_finish(struct attacher *attacher, int client, int *connection, struct error *err);
void attach_cancel(struct attacher *attacher);

/* Parts that the files of this folder share. */
/* A thread that follows a container's shim until the end. It is made before the container is: one that nobody follows would never
 * be seen to end. `supervise` gives it what to follow, or lets it go (NULL); the supervisor is not the caller's any more. */
struct supervisor *supervisor_new(struct instance *instance, struct error *err);
void supervise(struct supervisor *supervisor, struct shim *shim);
void container_ended(struct instance *instance, int exit_code, bool oom, int64_t at_ns);
void container_finish_removal(struct instance *instance, bool volumes); /* table, name, files; the op lock is held */
int networking_attach(struct instance *instance, const json_t *host_config, char **path, struct error *err);
void networking_entered(struct instance *instance); /* its process has joined the namespace, and holds it from now on */
void networking_release(struct instance *instance);
void attachers_connect(struct instance *instance, struct shim *shim); /* give every waiting attacher its stream */
void attachers_fail(struct instance *instance);
/* Docker's back-off: 100 ms, doubled each time up to a minute; who ran for ten seconds begins again with the first. */
int restart_delay(int before_ms, int64_t ran_ns);
bool restart_wanted(const struct instance *instance, int exit_code); /* locked: does its policy say so? */

#endif
