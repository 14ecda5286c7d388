/* Inside the builder: what its files share. Nothing outside engine/build/ includes this. */
#ifndef SLIPWAY_BUILD_BUILD_INTERNAL_H
#define SLIPWAY_BUILD_BUILD_INTERNAL_H

#include "build/arguments.h"
#include "build/build.h"
#include "build/dockerfile.h"
#include "build/output.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

/* A stage that is being built: what the next instruction starts from. One thread works on it; what others look at is marked. */
struct turn {
    struct build *build;
    const struct stage *stage;
    size_t index;
    struct arguments *arguments;

    json_t *config;          /* Docker's Config, as containers of the image would get it */
    char image[DIGEST_TEXT]; /* of the last step; "": nothing yet (FROM scratch) */
    char base[DIGEST_TEXT];  /* what FROM led to; "": scratch */
    char *architecture;      /* of an image made from scratch */
    char *author;
    bool cmd_set;                          /* CMD came after FROM: ENTRYPOINT leaves it */
    bool changed;                          /* an image was made or found in this stage */
    const struct instruction *instruction; /* of the file, at which it is */
    size_t step;                           /* its number in "Step 2/7" */
    size_t missed;                         /* the first step that the cache did not have; 0: none yet */
    bool trigger;                          /* the instruction comes from an ONBUILD */
    const char *text;                      /* the instruction, as the file has it */
    char **made;                           /* containers of this step */
    char **kept;                           /* those of them that really are there */
    char *noted;                           /* the files of a COPY, for "files differ"; see cache.c */

    bool done, failed; /* locked */
    int exit_code;
    struct error err;
};

struct build {
    struct image_store *store;
    const struct build_host *host;
    const struct build_options *options;
    const struct build_context *context;
    struct output *output;
    struct dockerfile file;
    char *text;         /* of it */
    char *architecture; /* of --platform, or this machine's */
    size_t steps;
    int64_t epoch_ns; /* SOURCE_DATE_EPOCH: the date of all that is made; 0: now */

    pthread_mutex_t lock;
    pthread_cond_t stage_done;
    struct arguments *arguments; /* locked while stages are built */
    struct turn *turns;
    size_t count, next; /* stages to build; locked: the next that nobody works on */
    size_t failed;      /* locked: the first stage that failed; SIZE_MAX: none */
    bool cancelled;     /* locked */
    struct running {
        char *container;
        size_t stage;
    } * running; /* locked */
    size_t running_count;
};

/* prepare.c */
int build_prepare(struct build *build, struct error *err);
const char *build_dockerfile_name(const struct build *build);

/* build.c */
void build_say_step(struct build *build, size_t channel, size_t step, const char *text); /* "Step 2/7 : RUN x" */
/* Nobody wants this stage any more: the client is gone, or a stage before it failed. Sets ECANCELED. */
bool turn_cancelled(struct turn *turn, struct error *err);
/* An earlier stage, once it is built: its image, "" when it made none. ECANCELED when it failed. */
int stage_wait(struct turn *turn, size_t index, char image[DIGEST_TEXT], struct error *err);
void running_add(struct turn *turn, const char *container);
void running_drop(struct turn *turn, const char *container);

/* context.c */
/* The text of a file of the context, which must be within it; allocated. ENOENT. */
int context_read(const struct build_context *context, const char *path, size_t most, char **text, size_t *len, struct error *err);
/* Takes away what .dockerignore (or NAME.dockerignore) excludes: a client may have sent it all the same. */
int context_filter(const struct build_context *context, const char *dockerfile, struct error *err);

/* config.c: the Config of a stage. */
void config_set_env(json_t *config, const char *name, const char *value);
const char *config_env(const json_t *config, const char *name);  /* borrowed; NULL when it is not set */
json_t *config_object(json_t *config, const char *key);          /* member `key`, made when missing; borrowed */
json_t *config_shell(const json_t *config);                      /* a new array */
json_t *config_in_order(const json_t *config);                   /* a copy with Docker's keys in Docker's order */
char **config_env_list(const json_t *config, char *const *more); /* Env and then `more`; allocated */
bool config_equal(const json_t *a, const json_t *b);             /* as the cache of the classic builder compares */

/* step.c: the end of a step. */
/* A copy of the config whose command is the comment "#(nop) ...", as the image will say what made it. `two`: the comment is a word
 * of its own, as Docker has it where a container is made for the step. */
json_t *step_container_config(const struct turn *turn, const char *comment, bool two);
/* True: the image is there already, and is the turn's now. */
bool step_cached(struct turn *turn, const json_t *container_config);
/* " ---> Running in ...": a container that nothing runs in is only there when it is to be kept (--rm=false). */
int step_container(struct turn *turn, const json_t *container_config, char id[ID_TEXT], struct error *err);
/* The new image; `rootfs` NULL: only the configuration changed. `container_config` may get a hostname. */
int step_finish(struct turn *turn, json_t *container_config, const char *container, const struct rootfs *rootfs, struct error *err);
/* All of these for an instruction that changes nothing but the configuration. */
int step_commit(struct turn *turn, struct error *err, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* "Removing intermediate container ...", unless they shall stay. */
void step_remove_containers(struct turn *turn, bool failed);

/* dispatch.c */
int dispatch(struct turn *turn, const struct instruction *instruction, struct error *err);

/* from.c */
int stage_check_name(const struct turn *turn, struct error *err); /* no earlier stage may have it */
int dispatch_from(struct turn *turn, struct error *err);

/* run.c */
int dispatch_run(struct turn *turn, const struct instruction *instruction, struct error *err);
/* Shell and text, or the words of the exec form; a new array. */
json_t *command_of(const struct turn *turn, const struct instruction *instruction);

/* copy.c */
int dispatch_copy(struct turn *turn, const struct instruction *original, const struct instruction *instruction, struct error *err);
int dispatch_workdir(struct turn *turn, const char *path, struct error *err);
/* What --from names: an earlier stage by name or number, or an image. `image` "" : a stage that is empty. */
int source_image(struct turn *turn, const char *from, char image[DIGEST_TEXT], struct error *err);

/* cache.c */
bool cache_probe(struct turn *turn, const json_t *container_config, char image[DIGEST_TEXT]);

/* explain.c */
void explain_hit(struct turn *turn, const char *image);
void explain_miss(struct turn *turn, const json_t *container_config);

/* squash.c: everything above `base` ("": everything) as one layer. */
int squash(struct build *build, const char *base, char image[DIGEST_TEXT], struct error *err);

#endif
