/* A bounded queue of bytes. Its memory is one anonymous mapping that comes with the first byte and goes back to the
 * kernel with shim_ring_free, so that a queue nobody uses costs nothing and the heap never fragments. */
#ifndef SLIPWAY_SHIM_RING_H
#define SLIPWAY_SHIM_RING_H

#include <stddef.h>
#include <sys/uio.h>

struct shim_ring {
    char *data;
    size_t size; /* set by the owner before use */
    size_t head;
    size_t used;
};

size_t shim_ring_room(const struct shim_ring *ring);
void shim_ring_put(struct shim_ring *ring, const void *bytes, size_t count); /* count <= shim_ring_room() */
int shim_ring_peek(const struct shim_ring *ring, struct iovec out[2]);       /* how many pieces: 0, 1 or 2 */
void shim_ring_drop(struct shim_ring *ring, size_t count);
void shim_ring_free(struct shim_ring *ring);

#endif
