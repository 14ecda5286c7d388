/* The files of an image as one tar: its layers put upon each other where nobody else sees it, by the process that reads containers.
 */
#include "api/archive.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "image/image.h"

/* Its lowest layer is the story's first. */
static char **layers_top_first(const json_t *story)
{
    char **out = xcalloc(1, sizeof *out); /* a list in any case, also of an image without layers */
    const json_t *layers = json_object_get(story, "layers");
    for (size_t i = json_array_size(layers); i-- > 0;)
        strv_add(&out, json_str(json_array_get(layers, i), "directory", ""));
    return out;
}

enum MHD_Result image_files(struct request *request)
{
    struct error err = ERROR_INIT;
    struct view_tar tar;
    engine_wait_images(request->engine);
    cleanup_json json_t *story = image_story(request->engine->images, request->captured[0], &err);
    if (!story)
        return reply_error(request, &err);
    cleanup_strv char **lower = layers_top_first(story);
    /* An empty layer on top: an image may have none at all. And a place, which each reader covers for itself alone. */
    cleanup_free char *empty = path_join(request->engine->exec_root, "files/empty");
    cleanup_free char *place = path_join(request->engine->exec_root, "files/place");
    if (path_make_dirs(empty, 0700, &err) < 0 || path_make_dirs(place, 0700, &err) < 0)
        return reply_error(request, &err);
    const struct rootfs rootfs = {.lower = lower, .upper = empty, .work = (char *)"", .merged = place};
    const struct view view = {.mount_namespace = -1, .user_namespace = -1, .rootfs = &rootfs, .read_only = true};
    if (view_export(&view, &tar, &err) < 0)
        return reply_error(request, &err);
    return reply_tar(request, "application/x-tar", NULL, &tar);
}
