/* /build: an image from a Dockerfile and a context, which is unpacked while it arrives. What the query says becomes the builder's
 * options and the HostConfig of the containers of RUN; what this engine cannot do is refused before anything is built. */
#include "api/narrate.h"
#include "api/registry.h"

#include "base/json.h"
#include "base/json_syntax.h"
#include "base/memory.h"
#include "base/when.h"
#include "daemon/build_host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* All of one request; the texts are the connection's, copied, because the work outlives it. */
struct job {
    struct build_request request;
    struct build_context context;
    struct build_job *build;
    char **texts; /* what `request` borrows */
    char **tags, **cache_from;
    json_t *arguments, *labels, *host_config, *secrets, *auths;
};

static void job_free(void *data)
{
    struct job *job = data;
    if (!job)
        return;
    if (job->build)
        build_job_free(job->build);
    build_context_remove(&job->context);
    strv_free(job->texts);
    strv_free(job->tags);
    strv_free(job->cache_from);
    json_decref(job->arguments);
    json_decref(job->labels);
    json_decref(job->host_config);
    json_decref(job->secrets);
    json_decref(job->auths);
    free(job);
}

static const char *keep(struct job *job, const char *text)
{
    strv_add(&job->texts, str_or(text, ""));
    return job->texts[strv_len(job->texts) - 1];
}

static const char *text_of(struct job *job, const struct request *request, const char *name)
{
    return keep(job, query(request, name));
}

/* A parameter that holds JSON; missing: an empty object or array. */
static json_t *document(const struct request *request, const char *name, const char *what, struct error *err)
{
    char why[160];
    const char *text = query(request, name);
    if (str_empty(text))
        return json_object();
    if (json_stream_problem(text, strlen(text), NULL, why, sizeof why)) {
        error_set(err, EINVAL, "error reading %s: %s", what, why);
        return NULL;
    }
    json_t *doc = json_deeper(text, strlen(text), JSON_DEPTH_MOST) ? NULL : json_loads(text, JSON_DECODE_ANY, NULL);
    if (!doc)
        error_set(err, EINVAL, "error reading %s: it cannot be read", what);
    return doc;
}

/* {"name":"text"}, where `nulls` allows null for a text. */
static json_t *texts(const struct request *request, const char *name, const char *what, bool nulls, struct error *err)
{
    json_t *doc = document(request, name, what, err), *value;
    const char *key;
    if (doc && json_is_null(doc)) {
        json_decref(doc);
        return json_object();
    }
    if (doc && !json_is_object(doc))
        error_set(err, EINVAL, "error reading %s: json: cannot unmarshal %s into Go value of type map[string]%sstring", what,
                  json_kind_name(doc), nulls ? "*" : "");
    json_object_foreach(doc, key, value)
    {
        if (!json_is_string(value) && !json_is_null(value) && !err->code)
            error_set(err, EINVAL, "error reading %s: json: cannot unmarshal %s into Go value of type string", what,
                      json_kind_name(value));
        else if (json_is_null(value) && !nulls)
            json_object_set_new(doc, key, json_string(""));
    }
    if (err->code) {
        json_decref(doc);
        return NULL;
    }
    return doc;
}

static enum MHD_Result add_tag(void *data, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    if (str_equal(key, "t") && !str_empty(value) && !strv_has(*(char ***)data, value))
        strv_add(data, value);
    return MHD_YES;
}

/* "a:1.2.3.4,b:5.6.7.8" of Docker's client, or the parameter several times. */
static enum MHD_Result add_host(void *data, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    if (!str_equal(key, "extrahosts") || str_empty(value))
        return MHD_YES;
    cleanup_strv char **parts = str_split(value, ',');
    for (char **part = parts; *part; part++)
        json_array_append_new(data, json_text_value(*part, strlen(*part)));
    return MHD_YES;
}

static enum MHD_Result add_security(void *data, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    json_t *list = str_equal(key, "securityopt") && value && *value == '[' ? json_loads(value, 0, NULL) : NULL;
    if (list)
        json_array_extend(data, list);
    else if (str_equal(key, "securityopt") && !str_empty(value))
        json_array_append_new(data, json_text_value(value, strlen(value)));
    json_decref(list);
    return MHD_YES;
}

