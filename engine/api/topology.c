/* GET /slipway/topology: the network of the whole machine as one document, or as a stream of them, one line each (?follow=1): a new
 * one whenever the kernel or the engine says that something changed. With ?interval=MS counters that move are shown, too, that
 * often. */
#include "api/topology.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "daemon/instance.h"
#include "network/network.h"
#include "observe/topology.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Changes come in bursts (a container is a dozen messages): what follows within this time is shown together. */
enum { SETTLE_MS = 20, INTERVAL_LEAST = 200, INTERVAL_MOST = 3600000 };

/* --- who is there --- */

static bool may_see(const struct instance *instance, uid_t caller)
{
    return !instance->sandbox || caller == 0 || instance->sandbox->owner == caller;
}

static uid_t caller_of(int client)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.uid : (uid_t)-1;
}

static int take_spaces(struct engine *engine, struct observe_topology *topology, uid_t caller, struct error *err)
{
    size_t count, known = 0;
    struct instance **all = table_all(engine, &count);
    cleanup_free struct observe_space *spaces = xcalloc(count + 1, sizeof *spaces);
    cleanup_strv char **names = NULL;
    for (size_t i = 0; i < count; i++) {
        pid_t pid = instance_running_pid(all[i]);
        if (!pid || !may_see(all[i], caller))
            continue;
        pthread_mutex_lock(&engine->lock);
        strv_add(&names, all[i]->name);
        pthread_mutex_unlock(&engine->lock);
        spaces[known] = (struct observe_space){
            .name = names[known], .id = all[i]->id, .kind = all[i]->sandbox ? "sandbox" : "container", .pid = pid};
        known++;
    }
    int r = observe_topology_spaces(topology, spaces, known, err);
    table_all_free(all, count);
    return r;
}

/* --- which bridge is which network --- */

static json_t *network_of(json_t *bridge, json_t *networks)
{
    size_t i;
    json_t *network;
    if (!str_equal(json_str(bridge, "namespace", ""), "host"))
        return NULL;
    json_array_foreach(networks, i, network)
    {
        if (str_equal(json_str(network, "bridge", ""), json_str(bridge, "name", "")))
            return network;
    }
    return NULL;
}

json_t *topology_networks(struct engine *engine)
{
    size_t count;
    struct network **all = networks_all(engine->networks, &count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        cleanup_json json_t *full = network_describe(all[i]);
        cleanup_free char *short_name = str_format("br-%.12s", network_id(all[i]));
        json_t *options = json_object_get(full, "Options");
        const char *given = json_string_value(json_object_get(options, "com.docker.network.bridge.name"));
        json_t *subnets = json_array(), *config;
        size_t k;
        json_array_foreach(json_at(full, "IPAM.Config"), k, config)
        {
            json_array_append_new(subnets, json_string(json_str(config, "Subnet", "")));
        }
        bool bridge = str_equal(network_driver(all[i]), "bridge");
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:b, s:o}", "name", network_name(all[i]), "id",
                                              network_id(all[i]), "driver", network_driver(all[i]), "bridge",
                                              !bridge                      ? ""
                                              : network_is_default(all[i]) ? engine->options.bridge
                                              : !str_empty(given)          ? given
                                                                           : short_name,
                                              "internal", network_internal(all[i]) ? 1 : 0, "subnets", subnets));
    }
    networks_all_free(all, count);
    return list;
}

static void name_networks(struct engine *engine, json_t *doc)
{
    json_t *networks = topology_networks(engine), *bridge;
    size_t i;
    json_array_foreach(json_object_get(doc, "bridges"), i, bridge)
    {
        json_t *network = network_of(bridge, networks);
        json_object_set(bridge, "network", network ? network : json_null());
    }
    json_object_set_new(doc, "networks", networks);
}

static json_t *look(struct engine *engine, struct observe_topology *topology, uid_t caller, struct error *err)
{
    if (take_spaces(engine, topology, caller, err) < 0)
        return NULL;
    json_t *doc = observe_topology_read(topology, err);
    if (doc)
        name_networks(engine, doc);
    return doc;
}

/* --- following --- */

struct following {
    struct engine *engine;
    struct observe_topology *topology;
    int client, bell, interval_ms;
    uid_t caller;
    bool begun;
    char *last;
};

static void following_free(void *data)
{
    struct following *following = data;
    bell_leave(&following->engine->changed, &following->bell);
    observe_topology_free(following->topology);
    free(following->last);
    free(following);
}

/* False when the client has gone. */
static bool wait_for_change(struct following *following)
{
    struct pollfd fds[] = {{.fd = following->client, .events = POLLRDHUP},
                           {.fd = following->bell, .events = POLLIN},
                           {.fd = observe_topology_fd(following->topology), .events = POLLIN}};
    int ready = poll(fds, ARRAY_LEN(fds), following->interval_ms ? following->interval_ms : -1);
    if (ready < 0 && errno != EINTR)
        return false;
    if (fds[0].revents)
        return false;
    if (ready > 0)
        nanosleep(&(struct timespec){.tv_nsec = SETTLE_MS * 1000000}, NULL);
    uint64_t rings;
    if (fds[1].revents && read(following->bell, &rings, sizeof rings) < 0 && errno != EAGAIN)
        return false;
    observe_topology_heard(following->topology);
    return true;
}

static bool produce(void *data, struct buf *out)
{
    struct following *following = data;
    for (;;) {
        if (following->begun && !wait_for_change(following))
            return false;
        following->begun = true;
        struct error err = ERROR_INIT;
        json_t *doc = look(following->engine, following->topology, following->caller, &err);
        if (!doc)
            continue; /* a namespace went away while it was read: its end rings the bell */
        char *text = json_dumps(doc, JSON_COMPACT);
        json_decref(doc);
        bool same = str_equal(text, following->last);
        free(following->last);
        following->last = text;
        if (same)
            continue;
        buf_printf(out, "%s\n", text);
        return true;
    }
}

enum MHD_Result topology(struct request *request)
{
    struct error err = ERROR_INIT;
    long long interval;
    if (!query_number(request, "interval", 0, &interval, &err))
        return reply_error(request, &err);
    if (interval && (interval < INTERVAL_LEAST || interval > INTERVAL_MOST))
        return reply_status(request, 400, "interval is in milliseconds, 200 to 3600000");
    bool follow = query_flag(request, "follow", false);
    struct observe_topology *topology = observe_topology_new(follow);
    if (follow) {
        struct following *following = xcalloc(1, sizeof *following);
        *following = (struct following){.engine = request->engine,
                                        .topology = topology,
                                        .client = request->client,
                                        .bell = bell_join(&request->engine->changed),
                                        .interval_ms = (int)interval,
                                        .caller = caller_of(request->client)};
        return reply_stream(request, 200, "application/x-ndjson", produce, following_free, following);
    }
    json_t *doc = look(request->engine, topology, caller_of(request->client), &err);
    observe_topology_free(topology);
    return doc ? reply_json(request, 200, doc) : reply_error(request, &err);
}
