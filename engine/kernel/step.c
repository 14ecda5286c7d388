/* The step log: one shared anonymous mapping that a parent and the process it cloned both append to.
 *
 * A writer reserves room with one atomic addition, fills its record and publishes it by a release store of `ready`. No lock
 * and no allocation, so it works between clone and exec. Only steps_json allocates. */
#include "kernel/step.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { STEPS_ROOM = 128 * 1024, TEXT_MOST = 1000 };

struct record {
    _Atomic uint32_t ready;
    uint32_t size;
    int32_t pid;
    int32_t result;
    int64_t start_ns;
    int64_t end_ns;
    uint16_t what_len, object_len, command_len;
    char text[];
};

struct steps {
    _Atomic uint32_t used;
    _Atomic uint32_t dropped;
    char room[STEPS_ROOM];
};

static pid_t shown_pid;

struct steps *steps_new(void)
{
    void *room = mmap(NULL, sizeof(struct steps), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        abort();
    return room;
}

void steps_free(struct steps *steps)
{
    if (steps)
        munmap(steps, sizeof *steps);
}

void steps_clear(struct steps *steps)
{
    if (!steps)
        return;
    memset(steps->room, 0, atomic_load(&steps->used));
    madvise(steps, sizeof *steps, MADV_REMOVE); /* give the pages back; the mapping reads as zeros */
    atomic_store(&steps->used, 0);
    atomic_store(&steps->dropped, 0);
}

void step_set_pid(pid_t pid) { shown_pid = pid; }

int64_t step_start(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static uint16_t clip(const char *text) { return (uint16_t)strnlen(text, TEXT_MOST); }

void step_record(struct steps *steps, int64_t start_ns, int result, const char *what, const char *object, const char *command)
{
    if (!steps)
        return;
    int64_t end = step_start();
    uint16_t lengths[3] = {clip(what), clip(object), clip(command)};
    uint32_t size = (uint32_t)(sizeof(struct record) + lengths[0] + lengths[1] + lengths[2] + 7) & ~7u;
    uint32_t at = atomic_fetch_add(&steps->used, size);
    if (at > STEPS_ROOM - size) {
        atomic_fetch_sub(&steps->used, size);
        atomic_fetch_add(&steps->dropped, 1);
        return;
    }
    struct record *record = (struct record *)(steps->room + at);
    *record = (struct record){.size = size,
                              .pid = shown_pid ? shown_pid : getpid(),
                              .result = result,
                              .start_ns = start_ns,
                              .end_ns = end,
                              .what_len = lengths[0],
                              .object_len = lengths[1],
                              .command_len = lengths[2]};
    char *text = record->text;
    memcpy(text, what, lengths[0]);
    memcpy(text + lengths[0], object, lengths[1]);
    memcpy(text + lengths[0] + lengths[1], command, lengths[2]);
    atomic_store_explicit(&record->ready, 1, memory_order_release);
}

void step_recordf(struct steps *steps, int64_t start_ns, int result, const char *what, const char *object, const char *format, ...)
{
    if (!steps)
        return;
    char command[TEXT_MOST + 1];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    step_record(steps, start_ns, result, what, object, command);
}

static int by_start(const void *a, const void *b)
{
    const struct record *x = *(const struct record *const *)a, *y = *(const struct record *const *)b;
    return (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

/* Texts may have been cut in the middle of a character: jansson refuses those, so drop the torn bytes. */
static json_t *text_json(const char *text, size_t len)
{
    json_t *value = NULL;
    for (size_t cut = 0; !value && cut < 4 && cut <= len; cut++)
        value = json_stringn(text, len - cut);
    return value ? value : json_string("");
}

static json_t *record_json(const struct record *record, int seq)
{
    const char *text = record->text;
    const char *name = record->result < 0 ? strerrorname_np(-record->result) : "";
    return json_pack("{si sI sI si so so so si ss}", "seq", seq, "start_ns", (json_int_t)record->start_ns, "duration_ns",
                     (json_int_t)(record->end_ns - record->start_ns), "pid", record->pid, "what", text_json(text, record->what_len),
                     "object", text_json(text + record->what_len, record->object_len), "command",
                     text_json(text + record->what_len + record->object_len, record->command_len), "result", record->result,
                     "error", name ? name : "");
}

json_t *steps_json(const struct steps *steps)
{
    json_t *list = json_array();
    if (!steps)
        return list;
    uint32_t used = atomic_load(&steps->used);
    if (used > STEPS_ROOM)
        used = STEPS_ROOM;
    size_t count = 0, room = 64;
    const struct record **records cleanup_free = xcalloc(room, sizeof *records);
    for (uint32_t at = 0; at + sizeof(struct record) <= used;) {
        const struct record *record = (const struct record *)(steps->room + at);
        if (!atomic_load_explicit(&record->ready, memory_order_acquire))
            break; /* its writer is still at it: what follows is for the next call */
        if (count == room)
            records = xrealloc(records, (room *= 2) * sizeof *records);
        records[count++] = record;
        at += record->size;
    }
    qsort(records, count, sizeof *records, by_start);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, record_json(records[i], (int)i + 1));
    return list;
}

unsigned steps_dropped(const struct steps *steps) { return steps ? atomic_load(&steps->dropped) : 0; }
