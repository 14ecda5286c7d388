/* Finds the end of the last whole entry. In the usual case that is one small read. */
#include "shim/log_repair.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static off_t whole_lines(int fd, off_t size)
{
    char block[4096];
    for (off_t end = size; end > 0;) {
        size_t count = end < (off_t)sizeof block ? (size_t)end : sizeof block;
        if (pread(fd, block, count, end - (off_t)count) != (ssize_t)count)
            return size;
        const char *newline = memrchr(block, '\n', count);
        if (newline)
            return end - (off_t)count + (newline - block) + 1;
        end -= (off_t)count;
    }
    return 0;
}

/* The body's length if an entry begins here that ends before `size`; negative when not. */
static off_t body_at(int fd, off_t at, off_t size)
{
    uint32_t before, behind;
    if (pread(fd, &before, sizeof before, at) != sizeof before)
        return -1;
    off_t body = be32toh(before);
    if (at + body + 8 > size || pread(fd, &behind, sizeof behind, at + 4 + body) != sizeof behind || before != behind)
        return -1;
    return body;
}

static off_t whole_frames(int fd, off_t size)
{
    uint32_t last;
    if (size >= 8 && pread(fd, &last, sizeof last, size - 4) == sizeof last && be32toh(last) <= size - 8 &&
        body_at(fd, size - 8 - (off_t)be32toh(last), size) == (off_t)be32toh(last))
        return size;
    off_t end = 0;
    for (off_t body; end < size && (body = body_at(fd, end, size)) >= 0;)
        end += body + 8;
    return end;
}

void shim_log_repair(int fd, bool local)
{
    struct stat status;
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size == 0)
        return;
    off_t whole = local ? whole_frames(fd, status.st_size) : whole_lines(fd, status.st_size);
    if (whole < status.st_size && ftruncate(fd, whole) < 0)
        return; /* then the reader skips what it cannot make out */
}
