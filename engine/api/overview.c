/* One call for the UI. Meters are kept from call to call: a reading is a pread(2) or two per container. */
#include "api/overview.h"

#include "api/containers.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "daemon/instance.h"
#include "daemon/membership.h"
#include "daemon/steps.h"
#include "observe/observe.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct meter {
    struct meter *next;
    pid_t pid;
    bool used;
    struct observe_meter *meter;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* readings take microseconds */
static struct meter *meters;

/* Locked. */
static json_t *measure(pid_t pid)
{
    struct error err = ERROR_INIT;
    struct meter *meter = meters;
    while (meter && meter->pid != pid)
        meter = meter->next;
    if (!meter) {
        struct observe_meter *fresh = observe_meter_new(pid, &err);
        if (!fresh)
            return NULL;
        meter = xcalloc(1, sizeof *meter);
        *meter = (struct meter){.next = meters, .pid = pid, .meter = fresh};
        meters = meter;
    }
    meter->used = true;
    return observe_meter_read(meter->meter);
}

json_t *overview_measure(pid_t pid)
{
    pthread_mutex_lock(&lock);
    json_t *figures = measure(pid);
    pthread_mutex_unlock(&lock);
    return figures;
}

/* Locked. Those of containers that are gone. */
static void drop_unused(void)
{
    for (struct meter **at = &meters; *at;) {
        struct meter *meter = *at;
        if (meter->used) {
            meter->used = false;
            at = &meter->next;
            continue;
        }
        *at = meter->next;
        observe_meter_free(meter->meter);
        free(meter);
    }
}

void overview_measured(void)
{
    pthread_mutex_lock(&lock);
    drop_unused();
    pthread_mutex_unlock(&lock);
}

/* "0.0.0.0:8080->80/tcp, 9090/tcp" */
static json_t *ports_text(struct instance *instance)
{
    cleanup_json json_t *ports = container_ports(instance);
    cleanup_buf struct buf text = BUF_INIT;
    size_t i;
    json_t *port;
    json_array_foreach(ports, i, port)
    {
        if (i)
            buf_puts(&text, ", ");
        if (json_num(port, "PublicPort", 0))
            buf_printf(&text, "%s:%lld->", json_str(port, "IP", ""), json_num(port, "PublicPort", 0));
        buf_printf(&text, "%lld/%s", json_num(port, "PrivatePort", 0), json_str(port, "Type", ""));
    }
    return json_string(text.data ? text.data : "");
}

static json_t *describe(struct instance *instance)
{
    struct state state = instance_state(instance);
    cleanup_free char *sentence = state_sentence(&state);
    char created[CLOCK_TEXT];
    clock_rfc3339(instance->created_ns, created);
    json_t *doc = json_object(), *figures = state.pid ? measure(state.pid) : NULL;
    json_object_set_new(doc, "id", json_string(instance->id));
    pthread_mutex_lock(&instance->engine->lock);
    json_object_set_new(doc, "name", json_string(instance->name));
    json_t *address = json_string(instance_endpoint(instance)->address);
    pthread_mutex_unlock(&instance->engine->lock);
    json_object_set_new(doc, "image", json_string(instance->image));
    json_object_set_new(doc, "state", json_string(state_status(&state)));
    json_object_set_new(doc, "status", json_string(sentence));
    json_object_set_new(doc, "pid", json_integer(state.pid));
    static const char *const keys[] = {"memory", "memory_limit", "cpu_ns", "pids", "oom_kills"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        json_t *value = json_object_get(figures, keys[i]);
        bool limit = str_equal(keys[i], "memory_limit");
        json_object_set_new(doc, keys[i], value ? json_incref(value) : limit ? json_null() : json_integer(0));
    }
    json_object_set_new(doc, "address", address);
    json_object_set_new(doc, "ports", ports_text(instance));
    json_object_set_new(doc, "created", json_string(created));
    if (instance->sandbox) {
        json_object_set_new(doc, "lab", json_string(instance->sandbox->lab));
        json_object_set_new(doc, "owner", json_integer((json_int_t)instance->sandbox->owner));
    }
    json_decref(figures);
    state_clear(&state);
    return doc;
}

enum MHD_Result overview(struct request *request)
{
    struct engine *engine = request->engine;
    json_t *containers = json_array(), *sandboxes = json_array();
    int running = 0;
    size_t count;
    struct instance **all = table_all(engine, &count);
    pthread_mutex_lock(&lock);
    for (size_t i = count; i-- > 0;) {
        json_t *doc = describe(all[i]);
        const char *state = json_str(doc, "state", "");
        running += !all[i]->sandbox && (str_equal(state, "running") || str_equal(state, "paused"));
        json_array_append_new(all[i]->sandbox ? sandboxes : containers, doc);
    }
    drop_unused();
    pthread_mutex_unlock(&lock);
    table_all_free(all, count);
    json_t *self =
        json_pack("{s:s, s:i, s:i, s:i, s:i}", "version", SLIPWAY_VERSION, "containers", (int)json_array_size(containers),
                  "running", running, "images", image_count(engine->images), "pid", (int)getpid());
    return reply_json(request, 200,
                      json_pack("{s:o, s:o, s:o, s:I}", "engine", self, "containers", containers, "sandboxes", sandboxes,
                                "steps_seq", (json_int_t)steps_last(engine)));
}
