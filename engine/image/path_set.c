/* Open addressing over FNV-1a hashes. */
#include "image/path_set.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 1024 };

static uint64_t mix(uint64_t hash, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3;
    return hash;
}

static uint64_t hash_of(const char *path)
{
    uint64_t hash = 0xcbf29ce484222325;
    while (*path) {
        size_t len = strcspn(path, "/");
        if (len && !(len == 1 && *path == '.'))
            hash = mix(mix(hash, "/", 1), path, len);
        path += len;
        path += *path == '/';
    }
    hash ^= hash >> 32;
    return hash ? hash : 1;
}

static uint64_t *slot_of(const struct path_set *set, uint64_t hash)
{
    size_t at = hash & (set->room - 1);
    while (set->slots[at] && set->slots[at] != hash)
        at = (at + 1) & (set->room - 1);
    return &set->slots[at];
}

static void grow(struct path_set *set)
{
    struct path_set larger = {.room = set->room ? 2 * set->room : ROOM_FIRST, .count = set->count};
    larger.slots = xcalloc(larger.room, sizeof *larger.slots);
    for (size_t i = 0; i < set->room; i++)
        if (set->slots[i])
            *slot_of(&larger, set->slots[i]) = set->slots[i];
    free(set->slots);
    *set = larger;
}

void path_set_add(struct path_set *set, const char *path)
{
    if (2 * set->count >= set->room)
        grow(set);
    uint64_t hash = hash_of(path), *slot = slot_of(set, hash);
    set->count += *slot == 0;
    *slot = hash;
}

bool path_set_has(const struct path_set *set, const char *path) { return set->room && *slot_of(set, hash_of(path)); }

void path_set_free(struct path_set *set)
{
    free(set->slots);
    *set = (struct path_set){0};
}
