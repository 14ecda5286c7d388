/* The merged tree of a stack of layers, a directory at a time: what a container sees there, and which layer each thing is from. The
 * lists of files are laid upon each other as stack.h has it; nothing is mounted, no link is followed. */
#ifndef SLIPWAY_OBSERVE_STACK_DIRECTORY_H
#define SLIPWAY_OBSERVE_STACK_DIRECTORY_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct stack_look {
    const char *path; /* of a directory, from the root; "." and ".." are no names */
    bool by_size;     /* the largest first; otherwise by name */
    size_t offset, limit;
};

/* `directories`: of the layers, the lowest first; `upper`: a container's own on top of them, or NULL. Gives
 *   {"path":"/etc","layers":N,"size":N,"files":N,"total":N,"offset":N,"largest":N,"truncated":bool,
 *    "entries":[{"name","type":"d"|"f"|"l"|"c"|"b"|"p"|"s","size":N,"files":N,"layer":N,"newest":N,
 *                "was":N,"gone":N,"hides":N,"copied_up":true}..]}
 * `size` and `files` are of all below, for a directory; later names of a hard link have size 0. `layer`: the number of the one that
 * it is seen from (of a directory: that made it or changed its attributes last); `newest`: the latest that did anything below.
 * `was`: the layer whose one this replaces. `gone`: there is nothing here any more, the layer with this number put a whiteout (or
 * an opaque directory above); `layer` is then where it was, `type` and `size` what it was: size 0, and `hides` the bytes that are
 * stored for nothing at this path. `copied_up`: the kernel copied it into the upper layer from a lower one. `largest`: the greatest
 * size of an entry of the directory. ENOENT when there is no such path, EINVAL when it is no directory. */
json_t *stack_directory(char *const *directories, const char *upper, const struct stack_look *look, struct error *err);

#endif
