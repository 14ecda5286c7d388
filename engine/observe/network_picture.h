/* Several network namespaces in one picture: a view of each, and the wires between them. Used by network.c (one container and what
 * it is wired to) and topology.c (all of the machine). The first view is the host's. */
#ifndef SLIPWAY_OBSERVE_NETWORK_PICTURE_H
#define SLIPWAY_OBSERVE_NETWORK_PICTURE_H

#include "observe/network_view.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

enum { NETWORK_PICTURE_MOST = 2048 };

struct network_picture {
    struct view *views;
    size_t count, room;
    int *numbers; /* count x count; valid from network_picture_read to the next change */
};

/* Takes `netns` over. A namespace that is known already, or one too many, is left out. */
int network_picture_add(struct network_picture *picture, const char *name, int netns, struct error *err);
bool network_picture_knows(const struct network_picture *picture, uint64_t inode);
void network_picture_drop(struct network_picture *picture, size_t index);
/* The namespaces that a container of this process has made; their names begin with `prefix`. */
void network_picture_add_inner(struct network_picture *picture, pid_t pid, const char *prefix);
int network_picture_read(struct network_picture *picture, struct error *err);
void network_picture_clear(struct network_picture *picture);

struct wire_end {
    size_t view;
    const struct view_link *link;
};
/* The other end of a veth, or the link that a macvlan or ipvlan sits on; false when it is in a namespace that is not in the
 * picture. */
bool network_picture_other_end(const struct network_picture *picture, size_t view, const struct view_link *link,
                               struct wire_end *end);

/* Parts of the documents; observe.h has their shapes. `shown` says what belongs to the picture; NULL: all. */
typedef bool (*network_picture_choice)(const struct network_picture *picture, size_t view, const struct view_link *link);
json_t *network_picture_links(const struct network_picture *picture, size_t view, network_picture_choice shown);
json_t *network_picture_wires(const struct network_picture *picture, network_picture_choice shown);
json_t *network_picture_bridges(const struct network_picture *picture);
json_t *network_picture_strings(char *const *list);

#endif
