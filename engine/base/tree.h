/* Walking a directory tree that somebody hostile made.
 *
 * No path strings and no recursion: however deep the tree and however long its names, there are at most three descriptors open and
 * the stack does not grow. Symbolic links are not followed; a directory of another filesystem than the top's ends the walk
 * with EXDEV, one that was moved away meanwhile with ESTALE.
 */
#ifndef SLIPWAY_BASE_TREE_H
#define SLIPWAY_BASE_TREE_H

struct tree_visitor {
    /* Anything but a directory, by its name in `directory`; may be NULL. */
    int (*file)(int directory, const char *name, void *context);
    /* A directory, all that is below it done: itself by `directory`, its entry by `parent` and `name`. */
    int (*leave)(int parent, const char *name, int directory, void *context);
    void *context;
};

/* `name` at `dirfd` (AT_FDCWD and a path will do) and all below, deepest first. A negative errno from a visitor ends the walk and
 * is the answer; what is gone meanwhile is passed over. 0, -ENOENT when there is no such directory, or another negative errno. */
int tree_walk(int dirfd, const char *name, const struct tree_visitor *visitor);

#endif
