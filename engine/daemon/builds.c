/* The builds that are under way, and what they leave: nothing when they end, and what the next daemon clears away when this one is
 * killed. A build's context is <data-root>/tmp/docker-builder<n>; "<context>.containers" beside it names its containers. */
#include "daemon/build_internal.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/events.h"
#include "daemon/instance.h"
#include "daemon/lifecycle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CONTEXT_PREFIX "docker-builder"
#define NOTES_SUFFIX   ".containers"

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct build_job *jobs; /* of all engines of this program, which is one */

char *build_directory(struct engine *engine, struct error *err)
{
    char *path = path_join(engine->data_root, "tmp");
    if (path_make_dirs(path, 0700, err) == 0)
        return path;
    free(path);
    return NULL;
}

struct build_job *build_job_new(struct engine *engine, const struct build_request *request)
{
    struct build_job *job = xcalloc(1, sizeof *job);
    job->engine = engine;
    job->request = request;
    job->options = request->options;
    job->caches = path_join(engine->data_root, "builder/caches");
    job->secrets = path_join(engine->exec_root, "build-secrets");
    job->options.cache_directory = job->caches;
    job->options.secret_directory = job->secrets;
    job->host = build_host_of(job);
    job->notes = -EBADF;
    pthread_mutex_init(&job->lock, NULL);
    pthread_mutex_lock(&list_lock);
    job->next = jobs;
    jobs = job;
    pthread_mutex_unlock(&list_lock);
    return job;
}

static char *notes_path(const struct build_job *job) { return str_format("%s" NOTES_SUFFIX, job->request->context->directory); }

void build_job_free(struct build_job *job)
{
    pthread_mutex_lock(&list_lock);
    for (struct build_job **at = &jobs; *at; at = &(*at)->next) {
        if (*at != job)
            continue;
        *at = job->next;
        break;
    }
    pthread_mutex_unlock(&list_lock);
    if (job->notes >= 0) {
        cleanup_free char *path = notes_path(job);
        fd_close(job->notes);
        unlink(path);
    }
    pthread_mutex_destroy(&job->lock);
    free(job->caches);
    free(job->secrets);
    free(job);
}

