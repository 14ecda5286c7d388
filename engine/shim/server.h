/* The one container of this shim: what it is made of and what happens to it. `lifecycle.c` makes, starts, ends and removes it,
 * `execs.c` keeps its other processes, `handlers.c` answers requests. */
#ifndef SLIPWAY_SHIM_SERVER_H
#define SLIPWAY_SHIM_SERVER_H

#include "runtime/runtime.h"
#include "shim/connection.h"
#include "shim/log_writer.h"
#include "shim/oom.h"
#include "shim/process.h"
#include "shim/request.h"

#include <stdbool.h>

struct shim_server {
    const char *id;
    const char *state;
    json_t *config;
    struct container container;
    struct steps *steps;
    json_t *start_steps; /* steps.json, until it is written for the last time */
    struct shim_log log;
    struct shim_process init;
    struct shim_process *execs;
    struct shim_oom oom;
    bool paused;
    bool oom_struck, oom_untold;
    json_t *exit; /* the exit event, once there is one */
    bool destroyed;
    bool released;
};

extern struct shim_server shim_server;

/* lifecycle.c */
int shim_create(struct shim_server *server, bool open_stdin, bool stdin_once, struct error *err);
void shim_created(struct shim_server *server); /* what may follow the report: steps.json, the OOM watch */
int shim_start_init(struct shim_server *server, struct error *err);
void shim_started(struct shim_server *server, json_t *steps); /* what may follow the reply to "start" */
int shim_release_all(struct shim_server *server, struct error *err);
json_t *shim_take_steps(struct shim_server *server); /* recorded since the last call */
void shim_tell_steps(struct shim_server *server, const char *phase);
void shim_reap(struct shim_server *server);

/* The runtime forks: its children must not inherit a blocked SIGCHLD, and it may wait for them itself. */
void shim_signals_block(bool block);

/* execs.c */
struct shim_process *shim_exec_find(struct shim_server *server, const char *id);
int shim_exec_add(struct shim_server *server, const struct shim_request *request, struct error *err);
int shim_exec_run(struct shim_server *server, struct shim_process *process, struct error *err);
void shim_exec_tell_all(struct shim_server *server, struct shim_connection *to); /* exits that nobody heard */
void shim_exec_abandon_all(struct shim_server *server);

/* handlers.c */
void shim_handle_line(struct shim_connection *connection, const char *line, size_t len);

#endif
