/* Files, directories and where the program's own parts live.
 *
 * Paths are NUL-terminated strings. What is read is NUL-terminated for convenience; `*len` counts
 * without it. Atomic writes go to a temporary file in the same directory, are synced and renamed, so
 * that a reader or a crash sees the old content or the new, never half of one (rename(2)).
 */
#ifndef SLIPWAY_BASE_FILES_H
#define SLIPWAY_BASE_FILES_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

char *path_join(const char *dir, const char *name); /* exactly one '/' between */
bool path_exists(const char *path);

/* What is in a directory, without ".", ".." and names that begin with a dot; in no order. *names is NULL when there is nothing. */
int directory_names(const char *path, char ***names, struct error *err);

/* Make `path` and its parents; existing directories are left as they are. */
int path_make_dirs(const char *path, mode_t mode, struct error *err);

/* Remove a whole tree; never follows a symbolic link, never crosses into another mount; a missing path is success. */
int path_remove_tree(const char *path, struct error *err);

/* Whole small file (at most 64 MiB); works for /proc and /sys. `len` may be NULL. */
char *file_read(const char *path, size_t *len, struct error *err);
char *file_read_at(int dirfd, const char *name, size_t *len, struct error *err);

/* Plain write(2) of `len` bytes to an existing or new file (mode as given); for /proc, /sys and cgroup files too. */
int file_write(const char *path, const void *data, size_t len, mode_t mode, struct error *err);

/* Temporary file, optionally fsync, rename. `sync` false is for state that need not survive a power cut (/run). */
int file_write_atomic(const char *path, const void *data, size_t len, mode_t mode, bool sync, struct error *err);

/* A file that must not be there yet (-EEXIST), in no form; synced, and gone again when it cannot be written whole. */
int file_write_new(const char *path, const void *data, size_t len, mode_t mode, struct error *err);

/* What a person asks to be written: whole and synced, in the place of nothing or of an ordinary file; -EEXIST and why for a link, a
 * device, a pipe or a directory. */
int file_replace(const char *path, const void *data, size_t len, mode_t mode, struct error *err);

/* A file to write and read that has no name in `directory`, only its space there: it goes with its last descriptor. */
int file_nameless(const char *directory, struct error *err);

/* Whole buffers in spite of short counts and EINTR; 0 or -errno. read_full gives the count read before end of file. */
int write_full(int fd, const void *data, size_t len);
ssize_t read_full(int fd, void *data, size_t len);

/* Directory of the running executable; static storage, no trailing '/'. */
const char *exe_dir(void);

/* A sibling program ("slipway-shim") beside the running one, or "" when there is none; allocated. */
char *exe_sibling(const char *program);

/* Where shipped content lives ("lessons", "labs", "quizzes", "images"): the first that exists of $SLIPWAY_CONTENT/<name>,
 * <exe>/../share/slipway/<name>, <exe>/<name>, <exe>/../<name> and <exe>/../../<name>; otherwise the last of these. Allocated. */
char *content_dir(const char *name);

#endif
