/* Every flag of `run` and `create` in one table. Those that this engine cannot honour stand in it too, so that they are refused by
 * name and not taken for a mistake. */
#include "cli/run_options.h"

#include "base/memory.h"
#include "base/strings.h"
#include "cli/cli.h"

#include <stddef.h>
#include <string.h>

#define AT(member) offsetof(struct run_options, member)

const struct flag run_flags[] = {
    {0, "add-host", FLAG_LIST, AT(add_host), NULL, "Give the container one more line in /etc/hosts (host:ip)"},
    {0, "annotation", FLAG_LIST, AT(annotation), "map", "Add an annotation to the OCI configuration"},
    {'a', "attach", FLAG_LIST, AT(attach), NULL, "Attach to STDIN, STDOUT or STDERR"},
    {0, "blkio-weight", FLAG_INT, AT(blkio_weight), "uint16", "Relative weight of block I/O, 10 to 1000, 0 for the default"},
    {0, "blkio-weight-device", FLAG_LIST, AT(blkio_weight_device), NULL, "Relative weight of block I/O on one device"},
    {0, "cap-add", FLAG_LIST, AT(cap_add), NULL, "Add Linux capabilities"},
    {0, "cap-drop", FLAG_LIST, AT(cap_drop), NULL, "Drop Linux capabilities"},
    {0, "cgroup-parent", FLAG_STRING, AT(cgroup_parent), NULL, "Parent cgroup of the container's own"},
    {0, "cgroupns", FLAG_STRING, AT(cgroupns), NULL, "Cgroup namespace: host or private"},
    {0, "cidfile", FLAG_STRING, AT(cidfile), NULL, "Write the container's ID to this file"},
    {0, "cpu-count", FLAG_STRING, AT(windows), "int", "Windows only"},
    {0, "cpu-percent", FLAG_STRING, AT(windows), "int", "Windows only"},
    {0, "cpu-period", FLAG_INT, AT(cpu_period), NULL, "Period of the CPU bandwidth limit, in microseconds"},
    {0, "cpu-quota", FLAG_INT, AT(cpu_quota), NULL, "CPU time in each period, in microseconds"},
    {0, "cpu-rt-period", FLAG_INT, AT(cpu_rt_period), NULL, "Period of real-time scheduling, in microseconds"},
    {0, "cpu-rt-runtime", FLAG_INT, AT(cpu_rt_runtime), NULL, "Real-time CPU time in each period, in microseconds"},
    {'c', "cpu-shares", FLAG_INT, AT(cpu_shares), NULL, "Relative weight of CPU time"},
    {0, "cpus", FLAG_STRING, AT(cpus), "decimal", "Number of CPUs"},
    {0, "cpuset-cpus", FLAG_STRING, AT(cpuset_cpus), NULL, "CPUs it may run on (0-3, 0,1)"},
    {0, "cpuset-mems", FLAG_STRING, AT(cpuset_mems), NULL, "Memory nodes it may use (0-3, 0,1)"},
    {'d', "detach", FLAG_BOOL, AT(detach), NULL, "Run in the background and print the container's ID"},
    {0, "detach-keys", FLAG_STRING, AT(detach_keys), NULL, "Keys that detach from the container"},
    {0, "device", FLAG_LIST, AT(device), NULL, "Give the container a device of the host"},
    {0, "device-cgroup-rule", FLAG_LIST, AT(device_cgroup_rule), NULL, "Add a rule to the allowed devices"},
    {0, "device-read-bps", FLAG_LIST, AT(device_read_bps), NULL, "Limit reading from a device, bytes per second"},
    {0, "device-read-iops", FLAG_LIST, AT(device_read_iops), NULL, "Limit reading from a device, operations per second"},
    {0, "device-write-bps", FLAG_LIST, AT(device_write_bps), NULL, "Limit writing to a device, bytes per second"},
    {0, "device-write-iops", FLAG_LIST, AT(device_write_iops), NULL, "Limit writing to a device, operations per second"},
    {0, "disable-content-trust", FLAG_BOOL, AT(trust), NULL, "Skip image verification (default true)"},
    {0, "dns", FLAG_LIST, AT(dns), NULL, "DNS servers"},
    {0, "dns-opt", FLAG_LIST, AT(dns_option), NULL, NULL},
    {0, "dns-option", FLAG_LIST, AT(dns_option), NULL, "DNS options"},
    {0, "dns-search", FLAG_LIST, AT(dns_search), NULL, "DNS search domains"},
    {0, "domainname", FLAG_STRING, AT(domainname), NULL, "NIS domain name"},
    {0, "entrypoint", FLAG_STRING, AT(entrypoint), NULL, "Run this instead of the image's ENTRYPOINT"},
    {'e', "env", FLAG_LIST, AT(env), NULL, "Set environment variables"},
    {0, "env-file", FLAG_LIST, AT(env_file), NULL, "Read environment variables from a file"},
    {0, "explain", FLAG_BOOL, AT(explain), NULL, "Print every act on the kernel as it happens"},
    {0, "expose", FLAG_LIST, AT(expose), NULL, "Expose a port or a range of ports"},
    {0, "gpus", FLAG_STRING, AT(gpus), "gpu-request", "GPU devices"},
    {0, "group-add", FLAG_LIST, AT(group_add), NULL, "Additional groups"},
    {0, "health-cmd", FLAG_STRING, AT(health_cmd), NULL, "Command that checks health"},
    {0, "health-interval", FLAG_STRING, AT(health_interval), "duration", "Time between health checks (ms|s|m|h)"},
    {0, "health-retries", FLAG_INT, AT(health_retries), NULL, "Failures in a row that mean unhealthy"},
    {0, "health-start-interval", FLAG_STRING, AT(health_start_interval), "duration", "Time between health checks while it starts"},
    {0, "health-start-period", FLAG_STRING, AT(health_start_period), "duration", "Time to start before failures count"},
    {0, "health-timeout", FLAG_STRING, AT(health_timeout), "duration", "Longest time of one health check"},
    {'h', "hostname", FLAG_STRING, AT(hostname), NULL, "Host name of the container"},
    {0, "init", FLAG_BOOL, AT(init), NULL, "Run a small init that forwards signals and reaps processes"},
    {'i', "interactive", FLAG_BOOL, AT(interactive), NULL, "Keep STDIN open"},
    {0, "io-maxbandwidth", FLAG_STRING, AT(windows), "bytes", "Windows only"},
    {0, "io-maxiops", FLAG_STRING, AT(windows), "uint", "Windows only"},
    {0, "ip", FLAG_STRING, AT(ip), NULL, "IPv4 address"},
    {0, "ip6", FLAG_STRING, AT(ip6), NULL, "IPv6 address"},
    {0, "ipc", FLAG_STRING, AT(ipc), NULL, "IPC namespace: private, shareable, host, none, container:NAME"},
    {0, "isolation", FLAG_STRING, AT(isolation), NULL, "Isolation technology"},
    {0, "kernel-memory", FLAG_STRING, AT(kernel_memory), "bytes", "Kernel memory limit"},
    {'l', "label", FLAG_LIST, AT(label), NULL, "Labels"},
    {0, "label-file", FLAG_LIST, AT(label_file), NULL, "Read labels from a file"},
    {0, "link", FLAG_LIST, AT(link), NULL, "Link to another container"},
    {0, "link-local-ip", FLAG_LIST, AT(link_local_ip), NULL, "Link-local addresses"},
    {0, "log-driver", FLAG_STRING, AT(log_driver), NULL, "Where output is logged: json-file or none"},
    {0, "log-opt", FLAG_LIST, AT(log_opt), NULL, "Options of the log driver"},
    {0, "mac-address", FLAG_STRING, AT(mac_address), NULL, "MAC address"},
    {'m', "memory", FLAG_STRING, AT(memory), "bytes", "Memory limit"},
    {0, "memory-reservation", FLAG_STRING, AT(memory_reservation), "bytes", "Memory soft limit"},
    {0, "memory-swap", FLAG_STRING, AT(memory_swap), "bytes", "Limit of memory plus swap: -1 for unlimited swap"},
    {0, "memory-swappiness", FLAG_INT, AT(memory_swappiness), NULL, "Swappiness, 0 to 100 (default -1)"},
    {0, "mount", FLAG_LIST, AT(mount), "mount", "Attach a file system (type=bind|volume|tmpfs, src=..., dst=...)"},
    {0, "name", FLAG_STRING, AT(name), NULL, "Name of the container"},
    {0, "net", FLAG_LIST, AT(network), "network", NULL},
    {0, "net-alias", FLAG_LIST, AT(network_alias), NULL, NULL},
    {0, "network", FLAG_LIST, AT(network), "network", "Network to connect to: bridge, none, host, container:NAME"},
    {0, "network-alias", FLAG_LIST, AT(network_alias), NULL, "Further names on the network"},
    {0, "no-healthcheck", FLAG_BOOL, AT(no_healthcheck), NULL, "Switch the image's health check off"},
    {0, "oom-kill-disable", FLAG_BOOL, AT(oom_kill_disable), NULL, "Do not kill when memory runs out"},
    {0, "oom-score-adj", FLAG_INT, AT(oom_score_adj), NULL, "How readily the kernel kills it, -1000 to 1000"},
    {0, "pid", FLAG_STRING, AT(pid), NULL, "PID namespace: host, container:NAME"},
    {0, "pids-limit", FLAG_INT, AT(pids_limit), NULL, "Most processes at once, -1 for unlimited"},
    {0, "platform", FLAG_STRING, AT(platform), NULL, "Platform of the image"},
    {0, "privileged", FLAG_BOOL, AT(privileged), NULL, "All capabilities, all devices, nothing masked"},
    {'p', "publish", FLAG_LIST, AT(publish), NULL, "Publish ports to the host ([IP:]HOST:CONTAINER[/tcp|udp])"},
    {'P', "publish-all", FLAG_BOOL, AT(publish_all), NULL, "Publish all exposed ports to random ports"},
    {0, "pull", FLAG_STRING, AT(pull), NULL, "Pull the image before running (\"missing\", \"never\") (default \"missing\")"},
    {'q', "quiet", FLAG_BOOL, AT(quiet), NULL, "Say nothing while pulling"},
    {0, "read-only", FLAG_BOOL, AT(read_only), NULL, "Mount the root file system read-only"},
    {0, "restart", FLAG_STRING, AT(restart), NULL, "What to do when it exits: no, always, unless-stopped, on-failure[:N]"},
    {0, "rm", FLAG_BOOL, AT(remove), NULL, "Remove the container and its anonymous volumes when it exits"},
    {0, "runtime", FLAG_STRING, AT(runtime), NULL, "OCI runtime"},
    {0, "security-opt", FLAG_LIST, AT(security_opt), NULL, "Security options"},
    {0, "shm-size", FLAG_STRING, AT(shm_size), "bytes", "Size of /dev/shm"},
    {0, "sig-proxy", FLAG_BOOL, AT(sig_proxy), NULL, "Pass received signals on to the process (default true)"},
    {0, "stop-signal", FLAG_STRING, AT(stop_signal), NULL, "Signal that stops the container"},
    {0, "stop-timeout", FLAG_INT, AT(stop_timeout), NULL, "Seconds between the stop signal and SIGKILL"},
    {0, "storage-opt", FLAG_LIST, AT(storage_opt), NULL, "Options of the storage driver"},
    {0, "sysctl", FLAG_LIST, AT(sysctl), "map", "Kernel parameters of its namespaces"},
    {0, "tmpfs", FLAG_LIST, AT(tmpfs), NULL, "Mount a tmpfs directory"},
    {'t', "tty", FLAG_BOOL, AT(tty), NULL, "Give it a terminal"},
    {0, "ulimit", FLAG_LIST, AT(ulimit), "ulimit", "Resource limits (name=soft[:hard])"},
    {0, "use-api-socket", FLAG_BOOL, AT(unsupported_bool), NULL, "Mount the engine's socket"},
    {'u', "user", FLAG_STRING, AT(user), NULL, "User (<name|uid>[:<group|gid>])"},
    {0, "userns", FLAG_STRING, AT(userns), NULL, "User namespace: host"},
    {0, "uts", FLAG_STRING, AT(uts), NULL, "UTS namespace: host"},
    {'v', "volume", FLAG_LIST, AT(volume), NULL, "Mount a volume or a directory (SOURCE:TARGET[:ro])"},
    {0, "volume-driver", FLAG_STRING, AT(volume_driver), NULL, "Volume driver: local"},
    {0, "volumes-from", FLAG_LIST, AT(volumes_from), NULL, "Mount the volumes of another container"},
    {'w', "workdir", FLAG_STRING, AT(workdir), NULL, "Working directory in the container"},
    {0},
};

