/* Making and describing lab sandboxes; see sandbox.h. The recipe for the machine itself is carried out by the runtime under the
 * annotation org.slipway.sandbox; here is what it is made of. */
#include "daemon/sandbox.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/config.h"
#include "daemon/disk.h"
#include "daemon/instance.h"
#include "daemon/janitor.h"
#include "daemon/lifecycle.h"
#include "daemon/sandbox_abilities.h"
#include "daemon/sandbox_disk.h"
#include "daemon/sandbox_engine.h"
#include "daemon/sandbox_lan.h"
#include "daemon/sysinfo.h"
#include "kernel/namespaces.h"
#include "runtime/defaults.h"
#include "shim/machine_init.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ID_FIRST = 0x10000000, ID_COUNT = 65536, ID_RANGES = 4096 };
enum { DISK_BYTES = 512 << 20, DISK_LEAST = 16 << 20, DISK_INODES = 64 << 10, INODES_LEAST = 1024 };
enum { FILES_MOST = 16384, IO_BYTES = 64 << 20, IO_LEAST = 64 << 10 };
enum { READY_PAUSE_US = 500 };
static const int64_t READY_NS = 20000000000;

/* The lowest range that no sandbox has; checked again when the instance is in the table, under `making`. */
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

static int free_range(struct engine *engine, uint32_t *base, struct error *err)
{
    size_t count;
    *base = 0;
    if (namespace_confined()) /* without privilege: one learner, whose machines have the same ids */
        return 0;
    struct instance **all = table_all(engine, &count);
    bool *used = xcalloc(ID_RANGES, sizeof *used);
    for (size_t i = 0; i < count; i++)
        if (all[i]->sandbox && all[i]->sandbox->id_base >= ID_FIRST)
            used[(all[i]->sandbox->id_base - ID_FIRST) / ID_COUNT] = true;
    table_all_free(all, count);
    uint32_t range = 0;
    while (range < ID_RANGES && used[range])
        range++;
    free(used);
    if (range == ID_RANGES)
        return error_set(err, EBUSY, "no user id range is left for another sandbox");
    *base = ID_FIRST + range * ID_COUNT;
    return 0;
}

static bool slug_valid(const char *slug)
{
    size_t len = strlen(slug);
    if (len == 0 || len > 64 || !isalnum((unsigned char)*slug))
        return false;
    for (; *slug; slug++)
        if (!isalnum((unsigned char)*slug) && *slug != '-' && *slug != '_')
            return false;
    return true;
}

static json_t *host_config_for(const json_t *request, bool leased)
{
    double cpus = json_number_value(json_object_get(request, "cpus"));
    json_t *host = json_object();
    json_object_set_new(host, "NetworkMode", json_string("none"));
    json_object_set_new(host, "AutoRemove", json_true());
    /* Without privilege the groups of the host are not ours: the machine has the limits of its learner, and the abilities say so.
     */
    const struct sysinfo_facts *facts = sysinfo_facts();
    bool limited = !namespace_confined();
    if (limited || facts->memory)
        json_object_set_new(host, "Memory", json_integer(json_num(request, "memory", 256 << 20)));
    if (limited || facts->pids)
        json_object_set_new(host, "PidsLimit", json_integer(json_num(request, "pids", 256)));
    if (limited || facts->cpu_cfs)
        json_object_set_new(host, "NanoCpus", json_integer((json_int_t)((cpus > 0 ? cpus : 1.0) * 1e9)));
    json_object_set_new(host, "Ulimits",
                        json_pack("[{s:s, s:i, s:i}, {s:s, s:i, s:i}]", "Name", "nofile", "Soft", 1024, "Hard", FILES_MOST, "Name",
                                  "core", "Soft", 0, "Hard", 0));
    json_object_set_new(host, "LogConfig", json_pack("{s:s}", "Type", "none"));
    json_object_set_new(host, "SlipwayLeased", json_boolean(leased));
    return host;
}

