/* GET /slipway/images/check: is everything in the store what it should be? */
#include "api/http.h"

#include "base/files.h"
#include "base/memory.h"

static bool is_container(const char *id, void *data)
{
    const struct engine *engine = data;
    cleanup_free char *path = str_format("%s/%s/config.v2.json", engine->containers, id);
    return path_exists(path);
}

static enum MHD_Result check(struct request *request)
{
    engine_wait_images(request->engine);
    return reply_json(request, 200, image_store_check(request->engine->images, is_container, request->engine));
}

const struct route check_routes[] = {
    {"GET", "/slipway/images/check", check, BODY_NONE, NULL},
    {0},
};