static const struct {
    const char *parameter, *key;
    bool number;
} limits[] = {{"memory", "Memory", true},           {"memswap", "MemorySwap", true},     {"cpushares", "CpuShares", true},
              {"cpuperiod", "CpuPeriod", true},     {"cpuquota", "CpuQuota", true},      {"shmsize", "ShmSize", true},
              {"cpusetcpus", "CpusetCpus", false},  {"cpusetmems", "CpusetMems", false}, {"cgroupparent", "CgroupParent", false},
              {"networkmode", "NetworkMode", false}};

static json_t *host_config(const struct request *request, struct error *err)
{
    json_t *out = json_object(), *hosts = json_array(), *security = json_array();
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        long long number = 0;
        const char *text = query(request, limits[i].parameter);
        if (limits[i].number && !query_number(request, limits[i].parameter, 0, &number, err))
            break;
        if (limits[i].number && number)
            json_object_set_new(out, limits[i].key, json_integer(number));
        else if (!limits[i].number && !str_empty(text))
            json_object_set_new(out, limits[i].key, json_text_value(text, strlen(text)));
    }
    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, add_host, hosts);
    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, add_security, security);
    json_object_set_new(out, "ExtraHosts", hosts);
    json_object_set_new(out, "SecurityOpt", security);
    json_object_set_new(out, "LogConfig", json_pack("{s:s,s:{}}", "Type", "none", "Config"));
    json_t *ulimits = err->code ? NULL : document(request, "ulimits", "ulimits", err);
    if (json_is_array(ulimits))
        json_object_set(out, "Ulimits", ulimits);
    json_decref(ulimits);
    if (!err->code)
        return out;
    json_decref(out);
    return NULL;
}

static int refuse_what_is_not_here(const struct request *request, struct error *err)
{
    const char *isolation = query(request, "isolation"), *outputs = query(request, "outputs");
    if (str_equal(query(request, "version"), "2"))
        return error_set(
            err, EINVAL,
            "this engine has no BuildKit (version=2): build with DOCKER_BUILDKIT=0; heredocs, RUN --mount, COPY --link and "
            "--chmod are understood all the same");
    if (!str_empty(isolation) && strcasecmp(isolation, "default") != 0)
        return error_set(err, EINVAL, "unsupported isolation: \"%s\"", isolation);
    if (!str_empty(outputs) && !str_equal(outputs, "[]") && !str_equal(outputs, "null"))
        return error_set(err, EINVAL,
                         "outputs are not possible here: an image is built into the engine; use save, or create and cp");
    return 0;
}

static int read_options(struct job *job, const struct request *request, struct error *err)
{
    struct build_options *options = &job->request.options;
    int r = refuse_what_is_not_here(request, err);
    if (r == 0 && !(job->arguments = texts(request, "buildargs", "build args", true, err)))
        return -err->code;
    if (r == 0 && !(job->labels = texts(request, "labels", "labels", false, err)))
        return -err->code;
    cleanup_json json_t *cache_from = r == 0 ? document(request, "cachefrom", "cache-from", err) : NULL;
    if (r == 0 && cache_from && !(job->host_config = host_config(request, err)))
        return -err->code;
    if (r < 0 || !cache_from)
        return -err->code;
    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, add_tag, &job->tags);
    job->cache_from = json_to_strv(json_is_array(cache_from) ? cache_from : NULL);
    job->secrets = registry_header(request, "X-Slipway-Secrets");
    job->auths = registry_header(request, "X-Registry-Config");
    *options = (struct build_options){.dockerfile = text_of(job, request, "dockerfile"),
                                      .arguments = job->arguments,
                                      .labels = job->labels,
                                      .host_config = job->host_config,
                                      .secrets = job->secrets,
                                      .tags = job->tags,
                                      .cache_from = job->cache_from,
                                      .platform = text_of(job, request, "platform"),
                                      .target = text_of(job, request, "target"),
                                      .quiet = query_flag(request, "q", false),
                                      .no_cache = query_flag(request, "nocache", false),
                                      .pull = query_flag(request, "pull", false),
                                      .remove = query_flag(request, "rm", true),
                                      .force_remove = query_flag(request, "forcerm", false),
                                      .squash = query_flag(request, "squash", false),
                                      .explain = query_flag(request, "slipway-explain", false),
                                      .point = header(request, "X-Slipway-Point") != NULL};
    job->request.id = text_of(job, request, "buildid");
    job->request.remote = text_of(job, request, "remote");
    job->request.auths = job->auths;
    return 0;
}

