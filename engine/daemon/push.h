/* docker push: a tag, or all tags of a repository, from the store to the registry that the name says.
 *
 * What the registry has already is not sent again: a blob that it is known to have had (pushed or pulled before) is asked for, or
 * taken over from another repository of the same registry. Other layers are read from the store, compressed and sent in one stream.
 * The manifest is a Docker schema 2 manifest. Lines of progress, and errors, are Docker's.
 */
#ifndef SLIPWAY_DAEMON_PUSH_H
#define SLIPWAY_DAEMON_PUSH_H

#include "base/error.h"
#include "daemon/engine.h"
#include "daemon/progress.h"

struct push_request {
    const char *image;  /* "localhost:5000/app:1"; "latest" unless it says, or: */
    bool all_tags;      /* all tags of the repository that are here */
    const json_t *auth; /* as in struct pull_request */
};

/* Blocks. EINVAL for a bad name before anything was told; everything later is told first by "The push refers to repository". */
int image_push(struct engine *engine, const struct push_request *request, const struct progress *progress, struct error *err);

#endif
