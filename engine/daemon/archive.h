/* The files of a container from outside: copied both ways, compared with its image, exported, committed. Works on running and
 * stopped containers alike; what a running one has mounted (volumes, binds, tmpfs) is where it sees it. How that is kept from doing
 * harm is told in image/view.h. Errors are Docker's sentences; `name` is the container as the request names it, for those. */
#ifndef SLIPWAY_DAEMON_ARCHIVE_H
#define SLIPWAY_DAEMON_ARCHIVE_H

#include "daemon/engine.h"
#include "image/view.h"

/* The document for X-Docker-Container-Path-Stat; ENOENT "Could not find the file ... in container ...". */
json_t *container_path_stat(struct instance *instance, const char *name, const char *path, struct error *err);

/* A tar of what is at `path`; read it from out->fd, end with view_close. */
int container_archive(struct instance *instance, const char *name, const char *path, struct view_tar *out, json_t **stat,
                      struct error *err);

/* Put the tar from `fd` into the directory `path`. `as_user`: everything will belong to the container's user. The container cannot
 * be started before it is done, when it does not run. */
int container_extract(struct instance *instance, const char *name, const char *path, bool keep_kind, bool as_user, int fd,
                      struct error *err);

/* The merged root as one tar. */
int container_export(struct instance *instance, struct view_tar *out, struct error *err);

/* [{"Path","Kind"}], or null when nothing differs. */
json_t *container_changes(struct instance *instance, struct error *err);

struct commit_request {
    const char *reference; /* may be NULL */
    const char *author, *comment;
    const json_t *config; /* overrides, as POST /commit has them; may be NULL or empty */
    char *const *changes;
    bool pause;
};
int container_commit(struct instance *instance, const struct commit_request *request, char id[DIGEST_TEXT], struct error *err);

#endif
