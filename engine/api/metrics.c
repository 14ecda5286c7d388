/* The text is made anew for each scrape. Names are dockerd's where it has them; what it has not is under slipway_. */
#include "api/metrics.h"

#include "api/overview.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "daemon/events.h"
#include "daemon/instance.h"
#include "observe/observe.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#define TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Upper edges of the histogram's buckets in seconds, as dockerd's. */
static const double edges[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

enum { EDGES = ARRAY_LEN(edges) };

static struct action {
    const char *method, *pattern, *name;
    atomic_ullong buckets[EDGES], count, sum_ns;
} actions[] = {
    {.method = "GET", .pattern = "/containers/*/changes", .name = "changes"},
    {.method = "POST", .pattern = "/commit", .name = "commit"},
    {.method = "POST", .pattern = "/containers/create", .name = "create"},
    {.method = "DELETE", .pattern = "/containers/*", .name = "delete"},
    {.method = "POST", .pattern = "/containers/*/start", .name = "start"},
};

void metrics_request(const struct route *route, int64_t took_ns)
{
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        struct action *action = &actions[i];
        if (!str_equal(action->method, route->method) || !str_equal(action->pattern, route->pattern))
            continue;
        for (size_t j = 0; j < EDGES; j++)
            if ((double)took_ns / 1e9 <= edges[j])
                atomic_fetch_add(&action->buckets[j], 1);
        atomic_fetch_add(&action->sum_ns, (unsigned long long)took_ns);
        atomic_fetch_add(&action->count, 1);
    }
}

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void single(struct buf *out, const char *name, const char *type, const char *help, double value)
{
    head(out, name, type, help);
    buf_printf(out, "%s %.17g\n", name, value);
}

static void put_actions(struct buf *out)
{
    const char *name = "engine_daemon_container_actions_seconds";
    head(out, name, "histogram", "The number of seconds it takes to process each container action");
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        struct action *action = &actions[i];
        for (size_t j = 0; j < EDGES; j++)
            buf_printf(out, "%s_bucket{action=\"%s\",le=\"%g\"} %llu\n", name, action->name, edges[j],
                       atomic_load(&action->buckets[j]));
        unsigned long long count = atomic_load(&action->count);
        buf_printf(out, "%s_bucket{action=\"%s\",le=\"+Inf\"} %llu\n", name, action->name, count);
        buf_printf(out, "%s_sum{action=\"%s\"} %.9g\n", name, action->name, (double)atomic_load(&action->sum_ns) / 1e9);
        buf_printf(out, "%s_count{action=\"%s\"} %llu\n", name, action->name, count);
    }
}

/* A value of a label: backslash, quote and line feed are escaped, and nothing else. */
static void label(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "%s=\"", name);
    for (; *value; value++) {
        if (*value == '\n') {
            buf_puts(out, "\\n");
            continue;
        }
        if (*value == '"' || *value == '\\')
            buf_putc(out, '\\');
        buf_putc(out, *value);
    }
    buf_putc(out, '"');
}

static void put_engine(struct buf *out, struct engine *engine)
{
    struct utsname host;
    struct sysinfo memory;
    uname(&host);
    sysinfo(&memory);
    const char *const labels[][2] = {{"architecture", host.machine}, {"commit", ""},           {"daemon_id", engine->id},
                                     {"graphdriver", "overlay2"},    {"kernel", host.release}, {"os_type", "linux"},
                                     {"version", SLIPWAY_VERSION}};
    head(out, "engine_daemon_engine_info", "gauge", "The information related to the engine and the OS it is running on");
    buf_puts(out, "engine_daemon_engine_info{");
    for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
        buf_puts(out, i ? "," : "");
        label(out, labels[i][0], labels[i][1]);
    }
    buf_puts(out, "} 1\n");
    single(out, "engine_daemon_engine_cpus_cpus", "gauge", "The number of cpus that the host system of the engine has",
           (double)sysconf(_SC_NPROCESSORS_ONLN));
    single(out, "engine_daemon_engine_memory_bytes", "gauge",
           "The number of bytes of memory that the host system of the engine has", (double)memory.totalram * memory.mem_unit);
    single(out, "engine_daemon_events_total", "counter", "The number of events logged", (double)event_first(engine, false));
    single(out, "engine_daemon_events_subscribers_total", "gauge", "The number of current subscribers to events",
           event_followers(engine));
    single(out, "engine_daemon_health_checks_total", "counter", "The total number of health checks",
           (double)atomic_load(&engine->health_checks));
    single(out, "engine_daemon_health_checks_failed_total", "counter", "The total number of failed health checks",
           (double)atomic_load(&engine->health_failures));
    single(out, "slipway_images", "gauge", "The number of images", (double)image_count(engine->images));
}

