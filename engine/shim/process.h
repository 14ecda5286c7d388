/* One process whose stdio the shim keeps: the container's init or an exec. Reads its output into the log (init only) and to its
 * attachers, writes their input to it, and sees it through to the last byte after its exit.
 *
 * Nothing here blocks and nothing grows: output is read only when every attacher has room for it, input is taken from attachers
 * only when the process has room for it (64 KiB).
 */
#ifndef SLIPWAY_SHIM_PROCESS_H
#define SLIPWAY_SHIM_PROCESS_H

#include "runtime/runtime.h"
#include "shim/frame.h"
#include "shim/log_writer.h"
#include "shim/loop.h"
#include "shim/ring.h"

#include <jansson.h>
#include <stdbool.h>

enum shim_phase {
    SHIM_PREPARED, /* registered, not running: its attachers may come */
    SHIM_RUNNING,
    SHIM_ENDED,   /* reaped; output still to be read */
    SHIM_FINISHED /* all output delivered or queued */
};

struct shim_process {
    struct shim_process *next;
    char *exec_id; /* NULL: the container's init */
    json_t *spec;  /* an exec's OCI process object, until it is started */
    enum shim_phase phase;
    pid_t pid;
    int pidfd;
    bool tty;
    bool open_stdin, stdin_once;
    unsigned rows, columns; /* asked for before there was a terminal */
    int code, signal;
    struct shim_source out[SHIM_STREAMS]; /* the terminal is out[SHIM_STDOUT] */
    struct shim_source in;
    struct shim_ring input;
    bool input_ends;  /* close stdin when `input` is empty */
    int64_t deadline; /* CLOCK_MONOTONIC ns until which to wait for output of others after the exit; 0: none */
    struct shim_log *log;
    void (*lingers)(struct shim_process *process);  /* ended, but somebody else holds its output; may be NULL */
    void (*finished)(struct shim_process *process); /* may free the process */
};

/* The child's ends of stdio, and the receiving end of the console socket, for as long as the runtime needs them. */
struct shim_stdio {
    struct runtime_stdio child;
    int console;
};

void shim_process_init(struct shim_process *process);
/* Make pipes or the console socket; `quiet`: output goes to /dev/null. */
int shim_stdio_open(struct shim_process *process, bool quiet, struct shim_stdio *io, struct error *err);
/* The runtime is done with `io`: close the child's ends, receive the terminal. */
int shim_stdio_settle(struct shim_process *process, struct shim_stdio *io, struct error *err);
void shim_stdio_abandon(struct shim_process *process, struct shim_stdio *io);

/* How many bytes of input it takes now; what nobody will read any more is taken and dropped. */
size_t shim_process_input_room(const struct shim_process *process);
void shim_process_input(struct shim_process *process, const char *data, size_t len);
void shim_process_input_begin(struct shim_process *process); /* it runs: hand over what came before */
void shim_process_input_end(struct shim_process *process);

int shim_process_resize(struct shim_process *process, unsigned rows, unsigned columns, struct error *err);
void shim_process_resume_output(struct shim_process *process); /* an attacher has room again or is gone */
/* What was written so far, as much of it as attachers and the log take without a wait: nothing will be read later. */
void shim_process_read_on(struct shim_process *process);
void shim_process_exited(struct shim_process *process, int status);
/* Gives up waiting for others' output when the deadline has passed: true, and the process may be gone. */
bool shim_process_expire(struct shim_process *process, int64_t now);
void shim_process_close(struct shim_process *process); /* descriptors and memory, not the struct */

#endif
