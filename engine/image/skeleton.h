/* What a container must find in its root and its image may lack: /dev/console, /etc/hosts and so on, as mount points for what the
 * engine puts there. Worked out once per image, then made in each container's init layer with a few system calls. */
#ifndef SLIPWAY_IMAGE_SKELETON_H
#define SLIPWAY_IMAGE_SKELETON_H

struct skeleton;

/* `lower`: the image's layers below `overlay`, top first, "l/X:l/Y". Counted: each new or shared one is freed. */
struct skeleton *skeleton_new(const char *overlay, const char *lower);
struct skeleton *skeleton_share(struct skeleton *skeleton);
void skeleton_free(struct skeleton *skeleton);

/* "<id>/diff" below `at`, with owner and mode of the image's root: the top layer's root is what a container sees as /. 0 or -errno.
 */
int skeleton_make_root(const struct skeleton *skeleton, int at, const char *id);
/* All that is missing, in "<id>/diff". */
int skeleton_make(const struct skeleton *skeleton, int at, const char *id);

#endif
