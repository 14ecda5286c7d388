/* The engine: what slipwayd knows and keeps. One `struct engine` holds the container table, the image store, the network, the event
 * and step logs; one `struct instance` is one container (or one lab sandbox) as the daemon keeps it.
 *
 * Locking: `engine->lock` guards the table and every field of an instance that is marked "locked"; it is held for a few
 * instructions, never while anything waits. `instance->op` serialises whole operations (start, pause, removal) on one instance and
 * is taken before `engine->lock`. Everything else waits on bells (daemon/bell.h). Instances are counted references.
 *
 * Errors carry an errno that the API turns into a status: ENOENT 404, EINVAL 400, EEXIST and EBUSY 409, ENOSYS 501, EALREADY 304,
 * else 500.
 */
#ifndef SLIPWAY_DAEMON_ENGINE_H
#define SLIPWAY_DAEMON_ENGINE_H

#include "base/digest.h"
#include "base/error.h"
#include "daemon/bell.h"
#include "image/image.h"
#include "network/network.h"
#include "shim/shim_client.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SLIPWAY_VERSION         "0.1.0"
#define SLIPWAY_API_VERSION     "1.43"
#define SLIPWAY_API_VERSION_MIN "1.24"

enum { THREAD_STACK = 256 * 1024 }; /* address space only; touched pages are what counts */

struct engine_options {
    const char *data_root;
    const char *exec_root;
    const char *bridge;
    const char *address; /* of the bridge: "172.18.0.1/16" */
    json_t *settings;    /* what else was configured; NULL: the defaults (daemon/settings.h) */
};

struct instance;
struct exec;
struct release;

struct engine {
    struct engine_options options;
    char *data_root, *exec_root;
    char *containers; /* <data-root>/containers */
    char *states;     /* <exec-root>/containers */
    char *cache;      /* <data-root>/seccomp */
    char *cgroup_parent;
    char *shim_program;
    char *id; /* Docker's form: twelve groups of four letters */
    struct image_store *images;
    struct networks *networks;
    struct network *network; /* the default one, "bridge" */
    json_t *settings;        /* locked; see daemon/settings.h */
    int64_t started_ns;

    pthread_mutex_t lock;
    pthread_cond_t shim_idle; /* a user of a shim connection let go */
    pthread_cond_t released;  /* a container that had ended gave back what it had; see daemon/release.h */
    struct release *releasing;
    unsigned long releases;
    struct instance **table; /* locked; in order of creation */
    size_t count, room;      /* locked */
    struct exec **execs;     /* locked */
    size_t exec_count, exec_room;
    struct bell changed;       /* any container was made, changed or removed */
    pthread_cond_t health_due; /* the thread that begins health checks must look again; see daemon/health.h */
    bool health_watched;       /* locked; that thread is there */
    struct step_ring *steps;
    struct event_log *events;
    struct janitor *janitor;
    atomic_bool images_ready;
    atomic_bool stopping;
    atomic_ullong health_checks, health_failures; /* since the start */
};

enum health { HEALTH_NONE, HEALTH_STARTING, HEALTH_HEALTHY, HEALTH_UNHEALTHY };

/* What a container is doing, as Docker's State has it. */
struct state {
    bool running, paused, restarting, oom_killed, removing, dead;
    pid_t pid;
    int exit_code;
    char *error;                     /* owned; NULL when none */
    int64_t started_ns, finished_ns; /* 0: never */
    enum health health;
    int failing_streak;
};

struct attacher;   /* daemon/attach.c */
struct step_list;  /* daemon/steps.h */
struct membership; /* daemon/membership.h */

/* A lab sandbox's own facts. */
struct sandbox {
    char *lab;
    uid_t owner;
    char *host;       /* its name among the machines of its lab; NULL for the main one */
    char *main;       /* id of that; NULL for the main one itself */
    char *names;      /* what /etc/hosts says of the machines of its lab; NULL: nothing, or it runs */
    uint32_t id_base; /* first host uid and gid of its 65536 */
    int64_t io;       /* bytes a second that it may read, and write; 0: no bound */
    bool engine;      /* one of its own runs inside; see daemon/sandbox_engine.h */
    bool orphaned;    /* locked; the connection that it belonged to ended with the daemon before */
};

struct instance {
    struct engine *engine;
    atomic_int refs;
    pthread_mutex_t op;
    pthread_mutex_t saving; /* what is on disk is never older than what was; taken after `op`, before `engine->lock` */
    bool forgotten;         /* with `saving`; nothing is written any more */

    char id[ID_TEXT];
    char *directory; /* <data-root>/containers/<id> */
    char *runtime;   /* <exec-root>/containers/<id> */
    char *image_id, *image;
    char *path;
    json_t *args;   /* array */
    json_t *config; /* Docker's Config; never changes after creation */
    json_t *mounts; /* MountPoints: destination -> {Type, Source, ...}; never changes */
    int64_t created_ns;
    struct sandbox *sandbox; /* NULL for an ordinary container */

    char *name;                                                                /* locked; without the slash */
    json_t *host_config;                                                       /* locked; replaced as a whole */
    struct state state;                                                        /* locked */
    bool removed;                                                              /* locked; no longer in the table */
    json_t *links;                                                             /* locked; see daemon/links.h; replaced as a whole */
    bool volumes_held;                                                         /* locked; see daemon/volumes.h */
    bool started_before, manually_stopped, restart_cancelled, keep_after_exit; /* locked */
    bool restarts_at_start;                                                    /* what recovery decided; never changes after */
    bool ended_meanwhile;            /* locked; while no daemon ran, or because one ended: its policy acts at the next start */
    int restart_count;               /* locked */
    int restart_delay_ms;            /* locked; 0: the next one is the shortest */
    unsigned exits;                  /* locked; how often its process has ended */
    json_t *health_log;              /* locked; replaced as a whole; may be NULL */
    int64_t health_due_ns;           /* locked; CLOCK_MONOTONIC; 0: no check is wanted */
    unsigned health_run;             /* locked; a result of an earlier run is dropped */
    bool probing;                    /* locked; a check is under way */
    struct shim *shim;               /* locked; use instance_shim */
    int shim_users;                  /* locked */
    bool followed;                   /* locked; a thread follows its shim, or tidies up after it */
    bool clear_later;                /* locked; that thread has the files cleared away when the shim is gone */
    struct attacher *attachers;      /* locked; who waits for the next start */
    struct membership **memberships; /* see daemon/membership.h */
    size_t membership_count;
    int netns;            /* locked; its network namespace until it has entered it; -EBADF */
    char sandbox_key[17]; /* locked; what NetworkSettings.SandboxKey shows; "" when none */

    struct bell bell; /* any of the above changed */
    struct step_list *steps;
};

/* Opens stores and network, recovers what an earlier daemon left, and starts loading the shipped images in the background. */
struct engine *engine_open(const struct engine_options *options, struct error *err);

/* Leave every container running and end; waits briefly for removals that are under way. */
void engine_close(struct engine *engine);

/* Blocks until the images that ship with the program have been imported (a fresh data root only). */
void engine_wait_images(struct engine *engine);

/* Run `work(data)` on a small detached thread. */
int engine_thread(void *(*work)(void *), void *data, struct error *err);

#endif
