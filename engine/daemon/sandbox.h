/* Lab machines ("sandboxes"): system containers in which a learner is root.
 *
 * A machine has namespaces of every kind of its own, 65536 ids of its own (root inside is nobody outside), a delegated cgroup at
 * /sys/fs/cgroup, a network with lo alone and no way out, and a root file system of the host's own tools (labs/tools/rootfs.sh),
 * shared read-only by all machines. With "engine" a slipwayd of its own runs inside, with `docker` and two images
 * (daemon/sandbox_engine.h). What it may use:
 *
 *   memory, pids, cpus   hard limits on all processes together ("memory", "pids", "cpus"; 256 MiB, 256, 1)
 *   disk                 one ext4 below /, /work and the engine: "disk" bytes and "inodes" (512 MiB, 65536; sandbox_disk.h)
 *   I/O                  "io" bytes a second each way (64 MiB). On cgroup v1 the kernel does not count buffered writes, and whoever
 *                        makes blkio groups of their own is free of it.
 *   namespaces, inotify  64 network and user namespaces, 256 of the other kinds, and so on (runtime/sandbox.c); its root has no
 *                        CAP_SYS_RESOURCE, so it cannot raise them, nor can the root of a namespace below
 *   files, sockets       16384 a process; core files are not written
 *
 * With "hosts" a lab has further machines beside it, of the same size, on a network of their own (daemon/sandbox_lan.h).
 *
 * Not to be had inside: device nodes, loop mounts, modules, bpf, io_uring, perf, keyrings, kexec, the kernel's log, sysctls of the
 * whole kernel, and release_agent. Device rules go by cgset (daemon/sandbox_host.h), mknod binds what /dev has; all of it works in
 * a kernel of one's own (the command uml, where the host has User-Mode Linux). Overlays need a directory below /work (or a tmpfs).
 * What this host can do at all: daemon/sandbox_abilities.h. Without privilege (slipwayd --rootless) a machine has one id, no limits
 * and a disk without a bound.
 *
 * They are instances like any other, hidden from /containers/json, named lab-<slug>-<uid>, and vanish when their init ends.
 */
#ifndef SLIPWAY_DAEMON_SANDBOX_H
#define SLIPWAY_DAEMON_SANDBOX_H

#include "daemon/engine.h"

/* {"lab","image","memory","pids","cpus","disk","inodes","io","engine","hosts","needs"}; started when this returns. EEXIST when this
 * user has one for the lab already. `leased`: it belongs to a connection; after a restart of the daemon another one may claim it.
 */
int sandbox_create(struct engine *engine, const json_t *request, uid_t owner, bool leased, struct instance **out,
                   struct error *err);

/* With the other machines of its lab, before it. */
int sandbox_remove(struct instance *instance, struct error *err);
/* It is gone, whatever ended it: the other machines of its lab follow, in the background. */
void sandbox_ended(struct instance *instance);
/* At the start of the engine: machines whose main one is gone follow it, and leased ones go when nobody claims them for 10 seconds.
 */
void sandbox_sweep(struct engine *engine);
/* Another connection takes over for the one that ended with the daemon before. EBUSY: it belongs to one, or never did. */
int sandbox_claim(struct instance *instance, struct error *err);

/* {"Id","Name","lab","uid","pid","created","engine"}, and "hosts":[{"name","Id"}], in the order of the request, of a main machine,
 * "host" and "main" of the others. */
json_t *sandbox_describe(struct instance *instance);
char *sandbox_init_path(const struct instance *instance); /* the program of its first process; owned */
json_t *sandbox_spec(struct instance *instance, const struct rootfs *rootfs, const char *network, struct error *err);
int sandbox_network(struct instance *instance, char **path, struct error *err);

#endif
