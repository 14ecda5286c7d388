/* The daemon's side of a shim: start one, talk to one that is already there.
 *
 * One slipway-shim per container. It makes the container through runtime.h, keeps stdio or the pty, writes the log,
 * records the exit status, and outlives the daemon. It listens on `<state>/shim.sock` (stream, newline-ended
 * JSON requests and replies; an attach connection turns into a raw stream after its reply). Files below `<state>`
 * (one directory per container under the exec root, on tmpfs):
 *   config.json   the OCI bundle's config, written by the daemon     shim.sock   the control socket
 *   pid           init's pid                                         exit.json   {"code":N,"signal":N,"oom":bool,"at":"RFC3339"}
 *   steps.json    steps of the start, as steps_json
 *
 * Life: shim_spawn -> container is created, its init waits -> attach streams -> shim_start -> ... -> the event
 * connection reports the exit -> shim_release, after which the shim ends. Without a daemon the shim waits for one.
 *
 * Threads: every call but shim_next_event opens a short connection of its own, so any number of threads may use one `struct shim`
 * at the same time; shim_next_event belongs to one thread; shim_free comes after all of them. Errors of the runtime
 * come back with their code and message, so that runtime_error_exit_code works on them.
 *
 * Output and slow readers: an attacher has 256 KiB of queue in the shim. When it is full the container's output waits, as in
 * Docker, so that nothing is lost for `run | less`; but an attacher that takes no byte for 10 s while another one wants the same
 * output, or after the process has ended, is cut off. The exit is reported once all output is in the log and in the attachers'
 * queues, so read an attached connection to its end of file even after the exit event. An attacher whose input ends closes the
 * process's stdin with StdinOnce and no terminal; otherwise it is detached, as in Docker. A daemon that dies closes nobody's stdin.
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
    const char *log_path;   /* NULL keeps no file */
    long long log_max_size; /* bytes, 0 for no rotation */
    int log_max_files;
    bool log_local;         /* in the format of the driver "local", else json-file's */
    bool log_compress;      /* the older files */
    const json_t *log_more; /* attributes, log service: shim/log_writer.h; NULL: none. Kept in <state>/log.json */
    const char *cache;      /* seccomp cache directory */
    bool open_stdin;        /* OpenStdin: keep stdin open for attachers */
    bool stdin_once;        /* close stdin when the first attacher's input ends */
};

struct shim;

/* Spawn (posix_spawn, never fork), wait until the container is created or has failed. The error carries the runtime's
 * message and code. `pid` receives the container's init, seen from here. `steps` receives the steps so far (array; owned by the
 * caller), after a refusal of the runtime too; may be NULL. The shim is this process's child; shim_release, shim_next_event and
 * shim_free reap it. */
struct shim *shim_spawn(const struct shim_options *options, pid_t *pid, json_t **steps, struct error *err);

/* Connect to the shim of a container that was started by an earlier daemon. ENOENT/ECONNREFUSED: it is gone; read exit.json.
 * `pid` is the container's init. Events that nobody heard come with the first shim_next_event. */
struct shim *shim_connect(const char *state, pid_t *pid, struct error *err);

/* {"pid":N,"state":"created"|"running"|"paused"|"exited","oom":bool}; for a daemon that comes back. */
json_t *shim_state(struct shim *shim, struct error *err);

/* `steps`: those since the creation. After a failure init is gone, exit.json holds code 125 to 127, and no exit event comes to the
 * connections of this moment: what is left to do is shim_release. */
int shim_start(struct shim *shim, json_t **steps, struct error *err);

/* A connection on which, after this call, container output arrives as Docker's stream frames (8-byte header: stream 1 or 2, three
 * zeros, big-endian length) or raw when the process has a terminal, and on which input may be written; shutdown(SHUT_WR) is the end
 * of input. `exec_id` NULL attaches to the init. Output since the start of the process is complete if attached before start. */
int shim_attach(struct shim *shim, const char *exec_id, bool in, bool out, bool errors, int *connection, struct error *err);

/* exec: prepare registers the process and allows attaches; start runs it and gives its pid. Without an attacher at that moment
 * (exec -d) its output goes nowhere. A start that fails forgets the exec, closes its attachers and sends no event. The exec-exit
 * event may come before shim_exec_start has returned, and is sent before the exec's streams end. Output of processes that an exec
 * leaves behind is waited for 2 s, as in Docker. */
int shim_exec_prepare(struct shim *shim, const char *exec_id, json_t *process, bool open_stdin, struct error *err);
int shim_exec_start(struct shim *shim, const char *exec_id, pid_t *pid, struct error *err);

/* ESRCH when the process is not running (any more); SIGKILL thaws a paused container. */
int shim_signal(struct shim *shim, const char *exec_id, int signal, bool all, struct error *err);
int shim_resize(struct shim *shim, const char *exec_id, unsigned rows, unsigned columns, struct error *err);
int shim_pause(struct shim *shim, bool paused, struct error *err);

/* Blocks until the next event, one of
 *   {"event":"exit","code":N,"signal":N,"oom":bool,"at":...,"steps":[...]}   init is gone; after a signal the code is 128+signal
 *   {"event":"exec-exit","exec":ID,"code":N}
 *   {"event":"oom"}                                                          the OOM killer killed in the container's cgroup
 *   {"event":"steps","phase":"exec|kill|pause|remove","steps":[...]}         acts on a running container; ignore at will
 *
 * Events that nobody heard are kept for the next connection, the exit until shim_release. NULL: the shim is gone (err->code EPIPE).
 */
json_t *shim_next_event(struct shim *shim, struct error *err);

/* The daemon has stored the exit: the shim removes the cgroup (if not done), its socket, and ends. A container that was created and
 * never started is killed first; a running one is EBUSY. On return a new shim may use the same state directory. */
int shim_release(struct shim *shim, struct error *err);
void shim_free(struct shim *shim);

#endif
