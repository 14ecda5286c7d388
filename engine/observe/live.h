/* A container's upper layer while it changes: the kernel tells (inotify(7) on the directories of the upper layer, which overlayfs
 * writes like anybody else), nothing is polled, and nothing runs while nothing happens. A file that is copied up is told as soon as
 * overlayfs has put it in place, with the layer that it came from.
 *
 * Each directory needs a watch. They are bounded, here (LIVE_WATCHES_MOST) and by the system (fs.inotify.max_user_watches): from
 * then on the directories without one are walked again at intervals, at least LIVE_RESCAN_MS and so seldom that it takes 1/20 of a
 * processor at most, and `watched` in the first document says false.
 */
#ifndef SLIPWAY_OBSERVE_LIVE_H
#define SLIPWAY_OBSERVE_LIVE_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

enum { LIVE_WATCHES_MOST = 4096, LIVE_RESCAN_MS = 250, LIVE_FOLLOWERS_MOST = 32 };

struct live;

/* The strings are copied. EAGAIN when there are too many already. */
struct live *live_open(const char *const *lowers, const char *upper, struct error *err);
void live_free(struct live *live);

int live_fd(const struct live *live);         /* for poll(2): readable when there is something to read */
int live_timeout_ms(const struct live *live); /* how long to wait for it at most; -1: as long as it takes */
bool live_watched(const struct live *live);   /* every directory has a watch */

/* What changed since the last call: [{"kind":"A"|"C"|"D"|"-","path",..}], each path once, with the rest as in observe.h; "-" means
 * that it is as the image has it again. An empty array when nothing of interest did. NULL: too much happened to tell it thing by
 * thing (or the layer is being walked anew): look at the whole. */
json_t *live_read(struct live *live);
bool live_gone(const struct live *live); /* the layer was removed */

#endif
