/* /_ping, /version, /info, /events: the engine about itself. */
#include "api/events.h"
#include "api/http.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "daemon/events.h"
#include "daemon/instance.h"
#include "daemon/logging.h"
#include "daemon/settings.h"
#include "kernel/namespaces.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

static enum MHD_Result ping(struct request *request)
{
    return reply_text(request, 200, "text/plain; charset=utf-8", str_equal(request->method, "HEAD") ? "" : "OK");
}

/* Our names for the architectures of uname(2), which are Go's. */
static const char *architecture(const struct utsname *host)
{
    static const struct {
        const char *machine, *name;
    } names[] = {{"x86_64", "amd64"}, {"aarch64", "arm64"},   {"armv7l", "arm"},
                 {"i686", "386"},     {"ppc64le", "ppc64le"}, {"s390x", "s390x"}};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_equal(names[i].machine, host->machine))
            return names[i].name;
    return host->machine;
}

/* When this file was compiled, as clients parse it. */
static const char *build_time(void)
{
    static char text[48];
    struct tm when = {0};
    if (!*text && strptime(__DATE__ " " __TIME__, "%b %d %Y %T", &when))
        strftime(text, sizeof text, "%FT%T.000000000+00:00", &when);
    return text;
}

/* Where a Go program names its compiler. */
#define COMPILER "C, gcc " __VERSION__

static enum MHD_Result version(struct request *request)
{
    struct utsname host;
    uname(&host);
    json_t *details =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "ApiVersion", SLIPWAY_API_VERSION, "Arch", architecture(&host),
                  "BuildTime", build_time(), "Experimental", "false", "GitCommit", "", "GoVersion", COMPILER, "KernelVersion",
                  host.release, "MinAPIVersion", SLIPWAY_API_VERSION_MIN, "Os", "linux");
    json_t *components =
        json_pack("[{s:s, s:s, s:o}, {s:s, s:s, s:{s:s}}, {s:s, s:s, s:{s:s}}]", "Name", "Engine", "Version", SLIPWAY_VERSION,
                  "Details", details, "Name", "slipway-oci", "Version", SLIPWAY_VERSION, "Details", "GitCommit", "", "Name",
                  "slipway-shim", "Version", SLIPWAY_VERSION, "Details", "GitCommit", "");
    json_t *doc = json_pack("{s:{s:s}, s:o}", "Platform", "Name", "Slipway", "Components", components);
    json_t *flat = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "Version", SLIPWAY_VERSION, "ApiVersion",
                             SLIPWAY_API_VERSION, "MinAPIVersion", SLIPWAY_API_VERSION_MIN, "GitCommit", "", "GoVersion", COMPILER,
                             "Os", "linux", "Arch", architecture(&host), "KernelVersion", host.release, "BuildTime", build_time());
    json_object_update(doc, flat);
    json_decref(flat);
    return reply_json(request, 200, doc);
}

static char *os_release(const char *key, const char *otherwise)
{
    cleanup_free char *text = file_read("/etc/os-release", NULL, NULL);
    cleanup_strv char **lines = str_split(text ? text : "", '\n');
    size_t len = strlen(key);
    for (size_t i = 0; lines[i]; i++) {
        if (!str_starts(lines[i], key) || lines[i][len] != '=')
            continue;
        char *value = lines[i] + len + 1;
        if (*value == '"')
            value++, value[strcspn(value, "\"")] = '\0';
        return xstrdup(value);
    }
    return xstrdup(otherwise);
}

static void put_counts(json_t *doc, struct engine *engine)
{
    int total = 0, running = 0, paused = 0;
    size_t count;
    struct instance **all = table_all(engine, &count);
    for (size_t i = 0; i < count; i++) {
        struct state state = instance_state(all[i]);
        total += !all[i]->sandbox;
        if (!all[i]->sandbox && state.paused)
            paused++;
        else if (!all[i]->sandbox && state.running)
            running++;
        state_clear(&state);
    }
    table_all_free(all, count);
    json_object_set_new(doc, "Containers", json_integer(total));
    json_object_set_new(doc, "ContainersRunning", json_integer(running));
    json_object_set_new(doc, "ContainersPaused", json_integer(paused));
    json_object_set_new(doc, "ContainersStopped", json_integer(total - running - paused));
    json_object_set_new(doc, "Images", json_integer(image_count(engine->images)));
}

