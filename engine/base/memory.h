/* Allocation that cannot fail, and release on every path out.
 *
 * Running out of memory ends the process with a message: no caller can do better, and a daemon whose
 * containers outlive it may be started again. Attributes release what a scope owns; `move_fd` and
 * `move_ptr` hand ownership on. A descriptor that is "none" is -EBADF or any negative number.
 */
#ifndef SLIPWAY_BASE_MEMORY_H
#define SLIPWAY_BASE_MEMORY_H

#include <dirent.h>
#include <stddef.h>
#include <stdio.h>

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *old, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *text, size_t most) __attribute__((malloc, returns_nonnull));

/* Close `fd` if it is one; keeps errno; returns -EBADF so that `fd = fd_close(fd)` reads well. */
int fd_close(int fd);

void cleanup_free_p(void *pointer);
void cleanup_close_p(int *fd);
void cleanup_file_p(FILE **file);
void cleanup_dir_p(DIR **dir);
void cleanup_strv_p(char ***list);

#define cleanup_free  __attribute__((cleanup(cleanup_free_p)))
#define cleanup_close __attribute__((cleanup(cleanup_close_p)))
#define cleanup_file  __attribute__((cleanup(cleanup_file_p)))
#define cleanup_dir   __attribute__((cleanup(cleanup_dir_p)))
#define cleanup_strv  __attribute__((cleanup(cleanup_strv_p)))

#define move_ptr(pointer)                                                                                                          \
    ({                                                                                                                             \
        __typeof__(pointer) moved_ = pointer;                                                                                      \
        (pointer) = NULL;                                                                                                          \
        moved_;                                                                                                                    \
    })
#define move_fd(fd)                                                                                                                \
    ({                                                                                                                             \
        int moved_ = (fd);                                                                                                         \
        (fd) = -9;                                                                                                                 \
        moved_;                                                                                                                    \
    })

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#endif
