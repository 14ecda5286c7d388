/* A stack of image layers, laid one upon the other from the bottom up: what each adds, changes and removes, what lies hidden, and
 * how efficient the whole is. Only lists of files are looked at (layer_index.h), nothing is mounted.
 *
 * Changes of a layer are what overlay shows of it over those below: a whiteout over something is one removal, whatever was in it;
 * an opaque directory removes each thing of its own that it does not have again; a directory that is there again counts as changed
 * when its mode or owner differ. In the lowest layer all is added.
 *
 * Waste is counted in bytes that are stored, and that no path leads to any more because of a later layer. They are told at the path
 * that hides them: a file of 10 MB that is changed in a later layer is 10 MB of waste at that path; a directory of 50 MB that is
 * removed is 50 MB at the directory.
 *
 * Efficiency is dive's figure (https://github.com/wagoodman/dive, its filetree/efficiency.go): for each path, of all the layers
 * that have something there, the smallest size divides what is needed from what is stored,
 *
 *     efficiency = sum over paths of the smallest size / sum over paths of all sizes
 *
 * where a path counts in a layer when nothing lies below it there (files, links, empty directories, whiteouts), its size is that of
 * its tar header (so later names of a hard link are 0), and a whiteout has size 0, unless what it removes is a directory: then it
 * has the size of all that was in it. 1 when all sizes are 0. So a removed directory does not lower dive's figure while a removed
 * file does: that is why it and the waste are two figures.
 */
#ifndef SLIPWAY_OBSERVE_STACK_H
#define SLIPWAY_OBSERVE_STACK_H

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>

enum { STACK_PATHS_MOST = 250000, STACK_OFFENDERS = 20 };

/* `directories`: of the layers, the lowest first. Gives
 *   {"layers":[{"number":1,"directory":"/..","size":N,"files":N,"added":N,"changed":N,"removed":N,"hidden":N}...]   lowest first
 *    "waste":{"bytes":N,"files":N,"paths":N,"largest":[{"path":"/var/cache","bytes":N,"files":N,"layer":2,"by":4}...]},
 *    "efficiency":0.97,"size":N,"truncated":bool}
 * `hidden`: bytes of that layer that later ones hide. `largest`: at most STACK_OFFENDERS, `layer` the number of the layer that
 * holds most recently hidden bytes, `by` of the one that hides them. `truncated`: there is more than fits the bounds, and the
 * figures are of what fits. Kept for the next time, as layers of images do not change; a new reference. */
json_t *stack_figures(char *const *directories, struct error *err);

/* The changes of one layer (`number` from 1), a page of them in the order of a sorted walk, what opaque directories took away last:
 *   {"layer":N,"total":N,"offset":N,"changes":[{"kind":"A"|"C"|"D","path":"/etc/x","size":N,"layer":N}...]}
 * In C and D `layer` is the number of the one that had it. EINVAL when there is no such layer. */
json_t *stack_changes(char *const *directories, size_t number, size_t offset, size_t limit, struct error *err);

#endif
