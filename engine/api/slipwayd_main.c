/* slipwayd: the engine as a program. Reads its configuration, opens the engine, listens, and waits for signals. Containers need not
 * end with it: each has a shim of its own, and the next slipwayd takes them up again. */
#include "api/listen.h"
#include "api/look.h"
#include "api/metrics.h"
#include "api/rootless.h"
#include "api/server.h"
#include "api/slipwayd_flags.h"

#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/tls.h"
#include "daemon/configuration.h"
#include "daemon/engine.h"
#include "daemon/logging.h"
#include "daemon/settings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static int fail(const char *what, const struct error *err)
{
    fprintf(stderr, "%s: %s\n", what, err->message);
    return 1;
}

static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* Many short-lived threads must not each keep an arena: the daemon's memory is part of what it promises. */
static void limit_memory(void)
{
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_TRIM_THRESHOLD, 256 * 1024);
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
}

/* Brings "hosts" into its full form. */
static int complete_hosts(const struct configuration *configuration, json_t *settings, struct error *err)
{
    bool tls = json_flag(settings, "tls", false);
    json_t *hosts = json_object_get(settings, "hosts"), *full = json_array(), *host;
    size_t i;
    json_array_foreach(hosts, i, host)
    {
        struct error why = ERROR_INIT;
        const char *text = json_string_value(host);
        cleanup_free char *address = listen_canonical(text, tls, &why);
        if (address) {
            json_array_append_new(full, json_string(address));
            continue;
        }
        json_decref(full);
        if (json_object_get(configuration->flags, "hosts"))
            return error_set(err, EINVAL, "invalid argument \"%s\" for \"-H, --host\" flag: %s\nSee 'slipwayd --help'.", text,
                             why.message);
        return error_set(err, EINVAL, "unable to configure the Docker daemon with file %s: %s", configuration->file, why.message);
    }
    if (!json_array_size(full))
        json_array_append_new(full, json_string("unix:///run/slipway.sock"));
    json_object_set_new(settings, "hosts", full);
    return 0;
}

/* The bridge's address: --bip, or the first network of the first pool, or the default. */
static char *bridge_address(const json_t *settings)
{
    const char *bip = json_str(settings, "bip", "");
    const json_t *pool = json_array_get(json_object_get(settings, "default-address-pools"), 0);
    cleanup_free char *base = xstrdup(json_str(pool, "base", ""));
    base[strcspn(base, "/")] = '\0';
    struct in_addr address;
    if (*bip || inet_pton(AF_INET, base, &address) != 1)
        return xstrdup(str_or(bip, "172.18.0.1/16"));
    long long size = json_num(pool, "size", 24);
    address.s_addr = htonl((ntohl(address.s_addr) & ~(0xffffffffu >> size)) + 1);
    char text[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address, text, sizeof text);
    return str_format("%s/%lld", text, size);
}

/* Certificates that were not named are those of ~/.docker or $DOCKER_CERT_PATH, where they are there. */
static char *certificate(const json_t *settings, const char *key, const char *name)
{
    const char *given = json_str(settings, key, ""), *home = getenv("HOME"), *directory = getenv("DOCKER_CERT_PATH");
    if (*given)
        return xstrdup(given);
    cleanup_free char *own = str_format("%s/.docker", str_or(home, "/root"));
    char *path = path_join(str_or(directory, own), name);
    if (path_exists(path) || str_equal(key, "tlscacert"))
        return path;
    free(path);
    return xstrdup("");
}

/* 0 and no context when TLS was not asked for. */
static int open_tls(const json_t *settings, struct tls_context **context, struct error *err)
{
    *context = NULL;
    if (!json_flag(settings, "tls", false))
        return 0;
    cleanup_free char *ca = certificate(settings, "tlscacert", "ca.pem"), *cert = certificate(settings, "tlscert", "cert.pem"),
                      *key = certificate(settings, "tlskey", "key.pem");
    const struct tls_files files = {ca, cert, key};
    *context = tls_context_new(TLS_SERVER, &files, json_flag(settings, "tlsverify", false), err);
    return *context ? 0 : -err->code;
}

static void warn_of(const char *address, bool verified)
{
    if (str_starts(address, "fd://"))
        return;
    if (!verified)
        log_warn_of(
            "host", address,
            "Binding to IP address without --tlsverify is insecure and gives root access on this machine to everyone who has "
            "access to your network.");
    if (!verified &&
        (str_starts(address, "tcp://127.") || str_starts(address, "tcp://localhost") || str_starts(address, "tcp://[::1]")))
        log_warn_of(
            "host", address,
            "Binding to an IP address, even on localhost, can also give access to scripts run in a browser. Be safe out there!");
}

static int open_listeners(const json_t *settings, struct listeners *listeners, struct error *err)
{
    size_t i;
    json_t *host;
    json_array_foreach(json_object_get(settings, "hosts"), i, host)
    {
        const char *address = json_string_value(host);
        int rc = listen_open(listeners, address, json_str(settings, "group", ""), err);
        if (rc < 0)
            return rc;
        if (!str_starts(address, "unix://"))
            warn_of(address, json_flag(settings, "tlsverify", false));
    }
    return 0;
}

