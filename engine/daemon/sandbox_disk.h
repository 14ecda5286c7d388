/* The disk of a lab machine: all that is written in it, be it to its root, below /work, or by the engine inside, lies in one ext4
 * of bounded bytes and inodes, a sparse file in the instance's directory. It is copied from a template that holds the directories
 * and, for a machine with an engine, the records of the images it is lent; owners are mapped when it is mounted, so a copy fits any
 * range of ids. Where no loop device is to be had it is a directory instead, without a bound.
 */
#ifndef SLIPWAY_DAEMON_SANDBOX_DISK_H
#define SLIPWAY_DAEMON_SANDBOX_DISK_H

#include "daemon/engine.h"

/* Directories in it. */
#define SANDBOX_UPPER   "upper"
#define SANDBOX_SCRATCH "scratch" /* the overlay's work directory */
#define SANDBOX_WORK    "work"
#define SANDBOX_ENGINE  "engine"

/* `bytes` and `inodes` bound it. */
int sandbox_disk_make(struct instance *instance, int64_t bytes, int64_t inodes, struct error *err);
/* Where it is: a file, or a directory where there is no bound; owned. */
char *sandbox_disk_path(const struct instance *instance);

/* Can disks be bounded here? If not, `why` says it. Tried once. */
bool sandbox_disk_bounded(struct engine *engine, struct error *why);

#endif
