/* GET /slipway/chains: the packet rules of the host or of a container's own namespace. POST /slipway/trace: the way of one packet
 * through them. POST and DELETE /slipway/containers/{id}/netns: its network namespace by name, for `ip netns`. */
#include "api/topology.h"

#include "base/json.h"
#include "base/memory.h"
#include "daemon/instance.h"
#include "daemon/netns_name.h"
#include "daemon/trace.h"
#include "observe/observe.h"

#include <errno.h>

enum MHD_Result all_chains(struct request *request)
{
    struct error err = ERROR_INIT;
    const char *where = query(request, "ns");
    pid_t pid = 1;
    if (where && !str_equal(where, "host")) {
        cleanup_instance struct instance *instance = table_find(request->engine, where, &err);
        if (!instance)
            return reply_error(request, &err);
        pid = instance_running_pid(instance);
        if (!pid) {
            error_set(&err, EBUSY, "Container %s is not running", instance->id);
            return reply_error(request, &err);
        }
    }
    cleanup_json json_t *networks = topology_networks(request->engine);
    json_t *doc = observe_rules(pid, networks, &err);
    if (!doc)
        return reply_error(request, &err);
    json_object_set_new(doc, "namespace", json_string(pid == 1 ? "host" : where));
    return reply_json(request, 200, doc);
}

enum MHD_Result trace_packet(struct request *request)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *networks = topology_networks(request->engine);
    json_t *doc = trace_run(request->engine, request->json, networks, &err);
    return doc ? reply_json(request, 200, doc) : reply_error(request, &err);
}

enum MHD_Result netns_show(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    json_t *doc = netns_name_put(instance, &err);
    return doc ? reply_json(request, 200, doc) : reply_error(request, &err);
}

enum MHD_Result netns_hide(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    return netns_name_remove(instance, &err) < 0 ? reply_error(request, &err) : reply_empty(request, 204);
}