const struct flag *run_create_flags(void)
{
    static const char *const run_only[] = {"detach", "detach-keys", "sig-proxy", "explain"};
    static struct flag table[ARRAY_LEN(run_flags)];
    size_t count = 0;
    for (const struct flag *flag = run_flags; flag->name; flag++) {
        bool skip = false;
        for (size_t i = 0; i < ARRAY_LEN(run_only); i++)
            skip |= str_equal(run_only[i], flag->name);
        if (!skip)
            table[count++] = *flag;
    }
    table[count] = (struct flag){0};
    return table;
}

void run_options_clear(struct run_options *options)
{
    for (const struct flag *flag = run_flags; flag->name; flag++) {
        char ***list = (char ***)((char *)options + flag->offset);
        if (flag->kind == FLAG_LIST) {
            strv_free(*list);
            *list = NULL;
        }
    }
}

bool run_seen(const struct run_request *request, const char *name)
{
    for (const struct flag *flag = request->table; flag->name; flag++)
        if (str_equal(flag->name, name))
            return request->seen[flag - request->table];
    return false;
}

/* Honoured by nobody here; saying so beats doing something else. */
bool run_unsupported(struct run_request *request)
{
    for (const struct flag *flag = request->table; flag->name; flag++) {
        bool none = flag->offset == AT(unsupported) || flag->offset == AT(unsupported_bool);
        if (none && request->seen[flag - request->table])
            return run_refuse(request, "--%s is not supported by this engine yet", flag->name);
        if (flag->offset == AT(windows) && request->seen[flag - request->table]) {
            run_refuse(
                request,
                "\"--%s\" is only supported on a Docker daemon running on windows, but the Docker daemon is running on linux",
                flag->name);
            request->plain = true;
            return false;
        }
    }
    if (run_seen(request, "disable-content-trust") && !request->options->trust)
        return run_refuse(request, "--disable-content-trust=false is not supported by this engine yet");
    return true;
}
