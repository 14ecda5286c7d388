/* What daemon/build_host.c and daemon/builds.c share. */
#ifndef SLIPWAY_DAEMON_BUILD_INTERNAL_H
#define SLIPWAY_DAEMON_BUILD_INTERNAL_H

#include "base/files.h"
#include "daemon/build_host.h"

struct build_job {
    struct engine *engine;
    const struct build_request *request;
    struct build_options options;
    struct build_host host;
    char *caches, *secrets;
    struct build_job *next; /* of the list of builds that are under way */

    pthread_mutex_t lock;
    struct build *build; /* locked; NULL before and after */
    bool cancelled;      /* locked */
    int notes;           /* locked; the file beside the context that names its containers */
};

struct build_host build_host_of(struct build_job *job);
int build_fetch(const char *url, int fd, int64_t *modified, const struct build_listener *listener, struct error *err);
bool build_is_git(const char *address);
/* "URL#REF:DIRECTORY" as a context; EINVAL with what git said. */
int build_clone(const char *parent, const char *address, const struct progress *progress, struct build_context *out,
                struct error *err);
/* The next daemon removes this container when this one does not live to do it. */
void build_job_note(struct build_job *job, const char *container);

#endif