static const char *filesystem_name(const char *path)
{
    static const struct {
        long magic;
        const char *name;
    } names[] = {{0xEF53, "extfs"},     {0x58465342, "xfs"},       {0x9123683E, "btrfs"},
                 {0x01021994, "tmpfs"}, {0x794c7630, "overlayfs"}, {0x2fc12fc1, "zfs"}};
    struct statfs status;
    if (statfs(path, &status) < 0)
        return "<unknown>";
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if ((long)status.f_type == names[i].magic)
            return names[i].name;
    return "<unknown>";
}

/* What the kernel offers: on version 1 by the files that would be written, on version 2 by the controllers that the root has. */
static void put_kernel(json_t *doc, bool v2)
{
    static const struct {
        const char *key, *v1, *v2;
    } features[] = {
        {"MemoryLimit", "memory/memory.limit_in_bytes", "memory"},
        {"SwapLimit", "memory/memory.memsw.limit_in_bytes", "memory"},
        {"CpuCfsPeriod", "cpu/cpu.cfs_period_us", "cpu"},
        {"CpuCfsQuota", "cpu/cpu.cfs_quota_us", "cpu"},
        {"CPUShares", "cpu/cpu.shares", "cpu"},
        {"CPUSet", "cpuset/cpuset.cpus", "cpuset"},
        {"PidsLimit", "pids", "pids"},
    };
    cleanup_free char *text = v2 ? file_read("/sys/fs/cgroup/cgroup.controllers", NULL, NULL) : NULL;
    cleanup_strv char **controllers = str_split(text ? str_trim(text) : "", ' ');
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        cleanup_free char *file = path_join("/sys/fs/cgroup", features[i].v1);
        json_object_set_new(doc, features[i].key, json_boolean(v2 ? strv_has(controllers, features[i].v2) : path_exists(file)));
    }
    cleanup_free char *forwarding = file_read("/proc/sys/net/ipv4/ip_forward", NULL, NULL);
    json_object_set_new(doc, "IPv4Forwarding", json_boolean(forwarding && *forwarding == '1'));
    json_object_set_new(doc, "BridgeNfIptables", json_boolean(path_exists("/proc/sys/net/bridge/bridge-nf-call-iptables")));
    json_object_set_new(doc, "BridgeNfIp6tables", json_boolean(path_exists("/proc/sys/net/bridge/bridge-nf-call-ip6tables")));
    json_object_set_new(doc, "OomKillDisable", json_boolean(!v2));
}

static int open_files(void)
{
    int count = 0;
    cleanup_dir DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        count++;
    return count > 3 ? count - 3 : 0;
}

