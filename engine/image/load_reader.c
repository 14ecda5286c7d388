/* The daemon's end of what the loading process sends. The process has read what a stranger wrote, so every length is checked here,
 * and a name is only looked at as text. The bytes of layers go from pipe to pipe by splice(2) and are never in our memory. */
#include "image/load.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/spawn.h"
#include "base/strings.h"
#include "image/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIPE_ROOM = 1 << 20 };

int load_reader_start(struct load_reader *reader, int archive, struct error *err)
{
    int ends[2];
    *reader = (struct load_reader){.fd = -EBADF};
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, errno, "pipe");
    (void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_ROOM);
    char *argv[] = {(char *)load_process_name, NULL}, *environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, archive, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    int r = spawn_program(&reader->pid, helper_program(), &actions, POSIX_SPAWN_SETPGROUP, argv, environment);
    fd_close(ends[1]);
    reader->fd = ends[0];
    if (r < 0) {
        reader->pid = 0;
        reader->fd = fd_close(reader->fd);
        return error_errno(err, -r, "start the loading process");
    }
    return 0;
}

void load_reader_stop(struct load_reader *reader)
{
    reader->fd = fd_close(reader->fd);
    if (reader->pid <= 0)
        return;
    kill(reader->pid, SIGKILL);
    while (waitpid(reader->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    reader->pid = 0;
}

/* It ended before it said that it would: by a signal, mostly for the memory that some input made it want. */
static int broken(struct load_reader *reader, struct error *err)
{
    int status = 0;
    reader->fd = fd_close(reader->fd);
    if (reader->pid > 0) { /* not yet asked for */
        kill(reader->pid, SIGKILL);
        while (waitpid(reader->pid, &status, 0) < 0 && errno == EINTR)
            ;
        reader->pid = 0;
    }
    return error_set(err, EINVAL, "corrupt archive: reading it ended by %s",
                     WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL ? strsignal(WTERMSIG(status)) : "a broken connection");
}

static int take(struct load_reader *reader, void *out, size_t len, struct error *err)
{
    return read_full(reader->fd, out, len) == (ssize_t)len ? 0 : broken(reader, err);
}

/* The length of the next piece; after the last one, 0, the digest has been taken as well. */
static int next_piece(struct load_reader *reader, uint32_t *len, struct error *err)
{
    int r = take(reader, len, sizeof *len, err);
    reader->in_file = r == 0 && *len && *len != LOAD_BREAKS_OFF;
    if (r == 0 && *len == LOAD_BREAKS_OFF) {
        r = load_reader_next(reader, err); /* says why */
        return r < 0 ? r : broken(reader, err);
    }
    if (r == 0 && *len > LOAD_PIECE_MOST)
        return broken(reader, err);
    if (r < 0 || *len)
        return r;
    r = take(reader, reader->digest, sizeof reader->digest, err);
    reader->digest[DIGEST_TEXT - 1] = 0;
    return r;
}

static int skip(struct load_reader *reader, size_t len, struct error *err)
{
    char waste[1 << 16];
    int r = 0;
    for (; r == 0 && len > 0;) {
        size_t some = len < sizeof waste ? len : sizeof waste;
        r = take(reader, waste, some, err);
        len -= some;
    }
    return r;
}

static int skip_rest(struct load_reader *reader, struct error *err)
{
    uint32_t len;
    int r = 0;
    while (r == 0 && reader->in_file)
        if ((r = next_piece(reader, &len, err)) == 0)
            r = skip(reader, len, err);
    return r;
}

int load_reader_next(struct load_reader *reader, struct error *err)
{
    struct load_head *head = &reader->head;
    int r = skip_rest(reader, err);
    if (r == 0)
        r = take(reader, head, sizeof *head, err);
    if (r == 0 && (head->name_len > LOAD_NAME_MOST || head->target_len > LOAD_NAME_MOST || head->at < 0 || head->size < 0))
        r = broken(reader, err);
    if (r == 0)
        r = take(reader, reader->name, head->name_len, err);
    if (r == 0)
        r = take(reader, reader->target, head->target_len, err);
    if (r < 0)
        return r;
    reader->name[head->name_len] = reader->target[head->target_len] = reader->digest[0] = 0;
    if (head->kind == LOAD_END)
        return 0;
    if (head->kind == LOAD_FAILED)
        return error_set(err, head->code > 0 ? head->code : EINVAL, "%s", reader->name);
    if (head->kind != LOAD_FILE && head->kind != LOAD_LINK)
        return broken(reader, err);
    reader->in_file = head->kind == LOAD_FILE && !load_reader_in_place(reader);
    return 1;
}

char *load_reader_text(struct load_reader *reader, size_t most, size_t *len, struct error *err)
{
    struct buf text = BUF_INIT;
    uint32_t piece;
    int r = 0;
    cleanup_free char *room = xmalloc(LOAD_PIECE_MOST);
    while (r == 0 && reader->in_file) {
        if ((r = next_piece(reader, &piece, err)) < 0 || !piece)
            break;
        if (text.len + piece > most)
            r = error_set(err, EFBIG, "%s is larger than %zu bytes", reader->name, most);
        else if ((r = take(reader, room, piece, err)) == 0)
            buf_add(&text, room, piece);
    }
    if (r < 0) {
        buf_free(&text);
        return NULL;
    }
    *len = text.len;
    return buf_take(&text);
}

/* Also 0 when the reader at the other end has had enough: what it had to say it says by itself. */
static int pour_piece(struct load_reader *reader, int *pipe, size_t len, struct error *err)
{
    while (len > 0) {
        if (*pipe < 0)
            return skip(reader, len, err);
        ssize_t moved = splice(reader->fd, NULL, *pipe, NULL, len, SPLICE_F_MOVE);
        if (moved < 0 && errno == EINTR)
            continue;
        if (moved < 0 && errno == EPIPE)
            *pipe = -EBADF;
        else if (moved <= 0)
            return broken(reader, err);
        else
            len -= (size_t)moved;
    }
    return 0;
}

int load_reader_pour(struct load_reader *reader, int pipe, struct error *err)
{
    uint32_t len;
    int r = 0;
    while (r == 0 && reader->in_file)
        if ((r = next_piece(reader, &len, err)) == 0)
            r = pour_piece(reader, &pipe, len, err);
    return r;
}
