/* What an engine can have and this one has not: plugins, a swarm that it is part of, sessions of builders. Answered
 * as Docker answers where none is installed or joined; what would make one is refused with the reason. */
#include "api/http.h"

#include "base/json.h"

#include <errno.h>

static enum MHD_Result plugins(struct request *request)
{
    struct error err = ERROR_INIT;
    static const char *const known[] = {"capability", "enabled", NULL};
    cleanup_json json_t *filters = query_filters(request, &err);
    if (!filters || !filters_valid(filters, known, &err))
        return reply_error(request, &err);
    return reply_json(request, 200, json_array());
}

static enum MHD_Result no_plugin(struct request *request)
{
    struct error err = ERROR_INIT;
    error_set(&err, ENOENT, "plugin \"%s\" not found", request->captured[0]);
    return reply_error(request, &err);
}

static enum MHD_Result privileges(struct request *request) { return reply_json(request, 200, json_array()); }

static enum MHD_Result refuse_plugins(struct request *request)
{
    return reply_status(request, 501,
                        "plugins are not available: slipway runs no code but its own, volumes are local and "
                        "networks are bridges");
}

static enum MHD_Result session(struct request *request)
{
    return reply_status(request, 400,
                        wants_upgrade(request) ? "no builder here speaks BuildKit's protocol: set DOCKER_BUILDKIT=0"
                                               : "no upgrade proto in request");
}

static enum MHD_Result no_manager(struct request *request)
{
    return reply_status(
        request, 503,
        "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to "
        "swarm and try again.");
}

static enum MHD_Result no_member(struct request *request) { return reply_status(request, 503, "This node is not part of a swarm"); }

static enum MHD_Result refuse_swarm(struct request *request)
{
    return reply_status(request, 501, "swarm mode is not available in this version of slipway");
}

const struct route absent_routes[] = {
    {"GET", "/plugins", plugins, BODY_NONE, NULL},
    {"GET", "/plugins/privileges", privileges, BODY_NONE, NULL},
    {"POST", "/plugins/pull", refuse_plugins, BODY_NONE, NULL},
    {"POST", "/plugins/create", refuse_plugins, BODY_NONE, NULL},
    {"GET", "/plugins/**/json", no_plugin, BODY_NONE, NULL},
    {"POST", "/plugins/**/enable", no_plugin, BODY_NONE, NULL},
    {"POST", "/plugins/**/disable", no_plugin, BODY_NONE, NULL},
    {"POST", "/plugins/**/set", no_plugin, BODY_NONE, NULL},
    {"POST", "/plugins/**/upgrade", no_plugin, BODY_NONE, NULL},
    {"POST", "/plugins/**/push", no_plugin, BODY_NONE, NULL},
    {"DELETE", "/plugins/**", no_plugin, BODY_NONE, NULL},
    {"POST", "/session", session, BODY_NONE, NULL},
    {"POST", "/swarm/init", refuse_swarm, BODY_NONE, NULL},
    {"POST", "/swarm/join", refuse_swarm, BODY_NONE, NULL},
    {"POST", "/swarm/leave", no_member, BODY_NONE, NULL},
    {"POST", "/swarm/update", no_manager, BODY_NONE, NULL},
    {"POST", "/swarm/unlock", no_member, BODY_NONE, NULL},
    {"GET", "/swarm", no_manager, BODY_NONE, NULL},
    {"GET", "/swarm/unlockkey", no_manager, BODY_NONE, NULL},
    {"GET", "/nodes", no_manager, BODY_NONE, NULL},
    {"GET", "/nodes/*", no_manager, BODY_NONE, NULL},
    {"DELETE", "/nodes/*", no_manager, BODY_NONE, NULL},
    {"POST", "/nodes/*/update", no_manager, BODY_NONE, NULL},
    {"GET", "/services", no_manager, BODY_NONE, NULL},
    {"GET", "/services/*", no_manager, BODY_NONE, NULL},
    {"GET", "/services/*/logs", no_manager, BODY_NONE, NULL},
    {"POST", "/services/create", no_manager, BODY_NONE, NULL},
    {"POST", "/services/*/update", no_manager, BODY_NONE, NULL},
    {"DELETE", "/services/*", no_manager, BODY_NONE, NULL},
    {"GET", "/tasks", no_manager, BODY_NONE, NULL},
    {"GET", "/tasks/*", no_manager, BODY_NONE, NULL},
    {"GET", "/secrets", no_manager, BODY_NONE, NULL},
    {"GET", "/secrets/*", no_manager, BODY_NONE, NULL},
    {"POST", "/secrets/create", no_manager, BODY_NONE, NULL},
    {"DELETE", "/secrets/*", no_manager, BODY_NONE, NULL},
    {"GET", "/configs", no_manager, BODY_NONE, NULL},
    {"GET", "/configs/*", no_manager, BODY_NONE, NULL},
    {"POST", "/configs/create", no_manager, BODY_NONE, NULL},
    {"DELETE", "/configs/*", no_manager, BODY_NONE, NULL},
    {0},
};
