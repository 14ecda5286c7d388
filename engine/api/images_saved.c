/* GET /images/get and /images/NAME/get: images as an archive. POST /images/load: images from one. */
#include "api/handed.h"
#include "api/http.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "daemon/events.h"
#include "daemon/progress.h"
#include "image/saved.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- save */

static bool save_complete(void *data) { return image_save_close(data, NULL) == 0; }

static void save_done(void *data)
{
    image_save_close(data, NULL);
    free(data);
}

static enum MHD_Result save(struct request *request, char *const *names)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *ids = NULL;
    struct image_saving *saving = xcalloc(1, sizeof *saving);
    engine_wait_images(request->engine);
    if (image_save_open(request->engine->images, names, saving, &ids, &err) < 0) {
        free(saving);
        return reply_error(request, &err);
    }
    size_t i;
    json_t *id;
    json_array_foreach(ids, i, id)
    {
        event_emit(request->engine, "image", "save", json_string_value(id), json_pack("{s:O}", "name", id));
    }
    int fd = move_fd(saving->fd);
    return reply_pipe_sized(request, "application/x-tar", saving->size, fd, save_complete, save_done, saving);
}

static enum MHD_Result add_name(void *data, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    if (str_equal(key, "names") && !str_empty(value))
        strv_add(data, value);
    return MHD_YES;
}

static enum MHD_Result save_several(struct request *request)
{
    cleanup_strv char **names = NULL;
    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, add_name, &names);
    return save(request, names);
}

static enum MHD_Result save_one(struct request *request)
{
    char *names[] = {request->captured[0], NULL};
    return save(request, names);
}

/* --- load */

struct loading {
    struct engine *engine;
    bool quiet;
    json_t *lines;
};

static void say(void *data, const char *line)
{
    struct loading *loading = data;
    json_array_append_new(loading->lines, json_pack("{s:o}", "stream", json_text_value(line, strlen(line))));
}

static void add_line(void *data, json_t *line) { json_array_append_new(data, line); }

static void layer(void *data, const char *diff_id, int64_t bytes)
{
    enum { SHORT = 12 };
    struct loading *loading = data;
    cleanup_free char *id = xstrndup(diff_id + strlen("sha256:"), SHORT);
    const struct progress progress = {.tell = add_line, .data = loading->lines};
    if (!loading->quiet)
        progress_count(&progress, id, "Loading layer", bytes, bytes);
}

static void loaded(void *data, const char *id)
{
    struct loading *loading = data;
    event_emit(loading->engine, "image", "load", id, json_pack("{s:s}", "name", id));
}

/* As dockerd's, a failure is the last line of an answer that began well. */
static json_t *load_from(struct request *request, int fd, int client)
{
    struct error why = ERROR_INIT;
    struct loading loading = {request->engine, query_flag(request, "quiet", false), json_array()};
    const struct image_loading to = {.say = say, .layer = layer, .loaded = loaded, .data = &loading, .client = client};
    engine_wait_images(request->engine);
    if (image_load(request->engine->images, fd, &to, &why) < 0)
        json_array_append_new(loading.lines, progress_failure(why.message));
    return loading.lines;
}

/* Runs beside the upload. */
static json_t *load(struct request *request, int fd, struct error *err)
{
    (void)err;
    return load_from(request, fd, -EBADF);
}

static enum MHD_Result reply_lines(struct request *request, const json_t *lines)
{
    struct buf text = BUF_INIT;
    size_t i;
    json_t *line;
    json_array_foreach(lines, i, line)
    {
        json_put(&text, line);
        buf_puts(&text, "\r\n");
    }
    return reply_json_text(request, 200, &text);
}

static enum MHD_Result load_told(struct request *request)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *lines = upload_result(request, &err);
    return lines ? reply_lines(request, lines) : reply_error(request, &err);
}

static enum MHD_Result load_handed(struct request *request)
{
    struct error err = ERROR_INIT;
    cleanup_close int fd = handed_file(request, &err);
    if (fd < 0)
        return reply_error(request, &err);
    cleanup_json json_t *lines = load_from(request, fd, request->client);
    return reply_lines(request, lines);
}

const struct route saved_routes[] = {
    {"GET", "/images/get", save_several, BODY_NONE, NULL},
    {"GET", "/images/**/get", save_one, BODY_NONE, NULL},
    {"POST", "/images/load", load_told, BODY_STREAM, load},
    {"POST", "/slipway/images/load", load_handed, BODY_NONE, NULL},
    {0},
};