static void put_process(struct buf *out, const struct engine *engine)
{
    struct rusage usage;
    long long pages = 0;
    getrusage(RUSAGE_SELF, &usage);
    cleanup_free char *statm = file_read("/proc/self/statm", NULL, NULL);
    if (statm)
        sscanf(statm, "%*d %lld", &pages);
    single(out, "process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.",
           (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    single(out, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.",
           (double)pages * (double)sysconf(_SC_PAGESIZE));
    single(out, "process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.",
           (double)engine->started_ns / 1e9);
}

/* One container at the moment of the scrape. */
struct sample {
    char *labels; /* id="..",name="..",image=".." */
    json_t *figures, *interfaces;
    int restarts;
};

/* Each figure: its name, where it stands, what it is divided by. A missing one ("no limit") leaves its line out. */
static const struct {
    const char *name, *type, *help, *key;
    double divisor;
} per_container[] = {
    {"slipway_container_memory_usage_bytes", "gauge", "Memory in use by the container's control group", "memory", 1},
    {"slipway_container_memory_limit_bytes", "gauge", "Smallest memory limit that applies to the container", "memory_limit", 1},
    {"slipway_container_cpu_seconds_total", "counter", "CPU time used by the container", "cpu_ns", 1e9},
    {"slipway_container_pids", "gauge", "Processes and threads in the container", "pids", 1},
    {"slipway_container_oom_kills_total", "counter", "Processes of the container killed for lack of memory", "oom_kills", 1},
};

static const struct {
    const char *name, *help, *key;
} per_interface[] = {
    {"slipway_container_network_receive_bytes_total", "Bytes received by the container", "rx_bytes"},
    {"slipway_container_network_receive_packets_total", "Packets received by the container", "rx_packets"},
    {"slipway_container_network_receive_errors_total", "Errors while receiving", "rx_errors"},
    {"slipway_container_network_receive_dropped_total", "Packets dropped while receiving", "rx_dropped"},
    {"slipway_container_network_transmit_bytes_total", "Bytes sent by the container", "tx_bytes"},
    {"slipway_container_network_transmit_packets_total", "Packets sent by the container", "tx_packets"},
    {"slipway_container_network_transmit_errors_total", "Errors while sending", "tx_errors"},
    {"slipway_container_network_transmit_dropped_total", "Packets dropped while sending", "tx_dropped"},
};

static void put_figures(struct buf *out, const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < ARRAY_LEN(per_container); i++) {
        head(out, per_container[i].name, per_container[i].type, per_container[i].help);
        for (size_t j = 0; j < count; j++) {
            const json_t *value = json_object_get(samples[j].figures, per_container[i].key);
            if (json_is_integer(value))
                buf_printf(out, "%s{%s} %.17g\n", per_container[i].name, samples[j].labels,
                           (double)json_integer_value(value) / per_container[i].divisor);
        }
    }
    head(out, "slipway_container_restarts_total", "counter", "Restarts by the container's restart policy");
    for (size_t j = 0; j < count; j++)
        buf_printf(out, "slipway_container_restarts_total{%s} %d\n", samples[j].labels, samples[j].restarts);
    for (size_t i = 0; i < ARRAY_LEN(per_interface); i++) {
        head(out, per_interface[i].name, "counter", per_interface[i].help);
        for (size_t j = 0; j < count; j++) {
            const char *link;
            json_t *counters;
            json_object_foreach(samples[j].interfaces, link, counters)
            {
                buf_printf(out, "%s{%s,interface=\"%s\"} %lld\n", per_interface[i].name, samples[j].labels, link,
                           json_num(counters, per_interface[i].key, 0));
            }
        }
    }
}

static char *labels_of(struct instance *instance)
{
    struct buf labels = BUF_INIT;
    pthread_mutex_lock(&instance->engine->lock);
    cleanup_free char *name = xstrdup(str_or(instance->name, ""));
    pthread_mutex_unlock(&instance->engine->lock);
    label(&labels, "id", instance->id);
    buf_putc(&labels, ',');
    label(&labels, "name", name);
    buf_putc(&labels, ',');
    label(&labels, "image", str_or(instance->image, ""));
    return buf_take(&labels);
}

static int restarts_of(struct instance *instance)
{
    pthread_mutex_lock(&instance->engine->lock);
    int count = instance->restart_count;
    pthread_mutex_unlock(&instance->engine->lock);
    return count;
}

static void put_containers(struct buf *out, struct engine *engine)
{
    size_t count, live = 0;
    int running = 0, paused = 0, stopped = 0;
    struct instance **all = table_all(engine, &count);
    struct sample *samples = xcalloc(count + 1, sizeof *samples);
    for (size_t i = 0; i < count; i++) {
        struct state state = instance_state(all[i]);
        pid_t pid = state.running && !all[i]->sandbox ? state.pid : 0;
        *(all[i]->sandbox ? &(int){0} : state.paused ? &paused : state.running ? &running : &stopped) += 1;
        state_clear(&state);
        if (pid)
            samples[live++] =
                (struct sample){labels_of(all[i]), overview_measure(pid), observe_interfaces(pid), restarts_of(all[i])};
    }
    overview_measured();
    const char *states = "engine_daemon_container_states_containers";
    head(out, states, "gauge", "The count of containers in various states");
    buf_printf(out, "%s{state=\"paused\"} %d\n%s{state=\"running\"} %d\n%s{state=\"stopped\"} %d\n", states, paused, states,
               running, states, stopped);
    put_figures(out, samples, live);
    for (size_t i = 0; i < live; i++) {
        free(samples[i].labels);
        json_decref(samples[i].figures);
        json_decref(samples[i].interfaces);
    }
    free(samples);
    table_all_free(all, count);
}

static char *metrics_text(struct engine *engine)
{
    struct buf out = BUF_INIT;
    put_engine(&out, engine);
    put_actions(&out);
    put_containers(&out, engine);
    put_process(&out, engine);
    return buf_take(&out);
}

static enum MHD_Result metrics(struct request *request)
{
    cleanup_free char *text = metrics_text(request->engine);
    return reply_text(request, 200, TEXT_TYPE, text);
}

const struct route metrics_routes[] = {{"GET", "/metrics", metrics, BODY_NONE, NULL}, {0}};

static enum MHD_Result serve(void *engine, struct MHD_Connection *connection, const char *url, const char *method,
                             const char *version, const char *data, size_t *len, void **context)
{
    (void)version;
    (void)data;
    static char seen;
    if (!*context) {
        *context = &seen;
        return MHD_YES;
    }
    if (*len) {
        *len = 0;
        return MHD_YES;
    }
    bool found = str_equal(url, "/metrics") && str_equal(method, "GET");
    cleanup_free char *text = found ? metrics_text(engine) : xstrdup("404 page not found\n");
    struct MHD_Response *response = MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(response, "Content-Type", found ? TEXT_TYPE : "text/plain; charset=utf-8");
    enum MHD_Result result = MHD_queue_response(connection, found ? 200 : 404, response);
    MHD_destroy_response(response);
    return result;
}

int metrics_start(struct engine *engine, int listen_fd, struct error *err)
{
    struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL, serve, engine,
                                                 MHD_OPTION_LISTEN_SOCKET, (MHD_socket)listen_fd, MHD_OPTION_CONNECTION_LIMIT, 64u,
                                                 MHD_OPTION_CONNECTION_TIMEOUT, 30u, MHD_OPTION_END);
    return daemon ? 0 : error_set(err, EIO, "the server of /metrics did not start");
}