static void put_host(json_t *doc, struct engine *engine, bool v2)
{
    struct utsname host;
    struct sysinfo memory;
    char now[CLOCK_TEXT];
    cleanup_free char *pretty = os_release("PRETTY_NAME", "Linux"), *version_id = os_release("VERSION_ID", "");
    uname(&host);
    sysinfo(&memory);
    clock_rfc3339(clock_wall_ns(), now);
    json_object_set_new(doc, "Debug", json_boolean(engine_setting_true(engine, "debug")));
    json_object_set_new(doc, "NFd", json_integer(open_files()));
    json_object_set_new(doc, "NGoroutines", json_integer(0));
    json_object_set_new(doc, "SystemTime", json_string(now));
    json_object_set_new(doc, "LoggingDriver", engine_setting(engine, "log-driver"));
    json_object_set_new(doc, "CgroupDriver", json_string("cgroupfs"));
    json_object_set_new(doc, "CgroupVersion", json_string(v2 ? "2" : "1"));
    json_object_set_new(doc, "NEventsListener", json_integer(event_followers(engine)));
    json_object_set_new(doc, "KernelVersion", json_string(host.release));
    json_object_set_new(doc, "OperatingSystem", json_string(pretty));
    json_object_set_new(doc, "OSVersion", json_string(version_id));
    json_object_set_new(doc, "OSType", json_string("linux"));
    json_object_set_new(doc, "Architecture", json_string(host.machine));
    json_object_set_new(doc, "NCPU", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
    json_object_set_new(doc, "MemTotal", json_integer((json_int_t)memory.totalram * memory.mem_unit));
    json_object_set_new(doc, "DockerRootDir", json_string(engine->data_root));
    json_object_set_new(doc, "Name", json_string(host.nodename));
}

/* Docker Hub, and what may be talked to without TLS: loopback always. */
static json_t *registries(const json_t *settings)
{
    json_t *cidrs = json_pack("[s]", "127.0.0.0/8"), *indexes = json_object(), *mirrors = json_array(), *entry;
    size_t i;
    json_array_foreach(json_object_get(settings, "registry-mirrors"), i, entry)
    {
        const char *mirror = json_string_value(entry);
        json_array_append_new(mirrors, json_sprintf("%s%s", mirror, str_ends(mirror, "/") ? "" : "/"));
    }
    json_array_foreach(json_object_get(settings, "insecure-registries"), i, entry)
    {
        const char *name = json_string_value(entry);
        if (strchr(name, '/'))
            json_array_append(cidrs, entry);
        else
            json_object_set_new(indexes, name,
                                json_pack("{s:s, s:[], s:b, s:b}", "Name", name, "Mirrors", "Secure", 0, "Official", 0));
    }
    json_object_set_new(indexes, "docker.io",
                        json_pack("{s:s, s:O, s:b, s:b}", "Name", "docker.io", "Mirrors", mirrors, "Secure", 1, "Official", 1));
    return json_pack("{s:[], s:[], s:o, s:o, s:o}", "AllowNondistributableArtifactsCIDRs",
                     "AllowNondistributableArtifactsHostnames", "InsecureRegistryCIDRs", cidrs, "IndexConfigs", indexes, "Mirrors",
                     mirrors);
}

static json_t *address_pools(const json_t *settings)
{
    json_t *out = json_array(), *pool;
    size_t i;
    json_array_foreach(json_object_get(settings, "default-address-pools"), i, pool) json_array_append_new(
        out, json_pack("{s:s, s:I}", "Base", json_str(pool, "base", ""), "Size", (json_int_t)json_num(pool, "size", 0)));
    return out;
}

/* Whom the API is open to; null when there is nothing to say. */
static json_t *warnings(const json_t *settings)
{
    static const char *const reason = "Access to the remote API is equivalent to root access on the host. Refer\n"
                                      "         to the 'Docker daemon attack surface' section in the documentation for\n"
                                      "         more information: https://docs.docker.com/go/attack-surface/";
    json_t *out = json_array(), *host;
    bool tls = json_flag(settings, "tls", false);
    size_t i;
    json_array_foreach(json_object_get(settings, "hosts"), i, host)
    {
        const char *address = json_string_value(host);
        if (!str_starts(address, "tcp://") || json_flag(settings, "tlsverify", false))
            continue;
        json_array_append_new(out,
                              json_sprintf("WARNING: API is accessible on %s://%s without %s.\n         %s", tls ? "https" : "http",
                                           address + strlen("tcp://"), tls ? "TLS client verification" : "encryption", reason));
    }
    if (json_array_size(out))
        return out;
    json_decref(out);
    return json_null();
}

static enum MHD_Result info(struct request *request)
{
    struct engine *engine = request->engine;
    cleanup_json json_t *settings = engine_settings(engine);
    bool v2 = path_exists("/sys/fs/cgroup/cgroup.controllers");
    json_t *doc = json_pack("{s:s}", "ID", engine->id);
    put_counts(doc, engine);
    json_object_set_new(doc, "Driver", json_string("overlay2"));
    json_object_set_new(doc, "DriverStatus",
                        json_pack("[[s, s], [s, s], [s, s], [s, s]]", "Backing Filesystem", filesystem_name(engine->data_root),
                                  "Supports d_type", "true", "Native Overlay Diff", "true", "userxattr",
                                  namespace_confined() ? "true" : "false"));
    json_object_set_new(doc, "Plugins",
                        json_pack("{s:[s], s:[s, s, s], s:n, s:o}", "Volume", "local", "Network", "bridge", "host", "null",
                                  "Authorization", "Log", log_drivers()));
    put_kernel(doc, v2);
    if (request->version < 42) { /* limits that the kernel has given up; older clients warn when they are not there */
        json_object_set_new(doc, "KernelMemory", json_true());
        json_object_set_new(doc, "KernelMemoryTCP", json_true());
    }
    put_host(doc, engine, v2);
    json_object_set_new(doc, "IndexServerAddress", json_string("https://index.docker.io/v1/"));
    json_object_set_new(doc, "RegistryConfig", registries(settings));
    json_object_set_new(doc, "GenericResources", json_null());
    static const char *const empty[] = {"HttpProxy", "HttpsProxy", "NoProxy", "Isolation"};
    for (size_t i = 0; i < ARRAY_LEN(empty); i++)
        json_object_set_new(doc, empty[i], json_string(""));
    json_object_set(doc, "Labels", json_object_get(settings, "labels"));
    json_object_set_new(doc, "ExperimentalBuild", json_false());
    json_object_set_new(doc, "ServerVersion", json_string(SLIPWAY_VERSION));
    json_object_set_new(doc, "Runtimes",
                        json_pack("{s:{s:s}, s:{s:s}, s:{s:s}}", "slipway-oci", "path", "slipway-oci", "runc", "path",
                                  "slipway-oci", "io.containerd.runc.v2", "path", "slipway-oci"));
    json_object_set_new(doc, "DefaultRuntime", json_string("slipway-oci"));
    json_object_set_new(doc, "Swarm",
                        json_pack("{s:s, s:s, s:s, s:b, s:s, s:n}", "NodeID", "", "NodeAddr", "", "LocalNodeState", "inactive",
                                  "ControlAvailable", 0, "Error", "", "RemoteManagers"));
    json_object_set(doc, "LiveRestoreEnabled", json_object_get(settings, "live-restore"));
    if (json_array_size(json_object_get(settings, "default-address-pools")))
        json_object_set_new(doc, "DefaultAddressPools", address_pools(settings));
    json_object_set_new(doc, "InitBinary", json_string("docker-init"));
    static const char *const commits[] = {"ContainerdCommit", "RuncCommit", "InitCommit"};
    for (size_t i = 0; i < ARRAY_LEN(commits); i++)
        json_object_set_new(doc, commits[i], json_pack("{s:s, s:s}", "ID", SLIPWAY_VERSION, "Expected", SLIPWAY_VERSION));
    json_t *options = json_pack("[s]", "name=seccomp,profile=default");
    if (v2)
        json_array_append_new(options, json_string("name=cgroupns")); /* on by default */
    json_object_set_new(doc, "SecurityOptions", options);
    json_object_set_new(doc, "Warnings", warnings(settings));
    return reply_json(request, 200, doc);
}

const struct route system_routes[] = {
    {"GET", "/_ping", ping, BODY_NONE, NULL},           {"HEAD", "/_ping", ping, BODY_NONE, NULL},
    {"GET", "/version", version, BODY_NONE, NULL},      {"GET", "/info", info, BODY_NONE, NULL},
    {"GET", "/events", events_follow, BODY_NONE, NULL}, {0},
};