/* The whole engine's checks apply to the limits that were asked for. */
static int fill(struct engine *engine, struct instance *instance, const json_t *request, bool leased, struct error *err)
{
    const char *hostname = str_or(instance->sandbox->host, "lab");
    const char *image = json_str(request, "image", "slipway/lab:latest");
    char image_id[DIGEST_TEXT];
    cleanup_json json_t *image_config = NULL, *wanted = host_config_for(request, leased);
    int rc = image_find(engine->images, image, image_id, &image_config, err);
    if (rc == -ENOENT && !atomic_load(&engine->images_ready)) {
        engine_wait_images(engine);
        *err = ERROR_INIT;
        rc = image_find(engine->images, image, image_id, &image_config, err);
    }
    if (rc < 0)
        return rc;
    instance->image_id = xstrdup(image_id);
    instance->image = xstrdup(image);
    instance->mounts = json_object();
    instance->host_config = host_config_complete(wanted, err);
    if (!instance->host_config || resources_check(instance->host_config, err) < 0)
        return -err->code;
    if (leased)
        json_object_set_new(instance->host_config, "SlipwayLeased", json_true());
    cleanup_json json_t *given =
        json_pack("{s:s, s:s, s:s, s:[s, s], s:[s, s, s]}", "Hostname", hostname, "Image", image, "WorkingDir", "/root", "Cmd",
                  "sleep", "infinity", "Env", "HOME=/root", "TERM=xterm-256color", "LANG=C.UTF-8"); /* what an exec inherits */
    cleanup_json json_t *no_image = json_object();
    instance->config = config_complete(given, no_image, err);
    if (!instance->config)
        return -err->code;
    const char *path;
    config_command(instance->config, &path, &instance->args);
    instance->path = xstrdup(path);
    instance->created_ns = clock_wall_ns();
    return 0;
}

/* Without privilege the program may be the learner's own file: the machine's first process runs from a copy. */
static int copy_init(struct instance *instance, struct error *err)
{
    size_t len;
    cleanup_free char *program = file_read(instance->engine->shim_program, &len, err), *path = sandbox_init_path(instance);
    return program ? file_write(path, program, len, 0755, err) : -err->code;
}

char *sandbox_init_path(const struct instance *instance)
{
    return namespace_confined() ? path_join(instance->directory, "docker-init") : xstrdup(instance->engine->shim_program);
}

static int make_files(struct instance *instance, const json_t *request, struct error *err)
{
    struct rootfs rootfs = {0};
    if (mkdir(instance->directory, 0711) < 0)
        return error_errno(err, errno, "mkdir %s", instance->directory);
    int rc = rootfs_create(instance->engine->images, instance->id, instance->image_id, &rootfs, err);
    rootfs_clear(&rootfs);
    if (rc == 0 && namespace_confined())
        rc = copy_init(instance, err);
    if (rc == 0 && instance->sandbox->engine)
        rc = sandbox_engine_hold(instance, err);
    if (rc == 0)
        rc = sandbox_disk_make(instance, json_num(request, "disk", DISK_BYTES), json_num(request, "inodes", DISK_INODES), err);
    if (rc == 0)
        rc = disk_save(instance, false, err);
    return rc;
}

static int enter(struct engine *engine, struct instance *instance, const char *name, struct error *err)
{
    pthread_mutex_lock(&making);
    int rc = free_range(engine, &instance->sandbox->id_base, err);
    if (rc == 0)
        rc = table_add(instance, name, err);
    pthread_mutex_unlock(&making);
    return rc;
}

static int check(const json_t *request, struct error *err)
{
    if (!slug_valid(json_str(request, "lab", "")))
        return error_set(err, EINVAL, "\"lab\" must be a lab's name: letters, digits, '-' and '_'");
    if (json_num(request, "disk", DISK_BYTES) < DISK_LEAST || json_num(request, "inodes", DISK_INODES) < INODES_LEAST)
        return error_set(err, EINVAL, "a sandbox needs a \"disk\" of at least %d bytes and %d \"inodes\"", DISK_LEAST,
                         INODES_LEAST);
    if (json_num(request, "io", IO_BYTES) < IO_LEAST)
        return error_set(err, EINVAL, "\"io\" is bytes a second, at least %d", IO_LEAST);
    return sandbox_lan_check(json_object_get(request, "hosts"), err);
}

static struct sandbox *describe_machine(const json_t *request, uid_t owner, const struct instance *main, const char *host)
{
    struct sandbox *sandbox = xcalloc(1, sizeof *sandbox);
    sandbox->lab = xstrdup(json_str(request, "lab", ""));
    sandbox->owner = owner;
    sandbox->engine = json_flag(request, "engine", false);
    sandbox->io = json_num(request, "io", IO_BYTES);
    sandbox->names = sandbox_lan_names(json_object_get(request, "hosts"));
    sandbox->host = host ? xstrdup(host) : NULL;
    sandbox->main = main ? xstrdup(main->id) : NULL;
    return sandbox;
}

