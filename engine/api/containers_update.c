/* POST /containers/{id}/update: limits and restart policy of a container that exists. */
#include "api/containers.h"

#include "daemon/instance.h"
#include "daemon/lifecycle.h"

enum MHD_Result containers_update(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    if (container_update(instance, request->json, &err) < 0)
        return reply_error(request, &err);
    return reply_json(request, 200, json_pack("{s:[]}", "Warnings"));
}
