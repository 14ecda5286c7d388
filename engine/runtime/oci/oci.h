/* slipway-oci: runc's command line over runtime.h. One function a subcommand; what is known of a container between two calls stands
 * in <root>/<id>/state.json, under a lock on that directory. */
#ifndef SLIPWAY_RUNTIME_OCI_OCI_H
#define SLIPWAY_RUNTIME_OCI_OCI_H

#include "base/flags.h"
#include "runtime/runtime.h"

#include <jansson.h>
#include <stdbool.h>

struct oci_globals {
    const char *root, *log, *log_format;
    bool debug;
};
extern struct oci_globals oci_globals;

struct oci_command {
    const char *name, *operands, *summary;
    int (*run)(int argc, char **argv, struct error *err); /* the exit code, or a negative errno with `err` filled */
};

extern const struct oci_command oci_commands[]; /* ends with a name of NULL */
const struct oci_command *oci_command(const char *name);

/* State directories. A container that is open is locked until oci_close. */
struct oci_state {
    char *directory;
    int lock;
    json_t *json; /* {"ociVersion","id","pid","start_time","bundle","created","annotations"} */
};
int oci_new(const char *id, struct oci_state *state, struct error *err);  /* EEXIST when it is there already */
int oci_open(const char *id, struct oci_state *state, struct error *err); /* ENOENT: container "x" does not exist */
int oci_save(const struct oci_state *state, struct error *err);
int oci_forget(struct oci_state *state, struct error *err); /* removes the directory */
void oci_close(struct oci_state *state);
/* "creating", "created", "running", "paused" or "stopped". */
const char *oci_status(const struct oci_state *state);
char **oci_ids(void); /* of all containers below the root */
int oci_load(const struct oci_state *state, struct container *container, struct error *err);
/* Ticks since boot when the process began, 0 when there is none: with it a pid is not mistaken for a later process. */
long long oci_process_start(pid_t pid);

/* A flags table, `operands` of them expected (-1: any number above none). Prints help and gives ECANCELED for --help. */
int oci_parse(const struct flag *table, void *options, int argc, char **argv, bool stop, int least, int most, char ***operands,
              struct error *err);
int oci_help(const char *name, const struct flag *table);

/* terminal.c: stay with a process in the foreground. The result is its exit code (128 + signal). */
struct oci_terminal {
    int sockets[2]; /* the runtime's end and ours, when the process wants a terminal and nobody else takes it */
};
int oci_terminal_open(struct oci_terminal *terminal, bool wanted, const char *console_socket, int *console, struct error *err);
int oci_foreground(struct oci_terminal *terminal, pid_t pid, struct error *err);
void oci_terminal_close(struct oci_terminal *terminal);

int oci_write_pid(const char *path, pid_t pid, struct error *err);
int oci_signal_number(const char *name); /* "KILL", "SIGTERM", "9"; -1 when unknown */

int oci_create(int argc, char **argv, struct error *err);
int oci_run(int argc, char **argv, struct error *err);
int oci_start(int argc, char **argv, struct error *err);
int oci_exec(int argc, char **argv, struct error *err);
int oci_kill(int argc, char **argv, struct error *err);
int oci_delete(int argc, char **argv, struct error *err);
int oci_pause(int argc, char **argv, struct error *err);
int oci_resume(int argc, char **argv, struct error *err);
int oci_state_command(int argc, char **argv, struct error *err);
int oci_list(int argc, char **argv, struct error *err);
int oci_ps(int argc, char **argv, struct error *err);
int oci_spec(int argc, char **argv, struct error *err);
int oci_features(int argc, char **argv, struct error *err);

#endif
