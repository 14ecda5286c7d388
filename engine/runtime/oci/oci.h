/* slipway-oci: runc's and crun's command line over runtime.h. One function a subcommand; what is known of a container between two
 * calls stands in <root>/<id>, see state.c. */
#ifndef SLIPWAY_RUNTIME_OCI_OCI_H
#define SLIPWAY_RUNTIME_OCI_OCI_H

#include "base/flags.h"
#include "runtime/hooks.h"
#include "runtime/runtime.h"

#include <jansson.h>
#include <stdbool.h>

struct oci_globals {
    const char *root, *cgroup_manager;
    bool debug, rootless;
};
extern struct oci_globals oci_globals;

struct oci_command {
    const char *name, *operands, *summary;
    int (*run)(int argc, char **argv, struct error *err); /* the exit code, or a negative errno with `err` filled */
};

extern const struct oci_command oci_commands[]; /* ends with a name of NULL */
const struct oci_command *oci_command(const char *name);

/* --- state.c: state directories ------------------------------------------------------------------------------------------- */

struct oci_state {
    char *directory;
    int fd; /* of the directory */
    bool locked;
    json_t
        *json; /* {"ociVersion","id","pid","start_time","maker","maker_start","bundle","rootfs","cgroup","cgroup_manager","created",
                * "owner","external_descriptors","notify","annotations"} */
};
int oci_new(const char *id, struct oci_state *state, struct error *err);  /* EEXIST when it is there already */
int oci_open(const char *id, struct oci_state *state, struct error *err); /* locked until oci_close; ENOENT: does not exist */
int oci_look(const char *id, struct oci_state *state, struct error *err); /* only to look, whoever has it locked */
int oci_save(const struct oci_state *state, struct error *err);
/* The same in two halves, of which the second is quick. */
int oci_save_ready(const struct oci_state *state, struct error *err);
int oci_save_settled(const struct oci_state *state, struct error *err);
int oci_save_config(const struct oci_state *state, const json_t *config, struct error *err);
int oci_forget(struct oci_state *state, struct error *err); /* removes the directory */
/* control.c: the process is killed, what the kernel has of the container removed, its poststop hooks run, and it is forgotten. */
int oci_destroy(struct oci_state *state, struct error *err);
/* By who made it, a parent of its process: the making failed half-way; or the process has ended. Whoever deleted the container
 * while that ran without the lock, and perhaps made another of its name, has the last word. */
void oci_undo(struct oci_state *state, struct container *container);
void oci_clean_up(struct oci_state *state, struct container *container);
void oci_close(struct oci_state *state);
/* Let others at it; and have it once more, false when somebody has deleted it meanwhile. */
void oci_unlock(struct oci_state *state);
bool oci_lock_again(struct oci_state *state);
bool oci_alive(const struct oci_state *state); /* its first process */
/* "creating", "created", "running", "paused" or "stopped". */
const char *oci_status(const struct oci_state *state);
char **oci_ids(void);                                  /* of all containers below the root, sorted */
char *oci_start_socket(const struct oci_state *state); /* where an init waits, short enough for a socket's address */
int oci_load(const struct oci_state *state, struct container *container, struct error *err);
/* What an exec needs, in a file of its own: runtime_brief. Without it, or when it is of no use any more, the whole. */
int oci_save_brief(const struct oci_state *state, const json_t *config, const char *filter, struct error *err);
int oci_load_brief(const struct oci_state *state, struct container *container, struct error *err);
/* oci_look and oci_load. */
int oci_reach(const char *id, struct oci_state *state, struct container *container, struct error *err);
/* Ticks since boot when the process began, 0 when there is none: with it a pid is not mistaken for a later process. */
long long oci_process_start(pid_t pid);

/* --- commands.c ----------------------------------------------------------------------------------------------------------- */

/* A flags table, `operands` of them expected (-1: any number above none). Prints help and gives ECANCELED for --help. */
int oci_parse(const struct flag *table, void *options, int argc, char **argv, bool stop, int least, int most, char ***operands,
              struct error *err);
int oci_help(const char *name, const struct flag *table);

/* What `create`, `run` and `restore` remember of the container that they made. */
/* Written down before anything is made; and when init is there. */
struct bundle;
int oci_announce(struct oci_state *state, const struct bundle *bundle, struct error *err);
int oci_remember(struct oci_state *state, const struct container *container, struct error *err);
int oci_write_pid(const char *path, pid_t pid, struct error *err);
/* A JSON document on stdout, with a line end. */
void oci_print(const json_t *json, size_t flags);

/* --- the process in the foreground ---------------------------------------------------------------------------------------- */

struct oci_terminal {
    int sockets[2]; /* the runtime's end and ours, when the process wants a terminal and nobody else takes it */
};
#define OCI_TERMINAL_INIT ((struct oci_terminal){{-EBADF, -EBADF}})
int oci_terminal_open(struct oci_terminal *terminal, bool wanted, const char *console_socket, int *console, struct error *err);
void oci_terminal_close(struct oci_terminal *terminal);

struct oci_process {
    pid_t pid;
    int pidfd;
    int notify; /* notify.h; -EBADF */
};
/* Stay with a child of ours until it ends; its exit code (128 + signal). */
int oci_foreground(struct oci_terminal *terminal, const struct oci_process *process, struct error *err);

/* Hand a pidfd to whoever listens at `path` (NULL: nobody), as runc's --pidfd-socket does. */
int oci_send_pidfd(const char *path, int pidfd, struct error *err);

/* --- one a subcommand ----------------------------------------------------------------------------------------------------- */

int oci_checkpoint(int argc, char **argv, struct error *err);
int oci_restore(int argc, char **argv, struct error *err);
int oci_create(int argc, char **argv, struct error *err);
int oci_delete(int argc, char **argv, struct error *err);
int oci_events(int argc, char **argv, struct error *err);
int oci_exec(int argc, char **argv, struct error *err);
int oci_features(int argc, char **argv, struct error *err);
int oci_kill(int argc, char **argv, struct error *err);
int oci_list(int argc, char **argv, struct error *err);
int oci_mounts(int argc, char **argv, struct error *err);
int oci_pause(int argc, char **argv, struct error *err);
int oci_ps(int argc, char **argv, struct error *err);
int oci_resume(int argc, char **argv, struct error *err);
int oci_run(int argc, char **argv, struct error *err);
int oci_spec(int argc, char **argv, struct error *err);
int oci_start(int argc, char **argv, struct error *err);
int oci_state_command(int argc, char **argv, struct error *err);
int oci_update(int argc, char **argv, struct error *err);

#endif
