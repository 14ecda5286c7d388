/* Renames the files of a log and has old ones compressed by a child. */
#include "shim/log_rotate.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

enum { BLOCK = 32 * 1024, GZIP = 16, WINDOW = 15 };

static char *numbered(const struct shim_rotation *rotation, int number, const char *ending)
{
    return number ? str_format("%s.%d%s", rotation->path, number, ending) : str_format("%s%s", rotation->path, ending);
}

static char *unfinished(const struct shim_rotation *rotation) { return str_format("%s.gz.new", rotation->path); }

/* In the child. */
static int gzip(int in, int out, const char *comment)
{
    static unsigned char raw[BLOCK], packed[BLOCK];
    z_stream z = {0};
    gz_header head = {.os = 3, .comment = (Bytef *)comment};
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW + GZIP, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
        deflateSetHeader(&z, &head) != Z_OK)
        return 1;
    ssize_t n;
    do {
        n = read_full(in, raw, sizeof raw);
        if (n < 0)
            return 1;
        z.next_in = raw;
        z.avail_in = (unsigned)n;
        do {
            z.next_out = packed;
            z.avail_out = sizeof packed;
            deflate(&z, n < (ssize_t)sizeof raw ? Z_FINISH : Z_NO_FLUSH);
            if (write_full(out, packed, sizeof packed - z.avail_out) < 0)
                return 1;
        } while (z.avail_out == 0);
    } while (n == (ssize_t)sizeof raw);
    return fsync(out) < 0;
}

static void compress_in_child(int in, int out)
{
    struct stat status;
    char comment[64];
    /* Nothing of the container may be held open by us: its readers wait for the end of its pipes. */
    int from = dup2(in, STDIN_FILENO), to = dup2(out, STDOUT_FILENO);
    close_range(STDERR_FILENO + 1, ~0u, 0);
    if (from < 0 || to < 0 || nice(10) == -1 || fstat(from, &status) < 0)
        _exit(1);
    snprintf(comment, sizeof comment, "slipway-log %ju", (uintmax_t)status.st_ino);
    _exit(gzip(from, to, comment));
}

/* The oldest file that is not compressed, if there is one and nobody is at it. */
static void compress_next(struct shim_rotation *rotation)
{
    for (int i = rotation->max_files - 1; i > 0 && rotation->compress && !rotation->worker; i--) {
        cleanup_free char *path = numbered(rotation, i, ""), *target = unfinished(rotation);
        cleanup_close int in = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (in < 0)
            continue;
        cleanup_close int out = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
        pid_t child = out < 0 ? -1 : fork();
        if (child == 0)
            compress_in_child(in, out);
        if (child < 0)
            return; /* the file stays as it is */
        rotation->worker = child;
        rotation->number = i;
    }
}

void shim_rotation_begin(struct shim_rotation *rotation)
{
    if (!rotation->compress)
        return;
    cleanup_free char *left = unfinished(rotation);
    unlink(left);
    compress_next(rotation);
}

void shim_rotation_shift(struct shim_rotation *rotation)
{
    static const char *const endings[] = {"", ".gz"};
    for (int i = rotation->max_files - 1; i >= 1; i--) {
        for (size_t e = 0; e < ARRAY_LEN(endings); e++) {
            cleanup_free char *newer = numbered(rotation, i - 1, endings[e]), *older = numbered(rotation, i, endings[e]);
            if (rename(newer, older) < 0)
                unlink(older); /* what was there has a successor in the other form, or none */
        }
    }
    if (rotation->max_files < 2)
        unlink(rotation->path); /* a new file, not the same one emptied: whoever reads it may finish */
    if (rotation->worker && rotation->number)
        rotation->number = rotation->number + 1 < rotation->max_files ? rotation->number + 1 : 0;
    compress_next(rotation);
}

bool shim_rotation_reaped(struct shim_rotation *rotation, pid_t pid, int status)
{
    if (!rotation->worker || pid != rotation->worker)
        return false;
    rotation->worker = 0;
    cleanup_free char *result = unfinished(rotation);
    if (rotation->number && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        cleanup_free char *plain = numbered(rotation, rotation->number, ""), *packed = numbered(rotation, rotation->number, ".gz");
        if (rename(result, packed) == 0)
            unlink(plain);
        compress_next(rotation);
    } else {
        unlink(result); /* a full disk, most likely: try again after the next rotation */
    }
    return true;
}
