/* Several network namespaces in one picture: a view of each, and the wires between them. Used by network.c (one container and what
 * it is wired to) and topology.c (all of the machine). The first view is the host's. */
#ifndef SLIPWAY_OBSERVE_PICTURE_H
#define SLIPWAY_OBSERVE_PICTURE_H

#include "observe/network_view.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

enum { PICTURE_MOST = 2048 };

struct picture {
    struct view *views;
    size_t count, room;
    int *numbers; /* count x count; valid from picture_read to the next change */
};

/* Takes `netns` over. A namespace that is known already, or one too many, is left out. */
int picture_add(struct picture *picture, const char *name, int netns, struct error *err);
bool picture_knows(const struct picture *picture, uint64_t inode);
struct view *picture_of_inode(const struct picture *picture, uint64_t inode); /* NULL when not known */
void picture_drop(struct picture *picture, size_t index);
/* The namespaces that a container of this process has made; their names begin with `prefix`. */
void picture_add_inner(struct picture *picture, pid_t pid, const char *prefix);
int picture_read(struct picture *picture, struct error *err);
void picture_clear(struct picture *picture);

struct wire_end {
    size_t view;
    const struct view_link *link;
};
/* The other end of a veth, or the link that a macvlan or ipvlan sits on; false when it is in a namespace that is not in the
 * picture. */
bool picture_other_end(const struct picture *picture, size_t view, const struct view_link *link, struct wire_end *end);

/* Parts of the documents; observe.h has their shapes. `shown` says what belongs to the picture; NULL: all. */
typedef bool (*picture_choice)(const struct picture *picture, size_t view, const struct view_link *link);
json_t *picture_links(const struct picture *picture, size_t view, picture_choice shown);
json_t *picture_wires(const struct picture *picture, picture_choice shown);
json_t *picture_bridges(const struct picture *picture);
json_t *picture_strings(char *const *list);

#endif