static int offer(struct engine *engine, const struct listeners *listeners, struct tls_context *tls, struct error *err)
{
    for (size_t i = 0; i < listeners->count; i++) {
        const struct listener *listener = &listeners->list[i];
        int rc = server_start(engine, listener->fd, listener->tcp ? tls : NULL, err);
        if (rc < 0)
            return rc;
        log_info("API listen on %s", listener->address);
    }
    return 0;
}

static int offer_metrics(struct engine *engine, const json_t *settings, struct listeners *listeners, struct error *err)
{
    const char *where = json_str(settings, "metrics-addr", "");
    if (!*where)
        return 0;
    cleanup_free char *address = str_format("tcp://%s", where);
    int rc = listen_open(listeners, address, "", err);
    if (rc == 0)
        rc = metrics_start(engine, listeners->list[listeners->count - 1].fd, err);
    if (rc == 0)
        log_info("metrics API listening on %s", where);
    return rc;
}

static int write_pidfile(const char *path, struct error *err)
{
    if (!*path)
        return 0;
    cleanup_free char *known = file_read(path, NULL, NULL);
    long long pid;
    if (known && str_to_int(str_trim(known), &pid) && pid > 0 && pid != getpid() && kill((pid_t)pid, 0) == 0)
        return error_set(err, EEXIST, "pid file found, ensure slipwayd is not running or delete %s", path);
    cleanup_free char *text = str_format("%d\n", (int)getpid());
    return file_write_atomic(path, text, strlen(text), 0644, false, err);
}

/* SIGHUP reloads; SIGTERM and SIGINT end. */
static void obey_signals(const sigset_t *signals, const struct configuration *configuration, struct engine *engine)
{
    int taken = 0;
    while (sigwait(signals, &taken) != 0 || taken == SIGHUP)
        if (taken == SIGHUP) {
            configuration_reload(configuration, engine);
            networks_repair(engine->networks);
        }
}

static int serve(const struct configuration *configuration, json_t *settings)
{
    struct error err = ERROR_INIT;
    struct listeners listeners = {0};
    struct tls_context *tls;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before any thread: all inherit it */
    signal(SIGPIPE, SIG_IGN);
    log_info("Starting up");
    if (open_tls(settings, &tls, &err) < 0)
        return fail("failed to create API server", &err);
    const char *pidfile = json_str(settings, "pidfile", "");
    if (open_listeners(settings, &listeners, &err) < 0) {
        listen_close(&listeners);
        return fail("failed to load listeners", &err);
    }
    cleanup_free char *address = bridge_address(settings);
    const struct engine_options options = {.data_root = json_str(settings, "data-root", ""),
                                           .exec_root = json_str(settings, "exec-root", ""),
                                           .bridge = json_str(settings, "bridge", ""),
                                           .address = address,
                                           .settings = settings};
    bool good = log_options_check(json_str(settings, "log-driver", ""), json_object_get(settings, "log-opts"), &err) == 0;
    struct engine *engine = good && write_pidfile(pidfile, &err) == 0 ? engine_open(&options, &err) : NULL;
    size_t count = listeners.count;
    if (!engine || offer_metrics(engine, settings, &listeners, &err) < 0 ||
        offer(engine, &(struct listeners){listeners.list, count}, tls, &err) < 0) {
        listen_close(&listeners);
        return fail("failed to start daemon", &err);
    }
    log_info("Daemon has completed initialization");
    obey_signals(&signals, configuration, engine);
    log_info("Processing signal 'terminated'");
    listen_close(&listeners);
    engine_close(engine);
    if (*pidfile)
        unlink(pidfile);
    /* Threads that serve streams are still there; they end with the process. */
    fflush(NULL);
    _exit(0);
}

int main(int argc, char **argv)
{
    if (argc > 1 && str_equal(argv[1], "--look"))
        return look_main(argc - 2, argv + 2);
    struct daemon_flags flags = {0};
    struct error err = ERROR_INIT;
    int rc = daemon_flags_parse(argc, argv, &flags, &err);
    cleanup_json json_t *given = flags.given, *settings = NULL;
    if (rc < 0) {
        if (err.code == ECANCELED)
            return 0;
        fprintf(stderr, "%s\nSee 'slipwayd --help'.\n", err.message);
        return 125;
    }
    if (flags.version) {
        puts("Slipway version " SLIPWAY_VERSION);
        return 0;
    }
    if (flags.rootless && rootless_enter(given, &err) < 0)
        return fail("failed to start daemon", &err);
    const struct configuration configuration = {
        .flags = given, .file = str_or(flags.config_file, "/etc/slipway/daemon.json"), .file_required = flags.config_file != NULL};
    settings = configuration_load(&configuration, &err);
    if (!settings || complete_hosts(&configuration, settings, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        return settings && json_object_get(given, "hosts") ? 125 : 1;
    }
    if (flags.validate) {
        puts("configuration OK");
        return 0;
    }
    if (geteuid() != 0) {
        error_set(&err, EPERM, "slipwayd needs to be run as root, or with --rootless");
        return fail("failed to start daemon", &err);
    }
    limit_memory();
    raise_file_limit();
    log_level(json_flag(settings, "debug", false) ? "debug" : json_str(settings, "log-level", "info"));
    return serve(&configuration, settings);
}