/* Containers that are to stay (--rm=false) are nobody's leftovers. */
void build_job_note(struct build_job *job, const char *container)
{
    if (!job->options.remove && !job->options.force_remove)
        return;
    cleanup_free char *line = str_format("%s\n", container);
    pthread_mutex_lock(&job->lock);
    if (job->notes < 0) {
        cleanup_free char *path = notes_path(job);
        job->notes = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    if (job->notes >= 0)
        write_full(job->notes, line, strlen(line));
    pthread_mutex_unlock(&job->lock);
}

void build_job_cancel(struct build_job *job)
{
    pthread_mutex_lock(&job->lock);
    job->cancelled = true;
    struct build *build = job->build;
    if (build)
        build_cancel(build);
    pthread_mutex_unlock(&job->lock);
}

int builds_cancel(struct engine *engine, const char *id, struct error *err)
{
    bool found = false;
    pthread_mutex_lock(&list_lock);
    for (struct build_job *job = jobs; job; job = job->next) {
        if (job->engine != engine || !*id || !str_equal(job->request->id, id))
            continue;
        build_job_cancel(job);
        found = true;
    }
    pthread_mutex_unlock(&list_lock);
    return found ? 0 : error_set(err, ENOENT, "no such build: %s", id);
}

/* The builder's own way of listening, over `progress`. */
static bool stop(void *data) { return progress_cancelled(data); }

static int fetch_context(struct build_job *job, const struct progress *progress, struct error *err)
{
    const char *url = job->request->remote;
    const struct build_listener listener = {.stop = stop, .data = (void *)progress};
    int64_t modified;
    cleanup_free char *directory = build_directory(job->engine, err);
    if (!directory)
        return -err->code;
    if (build_is_git(url)) {
        build_context_remove(job->request->context);
        return build_clone(directory, url, progress, job->request->context, err);
    }
    if (!str_starts(url, "http://") && !str_starts(url, "https://"))
        return error_set(err, EINVAL,
                         "remote context %s: only http and https addresses of a Dockerfile or of a tar, and git repositories, are "
                         "fetched",
                         url);
    cleanup_close int fd = open(directory, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_errno(err, errno, "make a temporary file below %s", directory);
    int r = build_fetch(url, fd, &modified, &listener, err);
    if (r < 0)
        return str_starts(err->message, "failed to GET") ? -err->code
                                                         : error_prefix(err, "error downloading remote context %s", url);
    progress_count(progress, "Downloading context", url, lseek(fd, 0, SEEK_CUR), 0);
    if (progress)
        progress->tell(progress->data, json_object());
    if (lseek(fd, 0, SEEK_SET) < 0)
        return error_errno(err, errno, "read %s", url);
    build_context_remove(job->request->context);
    return build_context_remote(directory, fd, job->request->context, err);
}

int build_job_run(struct build_job *job, const struct build_sink *sink, const struct progress *progress, bool *told,
                  struct error *err)
{
    char id[DIGEST_TEXT];
    *told = false;
    int r = *job->request->remote ? fetch_context(job, progress, err) : 0;
    if (r < 0)
        return r;
    struct build *build = build_new(job->engine->images, &job->host, &job->options, job->request->context, sink);
    pthread_mutex_lock(&job->lock);
    job->build = build;
    if (job->cancelled)
        build_cancel(build);
    pthread_mutex_unlock(&job->lock);
    r = build_run(build, id, told, err);
    pthread_mutex_lock(&job->lock);
    job->build = NULL;
    pthread_mutex_unlock(&job->lock);
    build_free(build);
    if (r == 0)
        event_emit(job->engine, "image", "build", id, NULL);
    return r;
}

json_t *builds_prune(struct engine *engine, const struct caches_prune *prune)
{
    long long bytes = 0;
    cleanup_free char *path = path_join(engine->data_root, "builder/caches");
    cleanup_strv char **names = caches_prune(path, prune, &bytes);
    cleanup_free char *reclaimed = str_format("%lld", bytes);
    event_emit(engine, "builder", "prune", "", json_pack("{s:s}", "reclaimed", reclaimed));
    json_t *list = names ? json_array() : json_null();
    for (char **name = names; name && *name; name++)
        json_array_append_new(list, json_string(*name));
    return json_pack("{s:o,s:I}", "CachesDeleted", list, "SpaceReclaimed", (json_int_t)bytes);
}

static void remove_containers(struct engine *engine, const char *notes)
{
    cleanup_free char *text = file_read(notes, NULL, NULL);
    cleanup_strv char **ids = str_split(str_or(text, ""), '\n');
    for (char **id = ids; *id; id++) {
        struct error err = ERROR_INIT;
        cleanup_instance struct instance *instance = **id ? table_find(engine, *id, &err) : NULL;
        if (instance && container_remove(instance, true, true, &err) < 0)
            log_warn("removing a build's container %.12s: %s", *id, err.message);
    }
}

void builds_sweep(struct engine *engine)
{
    cleanup_free char *directory = path_join(engine->data_root, "tmp"), *secrets = path_join(engine->exec_root, "build-secrets");
    cleanup_dir DIR *dir = opendir(directory);
    struct error err = ERROR_INIT;
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        cleanup_free char *path = path_join(directory, entry->d_name);
        if (!str_starts(entry->d_name, CONTEXT_PREFIX))
            continue;
        if (str_ends(entry->d_name, NOTES_SUFFIX)) {
            remove_containers(engine, path);
            unlink(path);
        } else if (path_remove_tree(path, &err) < 0) {
            log_warn("%s", err.message);
        }
    }
    if (path_remove_tree(secrets, &err) < 0)
        log_warn("%s", err.message);
}
