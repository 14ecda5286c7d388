/* Finds and opens the files of a log while they move. Every answer is checked again after the fact, since a rotation may
 * have come in between. */
#include "api/log_files.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { MOST = 1001, ATTEMPTS = 50, BLOCK = 64 * 1024 };

static char *name_of(const char *path, int number, const char *ending)
{
    return number ? str_format("%s.%d%s", path, number, ending) : xstrdup(path);
}

/* The inode that the file had before it was compressed; 0 when its header does not say. */
static ino_t original_inode(int fd)
{
    enum { HEAD = 10, FLAGS = 3, HAS_COMMENT = 0x10, HAS_OTHERS = 0x0e };
    char head[HEAD + 64] = {0};
    unsigned long long inode = 0;
    ssize_t got = pread(fd, head, sizeof head - 1, 0);
    if (got <= HEAD || !(head[FLAGS] & HAS_COMMENT) || head[FLAGS] & HAS_OTHERS)
        return 0;
    return sscanf(head + HEAD, "slipway-log %llu", &inode) == 1 ? (ino_t)inode : 0;
}

static int open_either(const char *path, int number, bool *packed)
{
    cleanup_free char *plain = name_of(path, number, "");
    int fd = open(plain, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    *packed = fd < 0 && number > 0;
    if (!*packed)
        return fd;
    cleanup_free char *gz = name_of(path, number, ".gz");
    return open(gz, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

enum match { NOTHING_THERE, ANOTHER, THE_SAME };

/* What is held open keeps its inode to itself. A file that is held and has been compressed meanwhile is named by the result. */
static enum match match(const char *path, int number, const struct log_file *file)
{
    bool packed;
    struct stat status;
    cleanup_close int fd = open_either(path, number, &packed);
    if (fd < 0 || fstat(fd, &status) < 0)
        return NOTHING_THERE;
    if (status.st_ino == file->inode || (packed && file->packed < 0 && original_inode(fd) == file->inode))
        return THE_SAME;
    return ANOTHER;
}

/* What is in a damaged file up to the damage is still read. */
static int unpack(int fd, const char *path)
{
    cleanup_free char *directory = xstrdup(path);
    char *slash = strrchr(directory, '/');
    if (slash)
        *slash = '\0';
    int out = open(directory, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    if (out < 0)
        out = memfd_create("log", MFD_CLOEXEC);
    int again = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    gzFile in = again < 0 ? NULL : gzdopen(again, "rb");
    if (!in)
        fd_close(again);
    cleanup_free char *block = xmalloc(BLOCK);
    int got = 0;
    while (in && out >= 0 && (got = gzread(in, block, BLOCK)) > 0)
        if (write_full(out, block, (size_t)got) < 0)
            break;
    if (in)
        gzclose(in);
    if (out >= 0)
        lseek(out, 0, SEEK_SET);
    return out;
}

bool log_file_open(const char *path, int number, struct log_file *file)
{
    bool packed;
    struct stat status;
    *file = LOG_FILE_NONE;
    cleanup_close int fd = open_either(path, number, &packed);
    if (fd < 0 || fstat(fd, &status) < 0)
        return false;
    file->inode = status.st_ino;
    if (packed) {
        file->fd = unpack(fd, path);
        file->packed = move_fd(fd);
    } else {
        file->fd = move_fd(fd);
    }
    if (file->fd < 0)
        log_file_close(file);
    return file->fd >= 0;
}

void log_file_close(struct log_file *file)
{
    file->fd = fd_close(file->fd);
    file->packed = fd_close(file->packed);
}

int log_file_oldest(const char *path)
{
    const struct log_file none = LOG_FILE_NONE;
    int oldest = 0;
    /* One may be missing for the moment in which it gets its next name. */
    for (int i = 1; i < MOST && i <= oldest + 2; i++)
        if (match(path, i, &none) != NOTHING_THERE)
            oldest = i;
    return oldest;
}

/* Its number, or negative. From the youngest: an inode may have belonged to an older file before. */
static int find(const char *path, const struct log_file *file)
{
    for (int i = 0, last = 0; i < MOST && i <= last + 2; i++) {
        enum match here = match(path, i, file);
        if (here == THE_SAME)
            return i;
        last = here == ANOTHER ? i : last;
    }
    return -1;
}

enum log_place log_file_place(const char *path, const struct log_file *file)
{
    struct stat status;
    if (file->fd < 0)
        return LOG_GONE;
    if (file->packed < 0 && stat(path, &status) == 0 && status.st_ino == file->inode)
        return LOG_CURRENT;
    return find(path, file) >= 0 ? LOG_OLDER : LOG_GONE;
}

/* One try; false when things moved meanwhile or there is nothing. */
static bool advance_once(const char *path, const struct log_file *file, struct log_file *next, bool *lost)
{
    int at = file->fd >= 0 ? find(path, file) : -1;
    *lost = at < 0 && file->fd >= 0;
    int target = at < 0 ? log_file_oldest(path) : at - 1;
    if (at == 0 || !log_file_open(path, target, next))
        return false;
    bool held = match(path, target, next) == THE_SAME;
    held = held && (at >= 0 ? match(path, at, file) == THE_SAME : file->fd < 0 || find(path, file) < 0);
    if (!held)
        log_file_close(next);
    return held;
}

bool log_file_advance(const char *path, struct log_file *file, bool *lost)
{
    struct log_file next = LOG_FILE_NONE;
    for (int i = 0; i < ATTEMPTS; i++) {
        if (advance_once(path, file, &next, lost)) {
            log_file_close(file);
            *file = next;
            return true;
        }
        if (match(path, 0, file) != ANOTHER)
            return false;
        usleep(500);
    }
    return false;
}
