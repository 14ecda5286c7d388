/* docker build: what a Dockerfile says, step by step, becomes images.
 *
 * The builder is a library. It parses, decides, looks into the cache, copies files and commits; whatever needs a running engine
 * (base images, containers) it asks of its host. Semantics, cache and output are those of the classic builder of Docker 20.10, with
 * BuildKit's most used additions. Stages that do not need each other are built at the same time; what they say still comes in
 * the order of the file.
 *
 * The stream is a sequence of JSON documents, each followed by CR LF:
 *
 *   {"stream":"Step 1/3 : FROM busybox"}, {"stream":"\n"}, {"stream":" ---> 15bb21e62226\n"}, {"stream":" ---> Using cache\n"}
 *   {"aux":{"ID":"sha256:..."}}                                    after each stage
 *   {"errorDetail":{"code":3,"message":"..."},"error":"..."}       at the end of one that failed
 *
 * With `POST /build?slipway-explain=1` there is one more document for each step, right behind its " ---> Using cache" or where that
 * would stand; other clients pass over it:
 *
 *   {"slipway":{"step":4,"of":7,"stage":"builder","instruction":"COPY . /src","cache":"hit","image":"sha256:...",
 *               "why":"the same instruction on the same parent made this image 3 minutes ago"}}
 *   {"slipway":{"step":4,...,"cache":"miss","reason":"files","why":"files differ from those of ...: changed a.c, b.c; new d.c",
 *               "changed":["a.c","b.c"],"added":["d.c"],"removed":[]}}
 *
 * `step` and `of` are the numbers of "Step 4/7"; `stage` is its name or number, as text. `reason` of a miss is one of
 *   "first"        nothing was ever built on this parent
 *   "instruction"  other things were, but not with this instruction; "nearest" tells the most similar one
 *   "files"        the same instruction, but its files differ: "changed", "added", "removed" (at most 20 names each)
 *   "argument"     the same command, but build arguments differ: "arguments":[{"name","before","now"}] (null: not set)
 *   "environment"  the same instruction, but the configuration that it starts from differs: "nearest"
 *   "parent"       a step before it was built anew, so nothing can be known: "since" is the number of that step
 *   "no-cache"     --no-cache was given
 * A trigger of ONBUILD has "trigger":true. A step that has no cache (FROM, ARG before FROM) has no such document.
 *
 * With the header `X-Slipway-Point: 1` an error that is about a line of the Dockerfile, or came from an instruction of it, is
 * followed by that line and those around it (see point.h), both in the last document and in an answer that is nothing but an error.
 */
#ifndef SLIPWAY_BUILD_BUILD_H
#define SLIPWAY_BUILD_BUILD_H

#include "base/digest.h"
#include "base/error.h"
#include "image/image.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Whoever asked the host for something that takes long. */
struct build_listener {
    void (*tell)(void *data, json_t *line);                    /* takes `line` over */
    void (*count)(void *data, int64_t current, int64_t total); /* bytes; `total` -1: unknown */
    bool (*stop)(void *data);                                  /* nobody wants the result any more */
    void *data;
};

/* What the daemon does for the builder. Every function may block and may be called from several threads. */
struct build_host {
    void *data;
    /* The image with this name or id; fetched when it is missing or, with `pull`, in any case. `config` is the whole configuration
     * document, a new reference. */
    int (*image)(void *data, const char *name, bool pull, const char *platform, const struct build_listener *listener,
                 char id[DIGEST_TEXT], json_t **config, struct error *err);
    /* `request` is what POST /containers/create takes. `warnings`: a new array. */
    int (*create)(void *data, const json_t *request, char id[ID_TEXT], json_t **warnings, struct error *err);
    /* Starts it, hands out what it writes (stream 1 or 2), and waits for its end. ECANCELED after `kill`. */
    int (*run)(void *data, const char *container, void (*output)(void *sink, int stream, const char *bytes, size_t len), void *sink,
               int *exit_code, struct error *err);
    void (*kill)(void *data, const char *container); /* makes `run` return, also one that has not begun */
    void (*remove)(void *data, const char *container);
    /* The body of an http or https address into the file `fd`. `modified`: seconds, of Last-Modified, or 0. */
    int (*fetch)(void *data, const char *url, int fd, int64_t *modified, const struct build_listener *listener, struct error *err);
    void (*tagged)(void *data, const char *id, const char *name); /* an event */
};

struct build_options {
    const char *dockerfile;                /* its path in the context; "": "Dockerfile" */
    const json_t *arguments, *labels;      /* {"name":"text"}; the text of an argument may be null: not set */
    const json_t *host_config;             /* what the containers of RUN get: limits, network, hosts */
    const json_t *secrets;                 /* {"id":"base64"}: for RUN --mount=type=secret; never kept, shown or logged */
    char *const *tags, *const *cache_from; /* may be NULL */
    const char *platform, *target;         /* "": this machine's; the last stage */
    const char *cache_directory;           /* where RUN --mount=type=cache keeps its directories; made when they are needed */
    const char *secret_directory;          /* for files that must never reach a disk: on a tmpfs, mode 0700 */
    bool quiet, no_cache, pull, remove, force_remove, squash, explain, point;
};

/* Where the files of COPY and ADD come from: a directory that belongs to the build alone. */
struct build_context {
    char *directory; /* absolute, "<data-root>/tmp/docker-builder123456789" */
    int fd;
    char *dockerfile; /* the text itself, when there is no file (a remote Dockerfile); else NULL */
};
/* From a tar (plain, gzip, bzip2, xz, zstd), by the confined unpacker, below `parent`. An empty body is an empty context. */
int build_context_tar(const char *parent, int fd, struct build_context *out, struct error *err);
/* From what a remote address gave: a tar, or text that is the Dockerfile. */
int build_context_remote(const char *parent, int fd, struct build_context *out, struct error *err);
/* From a directory on the same file system, which becomes it. */
int build_context_adopt(const char *parent, const char *directory, struct build_context *out, struct error *err);
void build_context_remove(struct build_context *context); /* with its files */

struct build;

struct build_sink { /* complete documents; one call at a time */
    void (*write)(void *data, const char *text, size_t len);
    void *data;
};
/* Everything borrowed must live as long as the build. */
struct build *build_new(struct image_store *store, const struct build_host *host, const struct build_options *options,
                        const struct build_context *context, const struct build_sink *sink);
/* Blocks until the image is there and has its tags. An error that comes before anything was written to the sink is only returned
 * (EINVAL: the request's or the Dockerfile's fault); a later one is also the last document: *told says so. */
int build_run(struct build *build, char id[DIGEST_TEXT], bool *told, struct error *err);
void build_cancel(struct build *build); /* from any thread; build_run then ends soon with ECANCELED */
void build_free(struct build *build);

#endif
