/* Opening and closing the engine: its directories, stores, network, the recovery of what is there, the shipped images. */
#include "daemon/engine.h"
#include "daemon/build_host.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/events.h"
#include "daemon/instance.h"
#include "daemon/janitor.h"
#include "daemon/lifecycle.h"
#include "daemon/netns_name.h"
#include "daemon/recover.h"
#include "daemon/sandbox.h"
#include "daemon/sandbox_host.h"
#include "daemon/settings.h"
#include "daemon/shipped.h"
#include "daemon/steps.h"
#include "kernel/cgroup/cgroup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DRAIN_MS = 3000 };

int engine_thread(void *(*work)(void *), void *data, struct error *err)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, THREAD_STACK);
    int rc = pthread_create(&thread, &attributes, work, data);
    pthread_attr_destroy(&attributes);
    return rc ? error_errno(err, rc, "starting a thread") : 0;
}

/* Several engines side by side must not share a cgroup: only the one with the default roots has the plain name. */
static char *cgroup_parent(const char *exec_root)
{
    char digest[DIGEST_TEXT];
    if (str_equal(exec_root, "/run/slipway"))
        return xstrdup("/slipway");
    digest_bytes(exec_root, strlen(exec_root), digest);
    return str_format("/slipway-%.8s", digest + strlen("sha256:"));
}

/* As dockerd's: twelve groups of four characters of base 32, kept in the data root. */
static char *engine_id(const char *data_root)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    cleanup_free char *path = path_join(data_root, "engine-id"), *known = file_read(path, NULL, NULL);
    if (known && strlen(str_trim(known)) == 59)
        return xstrdup(str_trim(known));
    struct buf id = BUF_INIT;
    unsigned char random[48];
    random_bytes(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++) {
        if (i && i % 4 == 0)
            buf_putc(&id, ':');
        buf_putc(&id, alphabet[random[i] % 32]);
    }
    struct error err = ERROR_INIT;
    if (file_write_atomic(path, id.data, id.len, 0644, false, &err) < 0)
        log_warn("%s", err.message);
    return buf_take(&id);
}

static char *absolute(const char *path)
{
    if (*path == '/')
        return xstrdup(path);
    cleanup_free char *here = getcwd(NULL, 0);
    return path_join(here ? here : "/", path);
}

static int make_directories(struct engine *engine, struct error *err)
{
    const struct {
        const char *path;
        mode_t mode;
    } wanted[] = {{engine->data_root, 0711},
                  {engine->exec_root, 0711},
                  {engine->containers, 0711},
                  {engine->states, 0711},
                  {engine->cache, 0700}};
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        int rc = path_make_dirs(wanted[i].path, wanted[i].mode, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int open_parts(struct engine *engine, struct error *err)
{
    const struct engine_options *options = &engine->options;
    int rc = make_directories(engine, err);
    if (rc < 0)
        return rc;
    engine->id = engine_id(engine->data_root);
    engine->shim_program = exe_sibling("slipway-shim");
    if (str_empty(engine->shim_program))
        return error_set(err, ENOENT, "slipway-shim is not beside slipwayd in %s", exe_dir());
    engine->images = image_store_open(engine->data_root, err);
    if (!engine->images)
        return -err->code;
    cleanup_free char *kept = path_join(engine->data_root, "network");
    const struct networks_options network = {
        .bridge = options->bridge,
        .address = options->address,
        .mtu = (int)json_num(engine->settings, "mtu", 0),
        .userland_proxy = json_flag(engine->settings, "userland-proxy", true),
        .directory = kept,
        .no_iptables = !json_flag(engine->settings, "iptables", true),
        .no_forward = !json_flag(engine->settings, "ip-forward", true),
        .no_masquerade = !json_flag(engine->settings, "ip-masq", true),
        .no_icc = !json_flag(engine->settings, "icc", true),
        .ip6tables = json_flag(engine->settings, "ip6tables", false),
        .subnet6 = json_flag(engine->settings, "ipv6", false) ? json_str(engine->settings, "fixed-cidr-v6", "") : NULL,
        .pools = json_object_get(engine->settings, "default-address-pools")};
    engine->networks = networks_open(&network, NULL, err);
    if (!engine->networks)
        return -err->code;
    engine->network = networks_find(engine->networks, "bridge", err);
    return 0;
}

struct engine *engine_open(const struct engine_options *options, struct error *err)
{
    struct engine *engine = xcalloc(1, sizeof *engine);
    engine->options = *options;
    engine->data_root = absolute(options->data_root);
    engine->exec_root = absolute(options->exec_root);
    engine->containers = path_join(engine->data_root, "containers");
    engine->states = path_join(engine->exec_root, "containers");
    engine->cache = path_join(engine->data_root, "seccomp");
    engine->cgroup_parent = cgroup_parent(engine->exec_root);
    engine->started_ns = clock_wall_ns();
    engine->settings = options->settings ? json_incref(options->settings) : settings_defaults();
    engine->changed = BELL_INIT;
    pthread_mutex_init(&engine->lock, NULL);
    pthread_cond_init(&engine->shim_idle, NULL);
    pthread_cond_init(&engine->released, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&engine->health_due, &monotonic);
    pthread_condattr_destroy(&monotonic);
    engine->steps = step_ring_new();
    engine->events = event_log_new();
    if (open_parts(engine, err) < 0)
        return NULL; /* the program ends with this; nothing was started */
    engine->janitor = janitor_new(engine);
    recover(engine);
    sandbox_sweep(engine);
    sandbox_host_start(engine);
    netns_names_settle(engine);
    if (!engine_setting_true(engine, "live-restore"))
        containers_shut_down(engine); /* as dockerd: what a daemon that crashed left running is not taken over */
    builds_sweep(engine);
    recover_restart(engine);
    shipped_load(engine);
    return engine;
}

void engine_wait_images(struct engine *engine)
{
    int bell = bell_join(&engine->changed);
    while (!atomic_load(&engine->images_ready))
        bell_wait(bell, -1, -1);
    bell_leave(&engine->changed, &bell);
}

/* The group above the containers' own, once nobody is in it. */
static void remove_cgroup_parent(struct engine *engine)
{
    size_t count, running = 0;
    struct instance **all = table_all(engine, &count);
    for (size_t i = 0; i < count; i++)
        running += all[i]->shim != NULL;
    table_all_free(all, count);
    struct cgroup parent;
    struct error err = ERROR_INIT;
    if (running || cgroup_open(engine->cgroup_parent, &parent, &err) < 0)
        return;
    cgroup_remove(NULL, &parent, &err);
    cgroup_close(&parent);
}

void engine_close(struct engine *engine)
{
    atomic_store(&engine->stopping, true);
    if (!engine_setting_true(engine, "live-restore"))
        containers_shut_down(engine);
    if (!janitor_drain(engine, DRAIN_MS))
        log_warn("some removals are finished at the next start");
    remove_cgroup_parent(engine);
    /* Threads that follow a container may still release its address or its layer, so network and image store stay as they are
     * until the process ends: nothing of them needs a farewell, a start finds all on disk and in the kernel. */
}
