/* Files of contexts and images, by descriptors that lead nowhere else: a path is resolved below a root once, and what it led to is
 * opened without following a link again. What is there may be anything, but nobody changes it meanwhile. */
#ifndef SLIPWAY_BUILD_FILES_H
#define SLIPWAY_BUILD_FILES_H

#include "base/error.h"
#include "base/strings.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/* `path` with every link taken as if `root` were "/": relative, "" for the root itself, allocated. What does not exist stays as it
 * is written. ELOOP. */
int files_resolve(int root, const char *path, char **out, struct error *err);
/* Of a resolved path. Negative errno. */
int files_open(int root, const char *resolved, int flags);
int files_stat(int root, const char *resolved, struct stat *st);
/* The directory that a resolved path stands in, and its last name (borrowed; "." for the root). */
int files_parent(int root, const char *resolved, const char **name);

/* "a/../b//c" to "b/c": by the text alone, relative; NULL when it leads out. */
char *path_within(const char *path);

/* Go's path.Match for one name: `*`, `?`, `[a-z]`, `[^a]`, `\`. */
bool name_matches(const char *pattern, const char *name);
bool has_wildcards(const char *path);
/* Paths below `root` that the pattern fits, in order; a list. */
char **files_match(int root, const char *pattern);

/* What files are: kind, mode, owner, size, target, contents, extended attributes, which are hard links of one another;
 * not when they were changed. `lines` (may be NULL)
 * gets a line "digest path" for each. The digest of a file counts its name, too. `what` is "file" or "dir". */
int files_digest(int root, const char *resolved, const char *name, const char **what, char hex[65], struct buf *lines,
                 struct error *err);

/* How files are put in their place. */
struct placing {
    int root;          /* where they go */
    const char *shown; /* its path, for messages */
    bool keep_owner;
    uid_t uid;
    gid_t gid;
    bool set_mode;
    mode_t mode;
    bool layer; /* the source is a layer's directory: its marks of deleted files and of opaque directories are obeyed */
    bool (*stop)(void *data);
    void *data;
};
/* A directory's contents into the directory `to` (resolved, made when missing), or a file to the name `to`. */
int place_directory(const struct placing *placing, int from_root, const char *from, const char *to, struct error *err);
int place_file(const struct placing *placing, int from_root, const char *from, const char *to, struct error *err);
/* Directories that are missing, mode 0755. `made` (may be NULL): whether the last one was. ENOTDIR. */
int place_directories(const struct placing *placing, const char *to, uid_t uid, gid_t gid, bool *made, struct error *err);

#endif
