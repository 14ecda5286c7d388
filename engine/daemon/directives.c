/* The table of directives, in the order of the help. */
#include "daemon/directives.h"

#include "base/strings.h"

#define NO_CONTAINERD "this engine has its own runtime and no containerd"
#define NO_SWARM      "this engine takes no part in a swarm"
#define OWN_GATEWAY   "containers reach out through the bridge's own address"
#define NO_REALTIME   "real-time scheduling of containers is not available"

/* clang-format off */
const struct directive directives[] = {
    {"allow-nondistributable-artifacts", "allow-nondistributable-artifacts", 0, DIRECTIVE_LIST, true, "[]", NULL, NULL, "layers are never pushed to other places than their registry"},
    {"api-cors-header", "api-cors-header", 0, DIRECTIVE_STRING, false, "\"\"", NULL, NULL, "web pages have no business with the engine's API"},
    {"authorization-plugins", "authorization-plugin", 0, DIRECTIVE_LIST, true, "[]", NULL, NULL, "there are no plugins"},
    {"bip", "bip", 0, DIRECTIVE_STRING, false, "\"\"", "string", "Address and network of the bridge (default \"172.18.0.1/16\")", NULL},
    {"bridge", "bridge", 'b', DIRECTIVE_STRING, false, "\"slipway0\"", "string", "Name of the bridge (default \"slipway0\")", NULL},
    {"builder", NULL, 0, DIRECTIVE_OBJECT, false, "{}", NULL, NULL, "the builder has no settings"},
    {"cgroup-parent", "cgroup-parent", 0, DIRECTIVE_STRING, false, "\"\"", "string", "Parent cgroup of all containers", NULL},
    {"containerd", "containerd", 0, DIRECTIVE_STRING, false, "\"\"", NULL, NULL, NO_CONTAINERD},
    {"containerd-namespace", "containerd-namespace", 0, DIRECTIVE_STRING, false, "\"\"", NULL, NULL, NO_CONTAINERD},
    {"containerd-plugin-namespace", "containerd-plugins-namespace", 0, DIRECTIVE_STRING, false, "\"\"", NULL, NULL, NO_CONTAINERD},
    {"cpu-rt-period", "cpu-rt-period", 0, DIRECTIVE_INT, false, "0", NULL, NULL, NO_REALTIME},
    {"cpu-rt-runtime", "cpu-rt-runtime", 0, DIRECTIVE_INT, false, "0", NULL, NULL, NO_REALTIME},
    {"data-root", "data-root", 0, DIRECTIVE_STRING, false, "\"/var/lib/slipway\"", "string", "Images, containers and volumes (default \"/var/lib/slipway\")", NULL},
    {"debug", "debug", 'D', DIRECTIVE_BOOL, true, "false", NULL, "Log every request", NULL},
    {"default-address-pools", "default-address-pool", 0, DIRECTIVE_POOLS, false, "[]", "pool-options", "Address pools for networks: base=10.10.0.0/16,size=24", NULL},
    {"default-cgroupns-mode", "default-cgroupns-mode", 0, DIRECTIVE_STRING, true, "\"\"", "string", "Cgroup namespace of containers (host|private)", NULL},
    {"default-gateway", "default-gateway", 0, DIRECTIVE_STRING, false, "\"\"", NULL, NULL, OWN_GATEWAY},
    {"default-gateway-v6", "default-gateway-v6", 0, DIRECTIVE_STRING, false, "\"\"", NULL, NULL, OWN_GATEWAY},
    {"default-ipc-mode", "default-ipc-mode", 0, DIRECTIVE_STRING, true, "\"private\"", "string", "IPC namespace of containers (shareable|private)", NULL},
    {"default-network-opts", NULL, 0, DIRECTIVE_OBJECT, false, "{}", NULL, NULL, "new networks take the options that they are made with"},
    {"default-runtime", "default-runtime", 0, DIRECTIVE_STRING, true, "\"slipway-oci\"", NULL, NULL, "slipway-oci is the only runtime"},
    {"default-shm-size", "default-shm-size", 0, DIRECTIVE_SIZE, true, "67108864", "bytes", "Size of /dev/shm in containers (default 64MiB)", NULL},
    {"default-ulimits", "default-ulimit", 0, DIRECTIVE_ULIMITS, false, "{}", "ulimit", "Limits of processes in containers: nofile=1024:2048", NULL},
    {"dns", "dns", 0, DIRECTIVE_LIST, false, "[]", "list", "Name servers of containers", NULL},
    {"dns-opts", "dns-opt", 0, DIRECTIVE_LIST, false, "[]", "list", "Options of resolv.conf in containers", NULL},
    {"dns-search", "dns-search", 0, DIRECTIVE_LIST, false, "[]", "list", "Search domains of containers", NULL},
    {"exec-opts", "exec-opt", 0, DIRECTIVE_LIST, false, "[\"native.cgroupdriver=cgroupfs\"]", "list", "Only native.cgroupdriver=cgroupfs", "control groups are made directly (native.cgroupdriver=cgroupfs)"},
    {"exec-root", "exec-root", 0, DIRECTIVE_STRING, false, "\"/run/slipway\"", "string", "State of running containers (default \"/run/slipway\")", NULL},
    {"experimental", "experimental", 0, DIRECTIVE_BOOL, false, "false", NULL, NULL, "there are no experimental features"},
    {"features", NULL, 0, DIRECTIVE_OBJECT, true, "{}", NULL, NULL, "there are no features that could be switched"},
    {"fixed-cidr", "fixed-cidr", 0, DIRECTIVE_STRING, false, "\"\"", NULL, NULL, "addresses are taken from the bridge's whole network"},
    {"fixed-cidr-v6", "fixed-cidr-v6", 0, DIRECTIVE_STRING, false, "\"\"", "string", "IPv6 subnet of the default bridge", NULL},
    {"group", "group", 'G', DIRECTIVE_STRING, false, "\"slipway\"", "string", "Group that may use the unix socket (default \"slipway\")", NULL},
    {"host-gateway-ip", "host-gateway-ip", 0, DIRECTIVE_STRING, false, "\"\"", "ip", "What \"host-gateway\" of --add-host means (default the bridge's address)", NULL},
    {"hosts", "host", 'H', DIRECTIVE_LIST, false, "[]", "list", "Where to listen: unix:///path, tcp://address:port, fd:// (default \"unix:///run/slipway.sock\")", NULL},
    {"icc", "icc", 0, DIRECTIVE_BOOL, false, "true", NULL, "Let containers of the default bridge talk to each other (default true)", NULL},
    {"init", "init", 0, DIRECTIVE_BOOL, false, "false", NULL, "Run an init in containers that forwards signals and reaps processes", NULL},
    {"init-path", "init-path", 0, DIRECTIVE_STRING, false, "\"\"", NULL, NULL, "the init of containers is slipway-shim itself"},
    {"insecure-registries", "insecure-registry", 0, DIRECTIVE_LIST, true, "[]", "list", "Registries (names, or networks) that are talked to without a certificate, or without TLS", NULL},
    {"ip", "ip", 0, DIRECTIVE_STRING, false, "\"0.0.0.0\"", "ip", "Address at which ports are published (default 0.0.0.0)", NULL},
    {"ip-forward", "ip-forward", 0, DIRECTIVE_BOOL, false, "true", NULL, "Turn on net.ipv4.ip_forward (default true)", NULL},
    {"ip-masq", "ip-masq", 0, DIRECTIVE_BOOL, false, "true", NULL, "Masquerade the default bridge (default true)", NULL},
    {"ip6tables", "ip6tables", 0, DIRECTIVE_BOOL, false, "false", NULL, "Write packet rules for IPv6 too", NULL},
    {"iptables", "iptables", 0, DIRECTIVE_BOOL, false, "true", NULL, "Write packet rules (default true)", NULL},
    {"ipv6", "ipv6", 0, DIRECTIVE_BOOL, false, "false", NULL, "IPv6 on the default bridge, with --fixed-cidr-v6", NULL},
    {"labels", "label", 0, DIRECTIVE_LIST, true, "[]", "list", "Labels of the engine", NULL},
    {"live-restore", "live-restore", 0, DIRECTIVE_BOOL, true, "true", NULL, "Containers keep running when the engine ends (default true)", NULL},
    {"log-driver", "log-driver", 0, DIRECTIVE_STRING, false, "\"json-file\"", "string", "Logging driver of containers (default \"json-file\")", NULL},
    {"log-format", "log-format", 0, DIRECTIVE_STRING, false, "\"text\"", NULL, NULL, "the engine's log is logfmt text"},
    {"log-level", "log-level", 'l', DIRECTIVE_STRING, true, "\"info\"", "string", "Least level that is logged (debug|info|warn|error|fatal) (default \"info\")", NULL},
    {"log-opts", "log-opt", 0, DIRECTIVE_MAP, false, "{}", "map", "Options of the logging driver", NULL},
    {"max-concurrent-downloads", "max-concurrent-downloads", 0, DIRECTIVE_INT, true, "3", "int", "Layers that one pull fetches at once (default 3)", NULL},
    {"max-concurrent-uploads", "max-concurrent-uploads", 0, DIRECTIVE_INT, true, "5", "int", "Layers that one push sends at once (default 5)", NULL},
    {"max-download-attempts", "max-download-attempts", 0, DIRECTIVE_INT, true, "5", "int", "How often one thing is asked of a registry (default 5)", NULL},
    {"metrics-addr", "metrics-addr", 0, DIRECTIVE_STRING, false, "\"\"", "string", "Where to serve /metrics alone: address:port", NULL},
    {"mtu", "mtu", 0, DIRECTIVE_INT, false, "1500", "int", "MTU of the containers' network (default 1500)", NULL},
    {"network-control-plane-mtu", "network-control-plane-mtu", 0, DIRECTIVE_INT, false, "1500", NULL, NULL, NO_SWARM},
    {"no-new-privileges", "no-new-privileges", 0, DIRECTIVE_BOOL, false, "false", NULL, "Containers cannot gain privileges by set-user-id programs", NULL},
    {"node-generic-resources", "node-generic-resource", 0, DIRECTIVE_LIST, false, "[]", NULL, NULL, NO_SWARM},
    {"oom-score-adjust", "oom-score-adjust", 0, DIRECTIVE_INT, false, "0", NULL, NULL, "containers would inherit it; set OOMScoreAdjust in the service's unit, or --oom-score-adj for a container"},
    {"pidfile", "pidfile", 'p', DIRECTIVE_STRING, false, "\"\"", "string", "Write the engine's process id to this file", NULL},
    {"proxies", NULL, 0, DIRECTIVE_OBJECT, false, "{}", NULL, NULL, "set HTTP_PROXY, HTTPS_PROXY and NO_PROXY in the environment of slipwayd"},
    {"raw-logs", "raw-logs", 0, DIRECTIVE_BOOL, false, "false", NULL, NULL, "the engine's log is never coloured"},
    {"registry-mirrors", "registry-mirror", 0, DIRECTIVE_LIST, true, "[]", "list", "Mirrors of Docker Hub", NULL},
    {"runtimes", "add-runtime", 0, DIRECTIVE_OBJECT, true, "{}", NULL, NULL, "slipway-oci is the only runtime"},
    {"seccomp-profile", "seccomp-profile", 0, DIRECTIVE_STRING, false, "\"\"", "string", "Seccomp profile of containers: a file, \"unconfined\" or \"builtin\"", NULL},
    {"selinux-enabled", "selinux-enabled", 0, DIRECTIVE_BOOL, false, "false", NULL, NULL, "processes and files are not labelled for SELinux"},
    {"shutdown-timeout", "shutdown-timeout", 0, DIRECTIVE_INT, true, "15", "int", "Seconds that containers get to stop (default 15)", NULL},
    {"storage-driver", "storage-driver", 's', DIRECTIVE_STRING, false, "\"overlay2\"", NULL, NULL, "layers are stored by overlay2 alone"},
    {"storage-opts", "storage-opt", 0, DIRECTIVE_LIST, false, "[]", NULL, NULL, "overlay2 has no options here"},
    {"swarm-default-advertise-addr", "swarm-default-advertise-addr", 0, DIRECTIVE_STRING, false, "\"\"", NULL, NULL, NO_SWARM},
    {"swarm-raft-election-tick", "swarm-raft-election-tick", 0, DIRECTIVE_INT, false, "0", NULL, NULL, NO_SWARM},
    {"swarm-raft-heartbeat-tick", "swarm-raft-heartbeat-tick", 0, DIRECTIVE_INT, false, "0", NULL, NULL, NO_SWARM},
    {"tls", "tls", 0, DIRECTIVE_BOOL, false, "false", NULL, "Speak TLS on tcp:// addresses; with --tlsverify=false also with clients that have no certificate", NULL},
    {"tlscacert", "tlscacert", 0, DIRECTIVE_STRING, false, "\"\"", "string", "Trust clients that this CA signed (default \"~/.docker/ca.pem\")", NULL},
    {"tlscert", "tlscert", 0, DIRECTIVE_STRING, false, "\"\"", "string", "TLS certificate (default \"~/.docker/cert.pem\")", NULL},
    {"tlskey", "tlskey", 0, DIRECTIVE_STRING, false, "\"\"", "string", "TLS key (default \"~/.docker/key.pem\")", NULL},
    {"tlsverify", "tlsverify", 0, DIRECTIVE_BOOL, false, "false", NULL, "Speak TLS, and only with clients that have a certificate of the CA", NULL},
    {"userland-proxy", "userland-proxy", 0, DIRECTIVE_BOOL, false, "true", NULL, "Answer published ports on loopback by splicing (default true)", NULL},
    {"userland-proxy-path", "userland-proxy-path", 0, DIRECTIVE_STRING, false, "\"\"", NULL, NULL, "the proxy is a part of slipwayd"},
    {"userns-remap", "userns-remap", 0, DIRECTIVE_STRING, false, "\"\"", NULL, NULL, "containers share the host's user namespace; labs have their own"},
    {0},
};
/* clang-format on */

const struct directive *directive_find(const char *key)
{
    for (const struct directive *directive = directives; directive->key; directive++)
        if (str_equal(directive->key, key))
            return directive;
    return NULL;
}
