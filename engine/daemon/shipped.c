/* Importing the shipped images on first start, without holding up the socket. */
#include "daemon/shipped.h"

#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/events.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *file, *reference;
    const char *changes[6]; /* Dockerfile instructions; ends with NULL */
} shipped[] = {
    {"busybox.tar", "busybox:latest", {"CMD [\"sh\"]"}},
    {"lab.tar", "slipway/lab:latest", {"CMD [\"bash\"]"}},
    {"registry.tar",
     "registry:2",
     {"ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "EXPOSE 5000/tcp", "VOLUME /var/lib/registry",
      "ENTRYPOINT [\"/entrypoint.sh\"]", "CMD [\"/etc/docker/registry/config.yml\"]"}},
};

/* Size and time of a file as text: cheap, and different for another build. */
static char *stamp(const char *path)
{
    struct stat status;
    if (stat(path, &status) < 0)
        return NULL;
    return str_format("%lld %lld.%09ld", (long long)status.st_size, (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

static bool import(struct engine *engine, const char *path, const char *reference, const char *const *instructions)
{
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    cleanup_strv char **changes = NULL;
    for (; *instructions; instructions++)
        strv_add(&changes, *instructions);
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || image_import(engine->images, fd, reference, changes, "Shipped with slipway", path, id, &err) < 0) {
        log_error("importing %s: %s", path, err.message);
        return false;
    }
    log_info("imported %s as %s", path, reference);
    event_emit(engine, "image", "import", id, json_pack("{s:s}", "name", reference));
    return true;
}

static void *load(void *data)
{
    struct engine *engine = data;
    cleanup_free char *directory = content_dir("images"), *note = path_join(engine->data_root, "shipped-images.json");
    cleanup_json json_t *known = path_exists(note) ? json_read_file(note, NULL) : NULL;
    if (!known)
        known = json_object();
    bool changed = false;
    for (size_t i = 0; i < ARRAY_LEN(shipped); i++) {
        cleanup_free char *path = path_join(directory, shipped[i].file), *now = stamp(path);
        const char *before = json_string_value(json_object_get(known, shipped[i].reference));
        if (!now || str_equal(before, now) || !import(engine, path, shipped[i].reference, shipped[i].changes))
            continue;
        json_object_set_new(known, shipped[i].reference, json_string(now));
        changed = true;
    }
    struct error err = ERROR_INIT;
    if (changed && json_write_file(note, known, 0644, false, &err) < 0)
        log_warn("%s", err.message);
    atomic_store(&engine->images_ready, true);
    bell_ring(&engine->changed);
    return NULL;
}

void shipped_load(struct engine *engine)
{
    struct error err = ERROR_INIT;
    if (engine_thread(load, engine, &err) == 0)
        return;
    log_error("%s", err.message);
    atomic_store(&engine->images_ready, true);
}