/* The start is over when the machine's init says that it has prepared everything; a thousandth of a second, mostly. */
static int await_ready(struct instance *instance, struct error *err)
{
    char path[48], name[32];
    struct state state = instance_state(instance);
    snprintf(path, sizeof path, "/proc/%d/comm", (int)state.pid);
    state_clear(&state);
    for (int64_t until = clock_mono_ns() + READY_NS; clock_mono_ns() < until; usleep(READY_PAUSE_US)) {
        cleanup_free char *text = file_read(path, NULL, NULL);
        snprintf(name, sizeof name, "%s", text ? str_trim(text) : "");
        if (!text || str_equal(name, MACHINE_READY)) /* one that has ended already is told of by whoever uses it */
            return 0;
    }
    return error_set(err, ETIMEDOUT, "lab machine %s: its first process (%s) did not get ready within %d s", instance->id, name,
                     (int)(READY_NS / 1000000000));
}

/* One machine; `host` and `main` are NULL for the main one. */
static int make_machine(struct engine *engine, const json_t *request, uid_t owner, bool leased, struct instance *main,
                        const char *host, struct instance **out, struct error *err)
{
    char id[ID_TEXT];
    id_generate(id);
    struct instance *instance = instance_new(engine, id);
    instance->sandbox = describe_machine(request, owner, main, host);
    cleanup_free char *name =
        str_format("lab-%s-%u%s%s", instance->sandbox->lab, (unsigned)owner, host ? "-" : "", host ? host : "");
    int rc = fill(engine, instance, request, leased, err);
    pthread_mutex_lock(&instance->op);
    if (rc == 0)
        rc = enter(engine, instance, name, err);
    bool entered = rc == 0;
    if (rc == 0)
        rc = make_files(instance, request, err);
    if (rc == 0)
        rc = container_start_locked(instance, err);
    pthread_mutex_unlock(&instance->op);
    if (rc == 0 && (rc = await_ready(instance, err)) < 0) {
        struct error ignored = ERROR_INIT;
        container_remove(instance, true, true, &ignored);
    }
    if (rc == 0) {
        *out = instance;
        return 0;
    }
    if (entered && !instance->removed) { /* a failed start has removed it already */
        table_remove(instance);
        janitor_clear_now(engine, instance->id);
    }
    instance_unref(instance);
    return rc;
}

