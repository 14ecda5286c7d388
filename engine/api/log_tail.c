/* Counts entries backwards: newlines of json-file, lengths at the ends of local's entries. */
#include "api/log_tail.h"

#include "api/log_decode.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ATTEMPTS = 20 };

static off_t size_of(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 ? status.st_size : 0;
}

/* Offset of the line that begins the last `*wanted` lines of the file; counts down what it finds. */
static off_t lines_back(int fd, long long *wanted)
{
    char block[16 * 1024];
    off_t end = size_of(fd), all = end;
    while (end > 0) {
        size_t count = end < (off_t)sizeof block ? (size_t)end : sizeof block;
        if (pread(fd, block, count, end - (off_t)count) != (ssize_t)count)
            return 0;
        for (const char *at = block + count; (at = memrchr(block, '\n', (size_t)(at - block)));) {
            off_t behind = end - (off_t)count + (at - block) + 1;
            if (behind != all && --*wanted == 0) /* the newline that ends the last line begins none */
                return behind;
        }
        end -= (off_t)count;
    }
    if (all > 0)
        --*wanted;
    return 0;
}

/* The same for entries that have their length behind them. Damage ends the walk: what lies before it is not counted. */
static off_t frames_back(int fd, long long *wanted)
{
    off_t end = size_of(fd);
    uint32_t size;
    while (end > 0 && *wanted > 0) {
        if (end < (off_t)(2 * sizeof size) || pread(fd, &size, sizeof size, end - (off_t)sizeof size) != sizeof size)
            return end;
        off_t begin = end - (off_t)(be32toh(size) + 2 * sizeof size);
        if (be32toh(size) > LOG_ENTRY_MOST || begin < 0)
            return end;
        end = begin;
        --*wanted;
    }
    return end;
}

/* From the newest file backwards until enough entries are found. */
static off_t seek_once(const char *path, bool local, long long wanted, struct log_file *file)
{
    off_t offset = 0;
    struct log_file older;
    if (!log_file_open(path, 0, file))
        return 0;
    if (wanted == 0)
        return size_of(file->fd);
    for (int number = 1;; number++) {
        offset = local ? frames_back(file->fd, &wanted) : lines_back(file->fd, &wanted);
        if (wanted <= 0 || !log_file_open(path, number, &older))
            return offset;
        log_file_close(file);
        *file = older;
    }
}

off_t log_tail_seek(const char *path, bool local, long long wanted, struct log_file *file)
{
    off_t offset = 0;
    for (int i = 0; i < ATTEMPTS; i++) {
        struct log_file current;
        if (wanted < 0)
            log_file_open(path, log_file_oldest(path), file);
        log_file_open(path, 0, &current);
        if (wanted >= 0)
            offset = seek_once(path, local, wanted, file);
        bool still = current.fd < 0 || log_file_place(path, &current) == LOG_CURRENT; /* nothing has moved */
        log_file_close(&current);
        if (still || i == ATTEMPTS - 1)
            return offset;
        log_file_close(file);
        *file = LOG_FILE_NONE;
    }
    return offset;
}
