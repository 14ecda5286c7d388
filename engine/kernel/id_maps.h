/* The id maps of a user namespace (user_namespaces(7)): linux.uidMappings and gidMappings, and what stands in for them. */
#ifndef SLIPWAY_KERNEL_ID_MAPS_H
#define SLIPWAY_KERNEL_ID_MAPS_H

#include "base/error.h"
#include "kernel/step.h"

#include <jansson.h>
#include <sys/types.h>

enum id_maps_kind { ID_MAPS_USERS, ID_MAPS_GROUPS };

/* EINVAL for maps that no kernel takes: sizes of nothing, ids that overlap. */
int id_maps_check(const json_t *uids, const json_t *gids, struct error *err);

/* For a namespace of which the config says nothing, as crun has it: the id `inside` is the caller, all others come from the
 * caller's ranges in /etc/subuid or /etc/subgid. Without such, or without the programs that may map them for a caller who is not
 * root, the caller alone. A new array. */
json_t *id_maps_default(enum id_maps_kind kind, unsigned inside);

/* The ranges of `name` or of its number in a file like /etc/subuid: [{"first":N,"size":N}]. A new array. */
json_t *id_maps_ranges(const char *path, const char *name, unsigned id);

/* uid_map and gid_map of `pid`, which is in a new user namespace; by a process of its parent namespace. A caller with rights writes
 * them; any other may write its own id alone, and has newuidmap(1) and newgidmap(1) write what is in /etc/subuid and /etc/subgid.
 */
int id_maps_write(struct steps *steps, pid_t pid, const json_t *uids, const json_t *gids, struct error *err);

#endif
