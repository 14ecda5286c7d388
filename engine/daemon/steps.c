/* Keeping steps. Text is made once and shared by the container's list and the engine's ring; what differs between the two (the
 * number, the owner) is put in front when somebody reads. */
#include "daemon/steps.h"

#include "base/json.h"
#include "base/memory.h"
#include "daemon/instance.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_MOST = 1024, RING_MOST = 4096 };

struct label { /* which container a step belongs to: "container":"<id>","name":"<name>", */
    atomic_int refs;
    char *text;
};

struct step {
    atomic_int refs;
    struct label *label;
    char text[]; /* "phase":"start","start_ns":...} */
};

struct step_list {
    struct instance *instance; /* not counted: the list is part of it */
    pthread_mutex_t lock;
    struct label *label;
    struct step **kept; /* the last `count`; the first of them has position `first` */
    size_t first, count, room;
};

struct step_ring {
    pthread_mutex_t lock;
    struct step *slots[RING_MOST];
    uint64_t last; /* number of the newest; slot (number - 1) % RING_MOST */
};

static void label_unref(struct label *label)
{
    if (!label || atomic_fetch_sub(&label->refs, 1) > 1)
        return;
    free(label->text);
    free(label);
}

static void step_unref(struct step *step)
{
    if (!step || atomic_fetch_sub(&step->refs, 1) > 1)
        return;
    label_unref(step->label);
    free(step);
}

struct step_list *step_list_new(struct instance *instance)
{
    struct step_list *list = xcalloc(1, sizeof *list);
    list->instance = instance;
    pthread_mutex_init(&list->lock, NULL);
    return list;
}

void step_list_free(struct step_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        step_unref(list->kept[i]);
    free(list->kept);
    label_unref(list->label);
    pthread_mutex_destroy(&list->lock);
    free(list);
}

struct step_ring *step_ring_new(void)
{
    struct step_ring *ring = xcalloc(1, sizeof *ring);
    pthread_mutex_init(&ring->lock, NULL);
    return ring;
}

/* List locked: the label, made again when the container was renamed meanwhile. */
static struct label *label_current(struct step_list *list)
{
    struct instance *instance = list->instance;
    pthread_mutex_lock(&instance->engine->lock);
    char *text = str_format("\"container\":\"%s\",\"name\":\"%s\",", instance->id, str_or(instance->name, ""));
    pthread_mutex_unlock(&instance->engine->lock);
    if (list->label && str_equal(list->label->text, text)) {
        free(text);
        return list->label;
    }
    label_unref(list->label);
    list->label = xcalloc(1, sizeof *list->label);
    list->label->refs = 1;
    list->label->text = text;
    return list->label;
}

static struct step *step_new(struct label *label, const char *phase, const json_t *value)
{
    char *dumped = json_text(value);
    /* Drop the log's own number, which is the first key: it starts again with every log. */
    const char *rest = dumped + 1;
    if (str_starts(rest, "\"seq\":"))
        rest = strchr(rest, ',') ? strchr(rest, ',') + 1 : rest;
    size_t room = strlen(rest) + strlen(phase) + 16;
    struct step *step = xmalloc(sizeof *step + room);
    step->refs = 1;
    step->label = label;
    atomic_fetch_add(&label->refs, 1);
    snprintf(step->text, room, "\"phase\":\"%s\",%s", phase, rest);
    free(dumped);
    return step;
}

/* List locked. */
static void list_keep(struct step_list *list, struct step *step)
{
    if (list->count == LIST_MOST) {
        step_unref(list->kept[0]);
        memmove(list->kept, list->kept + 1, (LIST_MOST - 1) * sizeof *list->kept);
        list->first++;
        list->count--;
    }
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 64;
        list->kept = xrealloc(list->kept, list->room * sizeof *list->kept);
    }
    list->kept[list->count++] = step;
}

static void ring_keep(struct step_ring *ring, struct step *step)
{
    atomic_fetch_add(&step->refs, 1);
    pthread_mutex_lock(&ring->lock);
    struct step **slot = &ring->slots[ring->last++ % RING_MOST];
    struct step *old = *slot;
    *slot = step;
    pthread_mutex_unlock(&ring->lock);
    step_unref(old);
}

void steps_add(struct instance *instance, const char *phase, json_t *array)
{
    size_t i;
    json_t *value;
    struct step_list *list = instance->steps;
    if (json_array_size(array) > 0) {
        pthread_mutex_lock(&list->lock);
        struct label *label = label_current(list);
        json_array_foreach(array, i, value)
        {
            struct step *step = step_new(label, phase, value);
            ring_keep(instance->engine->steps, step);
            list_keep(list, step);
        }
        pthread_mutex_unlock(&list->lock);
        instance_changed(instance);
    }
    json_decref(array);
}

void steps_add_log(struct instance *instance, const char *phase, struct steps *log)
{
    steps_add(instance, phase, steps_json(log));
    steps_clear(log);
}

void steps_read(struct instance *instance, size_t *next, const char *separator, struct buf *out)
{
    struct step_list *list = instance->steps;
    pthread_mutex_lock(&list->lock);
    if (*next < list->first)
        *next = list->first;
    for (; *next < list->first + list->count; ++*next)
        buf_printf(out, "{\"seq\":%zu,%s%s", *next + 1, list->kept[*next - list->first]->text, separator);
    pthread_mutex_unlock(&list->lock);
}

uint64_t steps_read_ring(struct engine *engine, uint64_t since, struct buf *out)
{
    struct step_ring *ring = engine->steps;
    pthread_mutex_lock(&ring->lock);
    uint64_t last = ring->last, oldest = last > RING_MOST ? last - RING_MOST : 0;
    for (uint64_t number = (since > oldest ? since : oldest) + 1; number <= last; number++) {
        const struct step *step = ring->slots[(number - 1) % RING_MOST];
        buf_printf(out, "%s{\"seq\":%llu,%s%s", out->len ? "," : "", (unsigned long long)number, step->label->text, step->text);
    }
    pthread_mutex_unlock(&ring->lock);
    return last;
}

uint64_t steps_last(struct engine *engine)
{
    pthread_mutex_lock(&engine->steps->lock);
    uint64_t last = engine->steps->last;
    pthread_mutex_unlock(&engine->steps->lock);
    return last;
}
