/* The layers of an archive being staged, each by a thread (and the process that it waits for) beside the reading. A layer that lies
 * in a file as it is, is read from there by its own process, so that several come in at once; any other passes through a pipe. */
#include "image/load.h"
#include "image/unpack.h"

#include "base/files.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { PIPE_ROOM = 1 << 20, STACK = 128 * 1024 };

struct load_stage {
    struct image_store *store;
    pthread_t thread;
    struct unpack_input input; /* of a part, its descriptor is the caller's */
    struct staged *staged;
    struct error err;
    bool running;
};

static int start_thread(pthread_t *thread, void *(*body)(void *data), void *data, struct error *err)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    int r = pthread_create(thread, &attributes, body, data);
    pthread_attr_destroy(&attributes);
    return r ? error_errno(err, r, "start a thread") : 0;
}

static void *watch(void *data)
{
    struct load_stages *stages = data;
    struct pollfd fds[] = {{.fd = stages->client, .events = POLLRDHUP}, {.fd = stages->over, .events = POLLIN}};
    while (poll(fds, ARRAY_LEN(fds), -1) < 0 && errno == EINTR)
        ;
    if (fds[0].revents)
        load_stages_stop(stages);
    return NULL;
}

int load_stages_init(struct load_stages *stages, struct image_store *store, int archive, int client, struct error *err)
{
    *stages = (struct load_stages){.store = store, .archive = archive, .client = client, .over = eventfd(0, EFD_CLOEXEC)};
    stages->stop = eventfd(0, EFD_CLOEXEC);
    if (stages->stop < 0 || stages->over < 0)
        return error_errno(err, errno, "eventfd");
    int r = client < 0 ? 0 : start_thread(&stages->watcher, watch, stages, err);
    stages->watching = client >= 0 && r == 0;
    return r;
}

static void *stage_layer(void *data)
{
    struct load_stage *stage = data;
    if (layer_stage_part(stage->store, &stage->input, &stage->staged, &stage->err) < 0)
        stage->staged = NULL;
    if (!stage->input.part)
        fd_close(stage->input.fd); /* whoever still writes is told so */
    return NULL;
}

static void join(struct load_stage *stage)
{
    if (stage->running)
        pthread_join(stage->thread, NULL);
    stage->running = false;
}

/* A free place among those that run, the oldest waited for when there is none. */
static size_t place_to_run(struct load_stages *stages)
{
    if (stages->running[0] && stages->running[LOAD_STAGES - 1]) {
        join(stages->running[0]);
        memmove(stages->running, stages->running + 1, (LOAD_STAGES - 1) * sizeof stages->running[0]);
        stages->running[LOAD_STAGES - 1] = NULL;
    }
    size_t at = 0;
    while (stages->running[at])
        at++;
    return at;
}

static int start(struct load_stages *stages, struct load_stage *stage, struct error *err)
{
    size_t place = place_to_run(stages);
    int r = start_thread(&stage->thread, stage_layer, stage, err);
    stage->running = r == 0;
    if (r == 0)
        stages->running[place] = stage;
    return r;
}

static int start_by_pipe(struct load_stages *stages, struct load_stage *stage, struct load_reader *reader, struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, errno, "pipe");
    (void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_ROOM);
    cleanup_close int writing = ends[1];
    stage->input = (struct unpack_input){.fd = ends[0], .stop = -EBADF};
    int r = start(stages, stage, err);
    if (r < 0) {
        fd_close(ends[0]);
        return r;
    }
    return load_reader_pour(reader, writing, err);
}

int load_stage_start(struct load_stages *stages, struct load_reader *reader, struct load_stage **out, struct error *err)
{
    struct load_stage *stage = *out = xcalloc(1, sizeof *stage);
    stage->store = stages->store;
    if (!load_reader_in_place(reader))
        return start_by_pipe(stages, stage, reader, err);
    stage->input = (struct unpack_input){
        .fd = stages->archive, .part = true, .from = reader->head.at, .length = reader->head.size, .stop = stages->stop};
    return start(stages, stage, err);
}

struct staged *load_stage_wait(struct load_stage *stage, struct error *err)
{
    join(stage);
    if (!stage->staged)
        error_set(err, stage->err.code, "%s", stage->err.message);
    return stage->staged;
}

void load_stages_stop(struct load_stages *stages) { eventfd_write(stages->stop, 1); }

void load_stage_free(struct load_stage *stage)
{
    if (!stage)
        return;
    join(stage);
    staged_free(stage->store, stage->staged);
    free(stage);
}

void load_stages_clear(struct load_stages *stages)
{
    if (stages->watching) {
        eventfd_write(stages->over, 1);
        pthread_join(stages->watcher, NULL);
    }
    stages->stop = fd_close(stages->stop);
    stages->over = fd_close(stages->over);
}
