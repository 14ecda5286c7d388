/* The daemon's side of a shim: start one, talk to one that is already there.
 *
 * One slipway-shim per container. It makes the container through runtime.h, keeps stdio or the pty, writes the json-file log,
 * records the exit status, and outlives the daemon. It listens on `<state>/shim.sock` (stream, newline-ended
 * JSON requests and replies; an attach connection turns into a raw stream after its reply). Files below `<state>`
 * (one directory per container under the exec root, on tmpfs):
 *   config.json   the OCI bundle's config, written by the daemon     shim.sock   the control socket
 *   pid           init's pid                                         exit.json   {"code":N,"signal":N,"oom":bool,"at":"RFC3339"}
 *   steps.json    steps of the start, as steps_json
 *
 * Life: shim_spawn -> container is created, its init waits -> attach streams -> shim_start -> ... -> the event
 * connection reports the exit -> shim_release, after which the shim ends. Without a daemon the shim waits for one.
 */
#ifndef SLIPWAY_SHIM_SHIM_CLIENT_H
#define SLIPWAY_SHIM_SHIM_CLIENT_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct shim_options {
    const char *program; /* path of slipway-shim */
    const char *id;
    const char *state;      /* the directory above, which holds config.json */
    const char *log_path;   /* "<id>-json.log"; NULL keeps no log */
    long long log_max_size; /* bytes, 0 for no rotation */
    int log_max_files;
    const char *cache; /* seccomp cache directory */
    bool open_stdin;   /* OpenStdin: keep stdin open for attachers */
    bool stdin_once;   /* close stdin when the first attacher's input ends */
};

struct shim;

/* Spawn (posix_spawn, never fork), wait until the container is created or has failed. The error carries the runtime's
 * message and code. `steps` receives the steps so far (array; owned by the caller), may be NULL. */
struct shim *shim_spawn(const struct shim_options *options, pid_t *pid, json_t **steps, struct error *err);

/* Connect to the shim of a container that was started by an earlier daemon. ENOENT/ECONNREFUSED: it is gone; read exit.json. */
struct shim *shim_connect(const char *state, pid_t *pid, struct error *err);

int shim_start(struct shim *shim, json_t **steps, struct error *err);

/* A connection on which, after this call, container output arrives as Docker's stream frames (8-byte header: stream 1 or 2, three
 * zeros, big-endian length) or raw when the process has a terminal, and on which input may be written; shutdown(SHUT_WR) is the end
 * of input. `exec_id` NULL attaches to the init. Output since the start of the process is complete if attached before start. */
int shim_attach(struct shim *shim, const char *exec_id, bool in, bool out, bool errors, int *connection, struct error *err);

/* exec: prepare registers the process and allows attaches; start runs it and gives its pid. */
int shim_exec_prepare(struct shim *shim, const char *exec_id, json_t *process, bool open_stdin, struct error *err);
int shim_exec_start(struct shim *shim, const char *exec_id, pid_t *pid, struct error *err);

int shim_signal(struct shim *shim, const char *exec_id, int signal, bool all, struct error *err);
int shim_resize(struct shim *shim, const char *exec_id, unsigned rows, unsigned columns, struct error *err);
int shim_pause(struct shim *shim, bool paused, struct error *err);

/* Blocks until the next event: {"event":"exit","code":N,"oom":bool,"at":...,"steps":[...]} or
 * {"event":"exec-exit","exec":ID,"code":N} or {"event":"oom"}. NULL: the shim is gone (err->code EPIPE). One thread per shim calls
 * this. */
json_t *shim_next_event(struct shim *shim, struct error *err);

/* The daemon has stored the exit: the shim removes the cgroup (if not done), its socket, and ends. */
int shim_release(struct shim *shim, struct error *err);
void shim_free(struct shim *shim);

#endif
