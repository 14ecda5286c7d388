/* slipway-oci events: lines of JSON, {"type":"stats"|"oom"|"pressure","id":...}: figures once or in intervals, the OOM killer, and
 * memory pressure as it is felt, until the container ends. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup/cgroup_watch.h"
#include "runtime/oci/oci.h"
#include "runtime/stats.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct options {
    const char *interval, *pressure;
    bool stats;
};
static const struct flag flags[] = {
    {0, "stats", FLAG_BOOL, offsetof(struct options, stats), NULL, "show the figures once, and end"},
    {0, "interval", FLAG_STRING, offsetof(struct options, interval), "duration", "time between figures (default 5s)"},
    {0, "pressure", FLAG_STRING, offsetof(struct options, pressure), "level",
     "tell memory pressure of this level as well: low, medium or critical"},
    {0},
};

static int say_stats(const struct container *container, struct error *err)
{
    char *data cleanup_free = runtime_stats(container, err);
    if (!data)
        return -err->code;
    printf("{\"type\":\"stats\",\"id\":\"%s\",\"data\":%s}\n", container->id, data);
    fflush(stdout);
    return 0;
}

static void say(const struct container *container, const char *type, const char *level)
{
    json_t *line cleanup_json = json_pack("{ss ss ss*}", "type", type, "id", container->id, "level", level);
    oci_print(line, JSON_COMPACT);
    fflush(stdout);
}

static int pressure_level(const char *name, enum cgroup_pressure *level, struct error *err)
{
    static const char *const names[] = {"low", "medium", "critical"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (!strcmp(name, names[i])) {
            *level = (enum cgroup_pressure)i;
            return 0;
        }
    return error_set(err, EINVAL, "--pressure \"%s\": low, medium and critical are possible", name);
}

struct watching {
    const struct container *container;
    const struct options *options;
    int64_t interval;
    struct cgroup_watch oom, pressure;
};

/* False when nothing more will come. */
static bool take(struct watching *watching, struct cgroup_watch *watch, short revents)
{
    int what = revents ? cgroup_watch_read(watch) : 0;
    if (what & CGROUP_OOM)
        say(watching->container, "oom", NULL);
    if (what & CGROUP_PRESSURE)
        say(watching->container, "pressure", watching->options->pressure);
    return !(what & CGROUP_EMPTY);
}

static int watch(struct watching *watching, struct error *err)
{
    const struct container *container = watching->container;
    struct pollfd polled[] = {{container->pidfd, POLLIN, 0},
                              {watching->oom.fd, watching->oom.events, 0},
                              {watching->pressure.fd, watching->pressure.events, 0},
                              {1, 0, 0}};
    int64_t next = clock_mono_ns();
    for (bool on = true; on;) {
        int64_t left = next - clock_mono_ns();
        if (left <= 0) {
            int rc = say_stats(container, err);
            if (rc < 0)
                return rc == -ENOENT ? 0 : rc;
            next += watching->interval;
            continue;
        }
        if (poll(polled, ARRAY_LEN(polled), (int)(left / 1000000) + 1) < 0 && errno != EINTR)
            return error_errno(err, errno, "wait for events");
        on = take(watching, &watching->oom, polled[1].revents) && take(watching, &watching->pressure, polled[2].revents) &&
             !polled[0].revents && !(polled[3].revents & (POLLERR | POLLHUP));
    }
    return 0;
}

static int open_watches(struct watching *watching, struct error *err)
{
    enum cgroup_pressure level = PRESSURE_LOW;
    struct cgroup cgroup;
    int rc = watching->options->pressure ? pressure_level(watching->options->pressure, &level, err) : 0;
    if (rc || (rc = cgroup_open(watching->container->cgroup_path, &cgroup, err)) < 0)
        return rc;
    struct error why = ERROR_INIT;
    rc = cgroup_watch_oom(NULL, &cgroup, &watching->oom, &why);
    if (rc == -ENOTSUP) /* there is none to be told of */
        rc = 0;
    if (rc < 0)
        *err = why;
    if (!rc && watching->options->pressure)
        rc = cgroup_watch_pressure(NULL, &cgroup, level, &watching->pressure, err);
    cgroup_close(&cgroup);
    return rc;
}

static int events(const struct container *container, const struct options *options, struct error *err)
{
    struct watching watching = {.container = container,
                                .options = options,
                                .oom = {.fd = -EBADF, .control = -EBADF},
                                .pressure = {.fd = -EBADF, .control = -EBADF}};
    if (!clock_parse_duration(options->interval, &watching.interval) || watching.interval <= 0)
        return error_set(err, EINVAL, "--interval \"%s\": a duration above zero is needed, as in 5s", options->interval);
    if (options->stats)
        return say_stats(container, err);
    int rc = open_watches(&watching, err);
    if (!rc)
        rc = watch(&watching, err);
    cgroup_watch_close(&watching.oom);
    cgroup_watch_close(&watching.pressure);
    return rc;
}

int oci_events(int argc, char **argv, struct error *err)
{
    struct options options = {.interval = "5s"};
    struct oci_state state;
    struct container container;
    char **operands;
    int rc = oci_parse(flags, &options, argc, argv, false, 1, 1, &operands, err);
    if (rc || (rc = oci_reach(operands[0], &state, &container, err)) < 0)
        return rc;
    if (!container.pid)
        rc = error_set(err, EBUSY, "container \"%s\" is stopped: it uses nothing (container not running)", operands[0]);
    else if (str_empty(container.cgroup_path))
        rc = error_set(err, ENOTSUP, "container \"%s\" has no control group, so nothing is counted", operands[0]);
    else
        rc = events(&container, &options, err);
    container_free(&container);
    oci_close(&state);
    return rc;
}
