/* Small files, one a layer; written whole, not synced. */
#include "image/registry/known.h"

#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "image/registry/manifest.h"

#include <pthread.h>
#include <string.h>

enum { KEPT = 50 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static char *path_of(const char *data_root, const char *kind, const char *digest)
{
    return str_format("%s/image/overlay2/distribution/%s/sha256/%s", data_root, kind, digest + strlen("sha256:"));
}

static void keep(const char *path, const char *text)
{
    struct error err = ERROR_INIT;
    cleanup_free char *directory = xstrndup(path, (size_t)(strrchr(path, '/') - path));
    if (path_make_dirs(directory, 0700, &err) < 0 || file_write_atomic(path, text, strlen(text), 0600, false, &err) < 0)
        log_warn("%s", err.message);
}

/* In the order of the file. */
static json_t *read_blobs(const char *path)
{
    json_t *list = path_exists(path) ? json_read_file(path, NULL) : NULL, *entry;
    json_t *good = json_array();
    size_t i;
    json_array_foreach(list, i, entry)
    {
        if (digest_usable(json_str(entry, "Digest", NULL)) && json_str(entry, "SourceRepository", NULL))
            json_array_append(good, entry);
    }
    json_decref(list);
    return good;
}

static bool same(const json_t *entry, const char *digest, const char *repository)
{
    return str_equal(json_str(entry, "Digest", ""), digest) && str_equal(json_str(entry, "SourceRepository", ""), repository);
}

void known_add(const char *data_root, const char *diff, const char *digest, const char *repository)
{
    if (!digest_usable(diff) || !digest_usable(digest))
        return;
    cleanup_free char *by_digest = path_of(data_root, "diffid-by-digest", digest);
    cleanup_free char *by_diff = path_of(data_root, "v2metadata-by-diffid", diff);
    pthread_mutex_lock(&lock);
    cleanup_json json_t *list = read_blobs(by_diff);
    for (size_t i = json_array_size(list); i-- > 0;)
        if (same(json_array_get(list, i), digest, repository))
            json_array_remove(list, i);
    json_array_append_new(list, json_pack("{s:s,s:s,s:s}", "Digest", digest, "SourceRepository", repository, "HMAC", ""));
    while (json_array_size(list) > KEPT)
        json_array_remove(list, 0);
    cleanup_free char *text = json_text(list);
    keep(by_diff, text);
    keep(by_digest, diff);
    pthread_mutex_unlock(&lock);
}

json_t *known_blobs(const char *data_root, const char *diff)
{
    json_t *newest = json_array(), *entry;
    size_t i;
    if (!digest_usable(diff))
        return newest;
    cleanup_free char *path = path_of(data_root, "v2metadata-by-diffid", diff);
    pthread_mutex_lock(&lock);
    cleanup_json json_t *list = read_blobs(path);
    pthread_mutex_unlock(&lock);
    json_array_foreach(list, i, entry) json_array_insert(newest, 0, entry);
    return newest;
}
