/* The files of a log as one sequence: path.N(.gz) is the oldest, path the youngest. They are renamed, compressed and removed while
 * they are read; a file is known by its inode, which nobody else gets as long as it is open (shim/log_rotate.h says how a
 * compressed one tells whose it is). */
#ifndef SLIPWAY_API_LOG_FILES_H
#define SLIPWAY_API_LOG_FILES_H

#include <stdbool.h>
#include <sys/types.h>

struct log_file {
    int fd;     /* readable from its start. Negative: none */
    int packed; /* the compressed file, when `fd` is a temporary one into which it was unpacked; else negative */
    ino_t inode;
};
#define LOG_FILE_NONE ((struct log_file){.fd = -9, .packed = -9})

bool log_file_open(const char *path, int number, struct log_file *file); /* 0: the current one */
void log_file_close(struct log_file *file);
int log_file_oldest(const char *path); /* its number; 0 when there is only the current one, or none */

enum log_place { LOG_CURRENT, LOG_OLDER, LOG_GONE };
enum log_place log_file_place(const char *path, const struct log_file *file);

/* Replace `file`, which was read to its end and is no longer the current one, by the one that came after it. When it is gone: by
 * the oldest that is left, and `*lost`. False: there is none yet. */
bool log_file_advance(const char *path, struct log_file *file, bool *lost);

#endif
