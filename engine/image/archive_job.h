/* Inside the archive process: its parts. Everything here runs in a process that does nothing else; see view.h. */
#ifndef SLIPWAY_IMAGE_ARCHIVE_JOB_H
#define SLIPWAY_IMAGE_ARCHIVE_JOB_H

#include "base/error.h"

#include <archive.h>
#include <archive_entry.h>
#include <jansson.h>
#include <stdbool.h>
#include <sys/stat.h>

/* Where the process finds what it was given. Data comes in on standard input and leaves on standard output. */
/* What the process is called; being named also brings its code into the program. */
extern const char archive_process_name[];

enum { JOB_FD = 3, REPORT_FD = 4, MOUNT_NAMESPACE_FD = 5, USER_NAMESPACE_FD = 6 };

/* archive_view.c: a descriptor of the container's root, which has become ours as well. `bare`: without what is mounted in it. */
int view_enter(const json_t *job, bool bare, struct error *err);

/* archive_confine.c: keep only the right to make and read files; no new program, no new code, no network, no new namespace.
 * `marks`: may read what the overlay notes on its layers. */
int archive_confine(bool marks, struct error *err);

/* archive_path.c */
/* "/" in front, lexically clean, with the "/" or "/." at the end kept; allocated. */
char *path_absolute(const char *path);
const char *path_base(const char *path, char *room); /* the last name as Go's filepath.Base; `room` holds as much as path */
/* Opens what `path` (absolute, from path_absolute) stands in, gives the last name ("." for a directory itself). */
int path_parent(int root, const char *path, char **name);
json_t *path_stat(int root, const char *path, int parent, const char *name, const struct stat *st);
int open_below(int at, const char *path, int flags); /* openat2 that trusts no magic link */

/* archive_pack.c: a tar to standard output. */
struct pack;
struct pack *archive_pack_new(void);
int archive_pack_end(struct pack *pack, struct error *err); /* frees */
/* The entry `name` of directory `at`, stored as `stored`; contents of a regular file included. */
int archive_pack_entry(struct pack *pack, int at, const char *name, const char *stored, const struct stat *st, struct error *err);
int archive_pack_whiteout(struct pack *pack, const char *stored, struct error *err);
int archive_pack_opaque(struct pack *pack, const char *stored, struct error *err); /* of a directory that hides what is below it */
/* The same with everything below, sorted. Mounts of kernel file systems are empty directories. */
int archive_pack_tree(struct pack *pack, int at, const char *name, const char *stored, struct error *err);

/* archive_place.c: the tar from standard input into directory `at`, shown as `shown`. */
struct place_options {
    bool keep_kind, owner;
    unsigned uid, gid;
};
int probe_tar(struct error *err); /* whether standard input is a tar with something in it */
int place_tar(int at, const char *shown, const struct place_options *options, struct error *err);

/* archive_upper.c: what a writable layer changes, in the order of a sorted walk. */
struct upper_visitor {
    /* kind 'A', 'C' or 'D' (or 'O'). `at` and `name` lead to what the upper layer has there; for 'D' there is nothing. A directory
     * comes before what is in it. `same`: a directory that is there only because of what is below it. */
    int (*visit)(void *data, char kind, int at, const char *name, const char *path, const struct stat *st, bool same,
                 struct error *err);
    void *data;
    bool opaque; /* one 'O' for an opaque directory, instead of a 'D' for each name that it hides */
};
int upper_walk(int upper, const int *lowers, size_t count, const struct upper_visitor *visitor, struct error *err);

/* Names in a directory, sorted bytewise, without "." and ".."; NULL with errno set. */
char **names_in(int directory);
int remove_below(int at, const char *name); /* a tree; 0 or -errno */

#endif
