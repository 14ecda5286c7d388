/* Local volumes: <data-root>/volumes/<name>/_data, with what was said when it was made in volume.json beside it. The directory is
 * the state: nothing is kept in memory, so several threads and a restart see the same. Names are [a-zA-Z0-9][a-zA-Z0-9_.-]+, or 64
 * hex digits when anonymous.
 *
 * A volume with driver options (type, device, o) is a mount point while a container that uses it runs. Who uses what is the
 * daemon's to know (daemon/volumes.h); here is only how.
 */
#ifndef SLIPWAY_VOLUME_VOLUME_H
#define SLIPWAY_VOLUME_VOLUME_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct steps;

/* The label by which a volume without a name is told from one that somebody named. */
#define VOLUME_ANONYMOUS "com.docker.volume.anonymous"

/* Make it when it is missing; `mountpoint` (allocated) is the _data directory. `name` NULL or "" draws an anonymous name into
 * *named. */
int volume_ensure(const char *data_root, const char *name, char **named, char **mountpoint, struct error *err);

/* The same with labels and driver options (objects of strings, may be NULL), which count only when it is made now: *made says so.
 * EINVAL for a bad name and for options that the local driver does not have. */
int volume_create(const char *data_root, const char *name, const json_t *labels, const json_t *options, char **named, bool *made,
                  struct error *err);

/* EINVAL with Docker's sentence, which begins "create NAME: ". */
int volume_check_name(const char *name, struct error *err);
char *volume_mountpoint(const char *data_root, const char *name); /* allocated; whether or not it exists */

/* ENOENT "get NAME: no such volume". What is mounted over it is taken off first, never emptied. */
int volume_remove(const char *data_root, const char *name, struct error *err);
/* The two halves of it: out of sight at once, and the slow clearing away. */
int volume_discard(const char *data_root, const char *name, struct error *err);
int volume_clear(const char *data_root, struct error *err);
json_t *volume_list(const char *data_root); /* array as in GET /volumes */
json_t *volume_inspect(const char *data_root, const char *name, struct error *err);
int64_t volume_size(const char *data_root, const char *name); /* bytes of its files, each inode counted once */

/* Mount what its driver options name over its directory; nothing to do when it has none or is mounted already. The error is
 * dockerd's: "error while mounting volume '...': failed to mount local volume: mount DEVICE:PLACE, data: ...". */
int volume_mount(struct steps *steps, const char *data_root, const char *name, struct error *err);
bool volume_is_mounted(const char *data_root, const char *name);
int volume_unmount(const char *data_root, const char *name, struct error *err);
int volume_options_check(const json_t *options, struct error *err);
bool volume_options_mount(const json_t *options); /* do they name something to mount? */

/* Fill the empty volume, or the empty directory `subpath` in it (may be NULL; a missing one, and one that links lead out to, are
 * left alone), from the directory `from` (a descriptor): owners, modes, times, extended attributes, hard links, holes. It is copied
 * beside and put in place when whole, so an interruption leaves it empty or, by volume_recover and volume_fill_settle, filled.
 * `shared`: somebody may have the volume mounted, so its directory itself must stay the same. What is not empty is left as it is.
 */
int volume_fill(const char *data_root, const char *name, const char *subpath, int from, bool shared, struct error *err);
bool volume_is_empty(const char *data_root, const char *name);
void volume_fill_recover(const char *own); /* of <volumes>/<name> */
/* The same for a volume that is a file system of its own: whenever it has been mounted, and nobody fills it. */
int volume_fill_settle(const char *data_root, const char *name, struct error *err);

/* Clear away what interruptions left, and unmount every volume for which `used` says no. */
void volume_recover(const char *data_root, bool (*used)(const char *name, void *data), void *data);

#endif
