/* One path of a container's upper layer against the layers below: what the container did there, and which layer had it. */
#ifndef SLIPWAY_OBSERVE_UPPER_H
#define SLIPWAY_OBSERVE_UPPER_H

#include "observe/overlay.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct upper {
    const char *directory;
    const char *const *lowers; /* top first, ends with NULL */
    struct overlay_memo *memo; /* may be NULL; see overlay.h */
};

struct upper_change {
    char kind; /* 'A' added, 'C' changed, 'D' deleted; 0: nothing that the layers below do not say too */
    int64_t size, was;
    int from; /* number of the layer that it was in, counted from the lowest, which is 1; 0: none had it */
    bool
        copied_up; /* the kernel copied it from there (it leaves a mark, "overlay.origin"), for a write or a change of attributes */
    bool directory, opaque;
    bool same_kind; /* what was there was a directory as well, or a file as well */
};

/* `path` is relative, with no slash in front. A directory that is only there for what is in it has kind 0. */
struct upper_change upper_look(const struct upper *upper, const char *path);
/* {"kind","path":"/..","size"} and, for what was there before, "was", "from", "copied_up": the kernel copied it from there, for a
 * write or a change of attributes, and left its mark ("overlay.origin"). */
json_t *upper_change_json(const struct upper *upper, const struct upper_change *change, const char *path);

#endif
