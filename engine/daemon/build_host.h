/* docker build: the engine's side. It gives the builder (build/build.h) images, containers and downloads, and knows which builds
 * are under way. */
#ifndef SLIPWAY_DAEMON_BUILD_HOST_H
#define SLIPWAY_DAEMON_BUILD_HOST_H

#include "build/build.h"
#include "build/mount_caches.h"
#include "daemon/engine.h"
#include "daemon/progress.h"

struct build_request {
    struct build_options options; /* without the directories, which are the engine's */
    const char *id;               /* by which POST /build/cancel names it; "" */
    const char *remote;           /* "": the context has come with the request; else an address of a Dockerfile or a tar */
    struct build_context *context;
    const json_t *auths; /* X-Registry-Config; may be NULL */
};

/* Where contexts are unpacked: <data-root>/tmp, made when it is missing. NULL with the error; allocated. */
char *build_directory(struct engine *engine, struct error *err);

/* One build. `sink` gets the documents; `progress` those of a download before it, and says when it is to stop. */
struct build_job;
struct build_job *build_job_new(struct engine *engine, const struct build_request *request); /* borrowed until it is freed */
int build_job_run(struct build_job *job, const struct build_sink *sink, const struct progress *progress, bool *told,
                  struct error *err);
void build_job_cancel(struct build_job *job); /* from any thread */
void build_job_free(struct build_job *job);

/* ENOENT: no build of this id is under way. */
int builds_cancel(struct engine *engine, const char *id, struct error *err);

/* Directories of RUN --mount=type=cache that nobody uses: their names and bytes. Intermediate images go with their last name, or by
 * image prune. */
json_t *builds_prune(struct engine *engine, const struct caches_prune *prune);

/* What a daemon that crashed left of its builds: contexts, secrets, containers that were running for them. */
void builds_sweep(struct engine *engine);

#endif
