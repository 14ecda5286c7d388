/* Live kernel state for people to look at; reads only, acts on nothing. Every function gives a new JSON document whose
 * shape stands here, or NULL with an error. `pid` is a process of the container (its init), seen from the host.
 *
 * namespaces: {"container":[{"type":"pid","inode":4026532687,"host_inode":4026531836,"shared":false}...],
 *              "processes":[{"pid":29615,"inner_pid":1,"pids":[29615,1],"ppid":..,"uid":0,"state":"S","command":"sleep 1000",
 *                            "namespaces":{"pid":4026532687,...}}]}
 *             `pids`: its number in each pid namespace that it is in, from the engine's inwards.
 *
 * cgroup:
 * {"version":1|2|"hybrid","path":"/docker/<id>","controllers":[{"name":"memory","directory":"/sys/fs/cgroup/memory/docker/..",
 *              "files":[{"name":"memory.limit_in_bytes","value":"10485760"}...]}],
 *              "memory":{"usage":N,"limit":N|null,"swap_limit":N|null,"max_usage":N,"failcnt":N,"oom_kills":N,"under_oom":bool,"anon":N,"file":N,"kernel":N},
 *              "cpu":{"usage_ns":N,"quota_us":N|null,"period_us":N,"throttled":N,"periods":N,"cpuset":"0-1"},
 *              "pids":{"current":N,"limit":N|null},"frozen":bool,
 *              "children":[ the same object for each sub-group, with "name" ]}
 * layers:
 * {"mount":"overlay","layers":[{"role":"upper"|"lower"|"init","number":N,"directory":"/..","size":N,"files":N,"created_by":"..",
 *                           "added":N,"changed":N,"removed":N (not of "init"),"hidden":N (of "lower"),"hides":N (of "upper")}],
 *              "merged":"/..","work":"/..","changes":[{"kind":"A"|"C"|"D","path":"/etc/x","size":N,
 *              "was":N,"from":N,"copied_up":bool (these three only of what was there before)}] (first 500),"changes_total":N,
 *              "waste":{..},"efficiency":N,"truncated":bool (of the image's layers, see stack.h)}
 *             The top layer stands first and has the highest number; `from` is the number of the layer that had it. `hides`: bytes
 * of files of the image that changed and deleted files hide; those in deleted directories are not counted. network:
 * {"namespaces":[{"name":"host"|"container"|"red","inode":N,"links":[{"index":4,"name":"eth0","kind":"veth","up":true,
 *              "mac":"..","addresses":["172.17.0.2/16"],"peer_index":5,"peer_namespace":"host"|null,"master":"docker0"|null,
 *              "rx_bytes":N,"rx_packets":N,"tx_bytes":N,"tx_packets":N}],"routes":["default via 172.17.0.1 dev eth0"]}],
 *              "wires":[{"a":{"namespace":"host","link":"veth1"},"b":{"namespace":"container","link":"eth0"}}]}
 *             For a sandbox the namespaces named below its /run/netns are included ("red", "blue"), and "container" is its own.
 * chains:
 * {"backend":"nf_tables"|"legacy","tables":[{"name":"nat","chains":[{"name":"DOCKER","policy":null|"ACCEPT","packets":N,"bytes":N,
 *              "rules":[{"number":1,"packets":N,"bytes":N,"target":"DNAT","rule":"-A DOCKER ! -i docker0 -p tcp
 * ...","bridge":true,"by":"engine"|"person","network":"na"|null}],"hook":"forward"|null,"references":N}],"family":"ip"|"ip6",
 *              "jumps":[{"from":"FORWARD","rule":1,"to":"DOCKER-USER"}]}]} signals:
 * {"processes":[{"pid":N,"inner_pid":1,"command":"..","pending":["TERM"],"blocked":[],"ignored":[],"caught":["CHLD"]}]}
 * privileges:
 * {"processes":[{"pid":N,"inner_pid":1,"uid":N,"command":"..","no_new_privs":bool,"seccomp":"off"|"strict"|"filter","filters":N,
 *                "effective":["CAP_CHOWN"],"permitted":[],"inheritable":[],"bounding":[],"ambient":[]}],
 *  "capabilities":[{"name":"CAP_CHOWN","number":0,"default":true,"allows":"give files to any user"}] (all that there are),
 *  "seccomp":null (unconfined)|{"default":"EPERM","allowed":N,"refused":[{"name":"mount","answer":"EPERM"}],..} (seccomp_view.h),
 *  "denied":{"calls":[{"pid":N,"command":"..","call":"mkdir","answer":"EPERM","count":N}] (of living processes, as far as the
 *             kernel's log has them),"note":"why there may be more, or \"\""}}
 */
#ifndef SLIPWAY_OBSERVE_OBSERVE_H
#define SLIPWAY_OBSERVE_OBSERVE_H

#include "base/error.h"

#include <jansson.h>
#include <sys/types.h>

json_t *observe_namespaces(pid_t pid, struct error *err);
json_t *observe_cgroup(pid_t pid, struct error *err); /* the group of `pid` and those below it */
json_t *observe_layers(pid_t pid, const char *const *lowers, const char *upper, const char *work, const char *merged,
                       struct error *err);
json_t *observe_network(pid_t pid, struct error *err);
/* Rules seen in the network namespace of `pid` (1 for the host's: the caller's own). `bridge` marks the rules that name it; may be
 * NULL. */
json_t *observe_chains(pid_t pid, const char *bridge, struct error *err);
/* The same of both families. `networks` says whose rule one is: [{"name","bridge","subnets":[..]}]. In a container with an engine
 * of its own (it has a chain DOCKER) its bridges do, in both. */
json_t *observe_rules(pid_t pid, const json_t *networks, struct error *err);
json_t *observe_signals(pid_t pid, struct error *err);
/* `spec` is the OCI config that the container was made of, `usual` the list of capabilities that one gets when nobody says
 * otherwise. */
json_t *observe_privileges(pid_t pid, const json_t *spec, const json_t *usual, struct error *err);

/* Counters of the interfaces that `pid` sees, without lo:
 * {"eth0":{"rx_bytes":N,"rx_packets":N,"rx_errors":N,"rx_dropped":N,"tx_..."}}; an empty object when it has none or is gone. */
json_t *observe_interfaces(pid_t pid);

/* Cheap figures for many containers in one call; keeps cgroup descriptors open between calls (pread). */
struct observe_meter;
struct observe_meter *observe_meter_new(pid_t pid, struct error *err);
/* {"memory":N,"memory_limit":N|null,"cpu_ns":N,"pids":N,"oom_kills":N} */
json_t *observe_meter_read(struct observe_meter *meter);
void observe_meter_free(struct observe_meter *meter);

#endif