/* Runs beside the upload. The context belongs to the request from here on, whatever becomes of it. */
static json_t *receive(struct request *request, int fd, struct error *err)
{
    struct job *job = xcalloc(1, sizeof *job);
    job->context.fd = -EBADF;
    cleanup_free char *directory = build_directory(request->engine, err);
    int r = directory ? build_context_tar(directory, fd, &job->context, err) : -err->code;
    if (r < 0) {
        job_free(job);
        return NULL;
    }
    request->cleanup = job_free;
    request->cleanup_data = job;
    return json_true();
}

struct listening {
    const struct progress *progress;
};

static void write_documents(void *data, const char *text, size_t len)
{
    struct listening *listening = data;
    narrate_text(listening->progress, text, len);
}

static int work(struct engine *engine, void *data, const struct progress *progress, struct error *err)
{
    (void)engine;
    struct job *job = data;
    struct listening listening = {progress};
    bool told;
    int r = build_job_run(job->build, &(struct build_sink){write_documents, &listening}, progress, &told, err);
    return told ? 0 : r;
}

static void abandon(void *data)
{
    struct job *job = data;
    build_job_cancel(job->build);
}

static enum MHD_Result build(struct request *request)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *received = upload_result(request, &err);
    if (!received)
        return reply_error(request, &err);
    struct job *job = request->cleanup_data;
    job->request.context = &job->context;
    if (read_options(job, request, &err) < 0)
        return reply_error(request, &err);
    request->cleanup = NULL; /* the work's from here on */
    job->build = build_job_new(request->engine, &job->request);
    return reply_narrated_as(request, &(struct narrated){.work = work, .abandon = abandon, .done = job_free, .data = job});
}

static enum MHD_Result cancel(struct request *request)
{
    struct error err = ERROR_INIT;
    if (str_empty(query(request, "id")))
        return reply_status(request, 400, "build ID not provided");
    return builds_cancel(request->engine, query(request, "id"), &err) < 0 ? reply_error(request, &err) : reply_empty(request, 204);
}

static enum MHD_Result prune(struct request *request)
{
    static const char *const known[] = {"until", "unused-for", "id", "all", NULL};
    struct error err = ERROR_INIT;
    struct caches_prune wanted = {0};
    long long keep = 0;
    cleanup_json json_t *filters = query_filters(request, &err);
    if (!filters || !filters_valid(filters, known, &err) || !query_number(request, "keep-storage", 0, &keep, &err))
        return reply_error(request, &err);
    const char *until = json_string_value(json_array_get(json_object_get(filters, "until"), 0));
    if (!until)
        until = json_string_value(json_array_get(json_object_get(filters, "unused-for"), 0));
    if (until && !when_moment(until, &wanted.before_ns)) {
        error_set(&err, EINVAL, "invalid filter 'until=%s': it is neither a time nor a duration", until);
        return reply_error(request, &err);
    }
    wanted.keep = keep;
    wanted.id = json_string_value(json_array_get(json_object_get(filters, "id"), 0));
    return reply_json(request, 200, builds_prune(request->engine, &wanted));
}

const struct route build_routes[] = {
    {"POST", "/build", build, BODY_STREAM, receive},
    {"POST", "/build/cancel", cancel, BODY_NONE, NULL},
    {"POST", "/build/prune", prune, BODY_NONE, NULL},
    {0},
};
