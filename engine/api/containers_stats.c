/* GET /containers/{id}/stats: figures once or every second, in the shape from which clients compute percentages. */
#include "api/containers.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "daemon/instance.h"
#include "observe/observe.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

struct session {
    struct instance *instance;
    struct observe_meter *meter;
    pid_t pid;
    json_t *before; /* cpu_stats of the last reading */
    int64_t before_ns;
    bool stream, any;
    int client;
};

static void session_free(void *data)
{
    struct session *session = data;
    if (session->meter)
        observe_meter_free(session->meter);
    json_decref(session->before);
    instance_unref(session->instance);
    free(session);
}

/* All CPU time of the machine in nanoseconds: the first line of /proc/stat. */
static json_int_t system_cpu_ns(void)
{
    cleanup_file FILE *file = fopen("/proc/stat", "re");
    unsigned long long field, total = 0;
    if (!file || fscanf(file, "cpu") < 0)
        return 0;
    for (int i = 0; i < 8 && fscanf(file, "%llu", &field) == 1; i++)
        total += field;
    return (json_int_t)(total * (1000000000ull / (unsigned long long)sysconf(_SC_CLK_TCK)));
}

static json_t *cpu_json(const json_t *figures)
{
    if (!figures)
        return json_pack("{s:{s:i, s:i, s:i}, s:{s:i, s:i, s:i}}", "cpu_usage", "total_usage", 0, "usage_in_kernelmode", 0,
                         "usage_in_usermode", 0, "throttling_data", "periods", 0, "throttled_periods", 0, "throttled_time", 0);
    return json_pack("{s:{s:I, s:i, s:I}, s:I, s:i, s:{s:i, s:i, s:i}}", "cpu_usage", "total_usage",
                     (json_int_t)json_num(figures, "cpu_ns", 0), "usage_in_kernelmode", 0, "usage_in_usermode",
                     (json_int_t)json_num(figures, "cpu_ns", 0), "system_cpu_usage", system_cpu_ns(), "online_cpus", get_nprocs(),
                     "throttling_data", "periods", 0, "throttled_periods", 0, "throttled_time", 0);
}

static json_t *memory_json(const json_t *figures)
{
    struct sysinfo host;
    json_t *doc = json_object();
    if (!figures)
        return doc;
    sysinfo(&host);
    json_int_t all = (json_int_t)host.totalram * host.mem_unit, limit = (json_int_t)json_num(figures, "memory_limit", 0);
    json_object_set_new(doc, "usage", json_integer(json_num(figures, "memory", 0)));
    json_object_set_new(doc, "stats", json_object());
    json_object_set_new(doc, "limit", json_integer(limit > 0 && limit < all ? limit : all));
    return doc;
}

/* Interface counters as seen from inside the container's network namespace. */
static json_t *networks_json(pid_t pid)
{
    cleanup_free char *path = str_format("/proc/%d/net/dev", (int)pid), *text = file_read(path, NULL, NULL);
    cleanup_strv char **lines = str_split(text ? text : "", '\n');
    json_t *doc = json_object();
    for (size_t i = 0; lines[i]; i++) {
        char name[32];
        unsigned long long rx[4], tx[4];
        if (sscanf(lines[i], " %31[^:]: %llu %llu %llu %llu %*u %*u %*u %*u %llu %llu %llu %llu", name, &rx[0], &rx[1], &rx[2],
                   &rx[3], &tx[0], &tx[1], &tx[2], &tx[3]) != 9 ||
            str_equal(name, "lo"))
            continue;
        json_object_set_new(doc, name,
                            json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "rx_bytes", (json_int_t)rx[0], "rx_packets",
                                      (json_int_t)rx[1], "rx_errors", (json_int_t)rx[2], "rx_dropped", (json_int_t)rx[3],
                                      "tx_bytes", (json_int_t)tx[0], "tx_packets", (json_int_t)tx[1], "tx_errors",
                                      (json_int_t)tx[2], "tx_dropped", (json_int_t)tx[3]));
    }
    return doc;
}

/* The meter follows the process that runs now; a stopped container has none. */
static json_t *read_figures(struct session *session)
{
    struct error err = ERROR_INIT;
    struct state state = instance_state(session->instance);
    pid_t pid = state.running ? state.pid : 0;
    state_clear(&state);
    if (pid != session->pid && session->meter)
        observe_meter_free(move_ptr(session->meter));
    session->pid = pid;
    if (pid && !session->meter)
        session->meter = observe_meter_new(pid, &err);
    return session->meter ? observe_meter_read(session->meter) : NULL;
}

static json_t *sample(struct session *session)
{
    char now_text[CLOCK_TEXT], before_text[CLOCK_TEXT] = CLOCK_ZERO;
    cleanup_json json_t *figures = read_figures(session);
    int64_t now = clock_wall_ns();
    clock_rfc3339(now, now_text);
    if (session->before_ns)
        clock_rfc3339(session->before_ns, before_text);
    json_t *cpu = cpu_json(figures);
    json_t *doc = json_pack("{s:s, s:s, s:o, s:{}, s:i, s:{}, s:O, s:o, s:o}", "read", figures ? now_text : CLOCK_ZERO, "preread",
                            before_text, "pids_stats",
                            figures ? json_pack("{s:I}", "current", (json_int_t)json_num(figures, "pids", 0)) : json_object(),
                            "blkio_stats", "num_procs", 0, "storage_stats", "cpu_stats", cpu, "precpu_stats",
                            session->before ? json_incref(session->before) : cpu_json(NULL), "memory_stats", memory_json(figures));
    pthread_mutex_lock(&session->instance->engine->lock);
    json_object_set_new(doc, "name", json_sprintf("/%s", session->instance->name));
    pthread_mutex_unlock(&session->instance->engine->lock);
    json_object_set_new(doc, "id", json_string(session->instance->id));
    if (figures)
        json_object_set_new(doc, "networks", networks_json(session->pid));
    json_decref(session->before);
    session->before = cpu;
    session->before_ns = figures ? now : 0;
    return doc;
}

static bool pause_a_second(int client)
{
    struct pollfd gone = {.fd = client};
    return poll(&gone, 1, 1000) == 0;
}

static bool produce(void *data, struct buf *out)
{
    struct session *session = data;
    if (session->any && !pause_a_second(session->client))
        return false;
    pthread_mutex_lock(&session->instance->engine->lock);
    bool removed = session->instance->removed;
    pthread_mutex_unlock(&session->instance->engine->lock);
    if (removed)
        return false;
    session->any = true;
    cleanup_json json_t *doc = sample(session);
    cleanup_free char *text = json_text(doc);
    buf_printf(out, "%s\n", text);
    return session->stream;
}

enum MHD_Result containers_stats(struct request *request)
{
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    struct session *session = xcalloc(1, sizeof *session);
    *session = (struct session){
        .instance = instance_ref(instance), .stream = query_flag(request, "stream", true), .client = request->client};
    if (session->stream)
        return reply_stream(request, 200, "application/json", produce, session_free, session);
    json_t *doc = sample(session);
    if (!query_flag(request, "one-shot", false) && session->pid &&
        pause_a_second(request->client)) { /* two readings, for a percentage */
        json_decref(doc);
        doc = sample(session);
    }
    session_free(session);
    return reply_json(request, 200, doc);
}
