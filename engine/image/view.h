/* The files of a container, as archives: read, written, compared and packed as a layer.
 *
 * A container's tree is hostile: links lead out, directories are exchanged while we look. So the work is done by a process of its
 * own (this program started again, see archive_process.c) that joins the mount namespace of a running container, or mounts the
 * layers of a stopped one where nobody else sees it, shuts itself into that root, gives up what it does not need, and only then
 * looks at anything that the container can change. It walks by descriptors and loads no code from there. Every tar is streamed.
 */
#ifndef SLIPWAY_IMAGE_VIEW_H
#define SLIPWAY_IMAGE_VIEW_H

#include "base/error.h"
#include "image/image.h"

#include <jansson.h>
#include <stdbool.h>

struct view {
    int mount_namespace,
        user_namespace;          /* of a running container; negative: it does not run, or has no user namespace of its own */
    const struct rootfs *rootfs; /* its layers; what is looked at when there is no mount_namespace */
    const json_t *mounts;        /* then also: [{"source","subpath","destination","read_only"}], outer ones first; may be NULL */
    bool read_only;              /* then: the root file system is */
};

/* {"name","size","mode","mtime","linkTarget"} of a path, as X-Docker-Container-Path-Stat has it; `mode` is Go's. A new reference.
 * ENOENT when there is nothing; ENOTDIR. */
json_t *view_stat(const struct view *view, const char *path, struct error *err);

/* A tar that is being made. Read `fd` to its end, then ask view_close whether it is complete; closing earlier ends the process. */
struct view_tar {
    int fd;
    int report;
    pid_t pid;
};
/* What is at `path`: entries begin with its last name ("." for "/dir/."). `stat` as above. */
int view_get(const struct view *view, const char *path, struct view_tar *out, json_t **stat, struct error *err);
/* The whole root without what is mounted in it. */
int view_export(const struct view *view, struct view_tar *out, struct error *err);
/* The writable layer as an OCI layer, names sorted: whiteouts are ".wh.name", and an opaque directory has
 * ".wh..wh..opq" in it. */
int view_layer(const struct rootfs *rootfs, struct view_tar *out, struct error *err);
int view_close(struct view_tar *archive, struct error *err);

/* What a tar from `fd` (compressed or not) puts into the directory at `path`. EPERM with Docker's sentences when it is read-only,
 * ENOTDIR when it is none, ENOENT; EINVAL for a bad tar. What was written before a failure stays. */
struct view_put_options {
    bool keep_kind; /* a directory is not replaced by a file, nor a file by a directory */
    bool owner;     /* everything belongs to `uid` and `gid`, whatever the tar says */
    unsigned uid, gid;
};
int view_put(const struct view *view, const char *path, const struct view_put_options *options, int fd, struct error *err);

/* Whether `fd`, read from where it stands, is a tar, compressed or not; asked of the same process, as the file may be hostile. */
bool view_is_tar(int fd);

/* What the writable layer changes: [{"Path","Kind"}] sorted by path, 0 changed, 1 added, 2 deleted. Parents of changes are changed.
 */
json_t *view_changes(const struct rootfs *rootfs, struct error *err);

#endif
