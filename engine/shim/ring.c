/* The bounded queue; one mapping, two indexes. */
#include "shim/ring.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

size_t shim_ring_room(const struct shim_ring *ring) { return ring->size - ring->used; }

static size_t lesser(size_t a, size_t b) { return a < b ? a : b; }

void shim_ring_put(struct shim_ring *ring, const void *bytes, size_t count)
{
    if (!count)
        return;
    if (!ring->data) {
        ring->data = mmap(NULL, ring->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (ring->data == MAP_FAILED)
            abort(); /* as base/memory.h: nothing better can be done */
    }
    size_t tail = (ring->head + ring->used) % ring->size, first = lesser(count, ring->size - tail);
    memcpy(ring->data + tail, bytes, first);
    memcpy(ring->data, (const char *)bytes + first, count - first);
    ring->used += count;
}

int shim_ring_peek(const struct shim_ring *ring, struct iovec out[2])
{
    if (!ring->used)
        return 0;
    size_t first = lesser(ring->used, ring->size - ring->head);
    out[0] = (struct iovec){.iov_base = ring->data + ring->head, .iov_len = first};
    out[1] = (struct iovec){.iov_base = ring->data, .iov_len = ring->used - first};
    return out[1].iov_len ? 2 : 1;
}

void shim_ring_drop(struct shim_ring *ring, size_t count)
{
    ring->used -= count;
    /* An empty queue starts again at the front: its hot part stays small. */
    ring->head = ring->used ? (ring->head + count) % ring->size : 0;
}

void shim_ring_free(struct shim_ring *ring)
{
    if (ring->data)
        munmap(ring->data, ring->size);
    *ring = (struct shim_ring){.size = ring->size};
}