static int make_hosts(struct instance *main, const json_t *request, uid_t owner, bool leased, struct error *err)
{
    size_t i;
    json_t *host;
    json_array_foreach(json_object_get(request, "hosts"), i, host)
    {
        struct instance *peer = NULL;
        int rc = make_machine(main->engine, request, owner, leased, main, json_string_value(host), &peer, err);
        if (rc == 0)
            rc = sandbox_lan_join(main, peer, i, err);
        instance_unref(peer);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int sandbox_create(struct engine *engine, const json_t *request, uid_t owner, bool leased, struct instance **out, struct error *err)
{
    struct instance *main = NULL;
    int rc = check(request, err);
    if (rc == 0)
        rc = sandbox_able(engine, json_str(request, "lab", ""), json_object_get(request, "needs"), err);
    if (rc == 0)
        rc = make_machine(engine, request, owner, leased, NULL, NULL, &main, err);
    if (rc < 0)
        return rc;
    rc = make_hosts(main, request, owner, leased, err);
    if (rc == 0) {
        *out = main;
        return 0;
    }
    struct error ignored = ERROR_INIT;
    sandbox_remove(main, &ignored);
    instance_unref(main);
    return rc;
}

/* The other machines of a main one. */
static void remove_peers(struct instance *main)
{
    size_t count;
    struct instance **all = table_all(main->engine, &count);
    for (size_t i = 0; i < count; i++) {
        struct error err = ERROR_INIT;
        if (!all[i]->sandbox || !all[i]->sandbox->main || !str_equal(all[i]->sandbox->main, main->id))
            continue;
        int rc = container_remove(all[i], true, true, &err);
        if (rc < 0 && rc != -EBUSY)
            log_warn("removing the machine %s of %.12s: %s", all[i]->sandbox->host, main->id, err.message);
    }
    table_all_free(all, count);
}

int sandbox_remove(struct instance *instance, struct error *err)
{
    remove_peers(instance);
    return container_remove(instance, true, true, err);
}

static void *clear_up(void *data)
{
    struct instance *main = data;
    remove_peers(main);
    instance_unref(main);
    return NULL;
}

void sandbox_ended(struct instance *instance)
{
    struct error err = ERROR_INIT;
    if (!instance->sandbox || instance->sandbox->main)
        return;
    if (engine_thread(clear_up, instance_ref(instance), &err) < 0)
        instance_unref(instance);
}

/* Whether it is one; with `claim` it is none any more. */
static bool is_orphan(struct instance *instance, bool claim)
{
    struct sandbox *sandbox = instance->sandbox;
    pthread_mutex_lock(&instance->engine->lock);
    bool orphan = sandbox && !sandbox->main && sandbox->orphaned && !instance->removed;
    if (orphan && claim)
        sandbox->orphaned = false;
    pthread_mutex_unlock(&instance->engine->lock);
    return orphan;
}

int sandbox_claim(struct instance *instance, struct error *err)
{
    return is_orphan(instance, true) ? 0
                                     : error_set(err, EBUSY, "sandbox %.12s waits for no connection to belong to", instance->id);
}

/* Those that had been leased wait for whoever held them to come back. */
static void *remove_orphan(void *data)
{
    enum { CLAIM_SECONDS = 10 };
    struct instance *instance = data;
    struct error err = ERROR_INIT;
    int bell = bell_join(&instance->bell);
    for (int64_t until = clock_mono_ns() + CLAIM_SECONDS * 1000000000ll; clock_mono_ns() < until && is_orphan(instance, false);)
        bell_wait(bell, -1, 1000);
    bell_leave(&instance->bell, &bell);
    if (is_orphan(instance, false) && sandbox_remove(instance, &err) < 0 && err.code != EBUSY)
        log_warn("%s", err.message);
    instance_unref(instance);
    return NULL;
}

void sandbox_sweep(struct engine *engine)
{
    size_t count;
    struct instance **all = table_all(engine, &count);
    for (size_t i = 0; i < count; i++) {
        struct error err = ERROR_INIT;
        if (is_orphan(all[i], false) && engine_thread(remove_orphan, instance_ref(all[i]), &err) < 0)
            remove_orphan(all[i]);
        if (!all[i]->sandbox || !all[i]->sandbox->main)
            continue;
        struct instance *main = table_find(engine, all[i]->sandbox->main, &err);
        if (!main && container_remove(all[i], true, true, &err) < 0)
            log_warn("%s", err.message);
        instance_unref(main);
    }
    table_all_free(all, count);
}

static json_t *describe_hosts(const struct instance *main)
{
    size_t count;
    struct instance **all = table_all(main->engine, &count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        if (all[i]->sandbox && all[i]->sandbox->main && str_equal(all[i]->sandbox->main, main->id))
            json_array_append_new(list, json_pack("{s:s, s:s}", "name", all[i]->sandbox->host, "Id", all[i]->id));
    table_all_free(all, count);
    return list;
}

json_t *sandbox_describe(struct instance *instance)
{
    struct state state = instance_state(instance);
    char created[CLOCK_TEXT];
    clock_rfc3339(instance->created_ns, created);
    cleanup_free char *name = instance_name(instance);
    json_t *doc = json_pack("{s:s, s:s, s:s, s:I, s:i, s:s, s:b}", "Id", instance->id, "Name", name, "lab", instance->sandbox->lab,
                            "uid", (json_int_t)instance->sandbox->owner, "pid", (int)state.pid, "created", created, "engine",
                            instance->sandbox->engine);
    if (instance->sandbox->main) {
        json_object_set_new(doc, "host", json_string(instance->sandbox->host));
        json_object_set_new(doc, "main", json_string(instance->sandbox->main));
    } else {
        json_object_set_new(doc, "hosts", describe_hosts(instance));
    }
    state_clear(&state);
    return doc;
}

/* The namespace must belong to the sandbox's user namespace, or its root could not configure it: the runtime makes it. */
int sandbox_network(struct instance *instance, char **path, struct error *err)
{
    (void)instance;
    (void)err;
    *path = NULL;
    return 0;
}
