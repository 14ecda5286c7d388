/* The files of containers: archive (docker cp), export, changes (docker diff), commit. Tars are streamed both ways. */
#include "api/archive.h"
#include "api/http.h"

#include "base/json.h"
#include "base/memory.h"
#include "daemon/archive.h"
#include "daemon/instance.h"

#include <errno.h>
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>

#define STAT_HEADER "X-Docker-Container-Path-Stat"

/* A tar on its way to a client; the container is not needed for it any more. */
static bool tar_complete(void *data) { return view_close(data, NULL) == 0; }

static void tar_done(void *data)
{
    view_close(data, NULL);
    free(data);
}

enum MHD_Result reply_tar(struct request *request, const char *type, const char *stat_text, struct view_tar *tar)
{
    struct view_tar *kept = xmalloc(sizeof *kept);
    int fd = tar->fd;
    *kept = *tar;
    kept->fd = -EBADF;
    return reply_pipe(request, type, stat_text ? STAT_HEADER : NULL, stat_text, fd, tar_complete, tar_done, kept);
}

static char *encoded(json_t *stat_doc)
{
    char *text = json_dumps(stat_doc, JSON_COMPACT);
    size_t len = strlen(text);
    char *out = xcalloc(1, BASE64_ENCODE_RAW_LENGTH(len) + 1);
    base64_encode_raw(out, len, (const uint8_t *)text);
    free(text);
    return out;
}

/* The container and the path that a request is about; NULL after having answered. */
static struct instance *wanted(struct request *request, const char **path, enum MHD_Result *result)
{
    *path = query(request, "path");
    if (str_empty(*path)) {
        struct error err = ERROR_INIT;
        error_set(&err, EINVAL, "bad parameter: pathcannot be empty");
        *result = reply_error(request, &err);
        return NULL;
    }
    return requested_container(request, result);
}

static enum MHD_Result archive_head(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    const char *path;
    cleanup_instance struct instance *instance = wanted(request, &path, &result);
    if (!instance)
        return result;
    cleanup_json json_t *doc = container_path_stat(instance, request->captured[0], path, &err);
    if (!doc)
        return reply_error(request, &err);
    cleanup_free char *text = encoded(doc);
    return reply_header(request, STAT_HEADER, text);
}

static enum MHD_Result archive_read(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    const char *path;
    struct view_tar tar;
    cleanup_json json_t *doc = NULL;
    cleanup_instance struct instance *instance = wanted(request, &path, &result);
    if (!instance)
        return result;
    if (container_archive(instance, request->captured[0], path, &tar, &doc, &err) < 0)
        return reply_error(request, &err);
    cleanup_free char *text = encoded(doc);
    return reply_tar(request, "application/x-tar", text, &tar);
}

/* Runs beside the upload. */
static json_t *archive_take(struct request *request, int fd, struct error *err)
{
    const char *path = query(request, "path");
    if (str_empty(path)) {
        error_set(err, EINVAL, "bad parameter: pathcannot be empty");
        return NULL;
    }
    cleanup_instance struct instance *instance = table_find(request->engine, request->captured[0], err);
    if (!instance)
        return NULL;
    int r = container_extract(instance, request->captured[0], path, query_flag(request, "noOverwriteDirNonDir", false),
                              query_flag(request, "copyUIDGID", false), fd, err);
    return r < 0 ? NULL : json_true();
}

static enum MHD_Result archive_written(struct request *request)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *done = upload_result(request, &err);
    if (done)
        return reply_empty(request, 200);
    return err.code == ENOTDIR ? reply_status(request, 400, err.message) : reply_error(request, &err);
}

static enum MHD_Result export(struct request *request) {
    struct error err = ERROR_INIT; enum MHD_Result result; struct view_tar tar;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance) return result;
    if (container_export(instance, &tar, &err) < 0) return reply_error(request, &err);
    return reply_tar(request, "application/octet-stream", NULL, &tar);
}

static enum MHD_Result changes(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    json_t *doc = container_changes(instance, &err);
    return doc ? reply_json(request, 200, doc) : reply_error(request, &err);
}

static enum MHD_Result add_value(void *data, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    if (str_equal(key, "changes") && !str_empty(value))
        strv_add(data, value);
    return MHD_YES;
}

static enum MHD_Result commit(struct request *request)
{
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    const char *repository = str_or(query(request, "repo"), ""), *tag = query(request, "tag");
    cleanup_instance struct instance *instance = table_find(request->engine, str_or(query(request, "container"), ""), &err);
    if (!instance)
        return reply_error(request, &err);
    cleanup_strv char **instructions = NULL;
    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, add_value, &instructions);
    cleanup_free char *reference = str_empty(tag) ? xstrdup(repository) : str_format("%s:%s", repository, tag);
    const struct commit_request wanted_image = {.reference = *repository ? reference : NULL,
                                                .author = query(request, "author"),
                                                .comment = query(request, "comment"),
                                                .config = request->json,
                                                .changes = instructions,
                                                .pause = query_flag(request, "pause", true)};
    if (container_commit(instance, &wanted_image, id, &err) < 0)
        return reply_error(request, &err);
    return reply_json(request, 201, json_pack("{s:s}", "Id", id));
}

const struct route archive_routes[] = {
    {"HEAD", "/containers/*/archive", archive_head, BODY_NONE, NULL},
    {"GET", "/containers/*/archive", archive_read, BODY_NONE, NULL},
    {"PUT", "/containers/*/archive", archive_written, BODY_STREAM, archive_take},
    {"GET", "/containers/*/export", export, BODY_NONE, NULL},
    {"GET", "/containers/*/changes", changes, BODY_NONE, NULL},
    {"POST", "/commit", commit, BODY_JSON, NULL},
    {0},
};
