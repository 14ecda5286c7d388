/* libisal's stateful inflate. A header must lie whole before it, so a member begins only with HEADER bytes at hand, or all there
 * are. */
#include "image/gunzip.h"

#include "base/memory.h"

#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT = 256 * 1024, HEADER = 128 * 1024 };

struct gunzip {
    ssize_t (*read_more)(void *data, char *out, size_t room);
    void *data;
    struct inflate_state state;
    bool between; /* members */
    bool drained; /* there is no more input */
    const char *problem;
    unsigned char in[INPUT];
};

struct gunzip *gunzip_new(ssize_t (*read_more)(void *data, char *out, size_t room), void *data)
{
    struct gunzip *gunzip = xcalloc(1, sizeof *gunzip);
    gunzip->read_more = read_more;
    gunzip->data = data;
    gunzip->between = true;
    isal_inflate_init(&gunzip->state);
    gunzip->state.next_in = gunzip->in;
    return gunzip;
}

void gunzip_free(struct gunzip *gunzip) { free(gunzip); }

const char *gunzip_problem(const struct gunzip *gunzip) { return gunzip->problem; }

/* What is left moves to the front, and more comes behind it. */
static bool refill(struct gunzip *gunzip)
{
    struct inflate_state *state = &gunzip->state;
    memmove(gunzip->in, state->next_in, state->avail_in);
    state->next_in = gunzip->in;
    if (gunzip->drained)
        return true;
    size_t room = INPUT - state->avail_in;
    ssize_t got = gunzip->read_more(gunzip->data, (char *)gunzip->in + state->avail_in, room);
    if (got < 0) {
        gunzip->problem = strerror(errno);
        return false;
    }
    gunzip->drained = (size_t)got < room;
    state->avail_in += (uint32_t)got;
    return true;
}

/* False at the end, and when something is wrong. */
static bool begin_member(struct gunzip *gunzip)
{
    struct inflate_state *state = &gunzip->state;
    if (state->avail_in < HEADER && !gunzip->drained && !refill(gunzip))
        return false;
    if (state->avail_in < 2 || state->next_in[0] != 0x1f || state->next_in[1] != 0x8b)
        return false;
    isal_inflate_reset(state);
    state->crc_flag = ISAL_GZIP;
    gunzip->between = false;
    return true;
}

static bool inflate_some(struct gunzip *gunzip)
{
    struct inflate_state *state = &gunzip->state;
    if (state->avail_in == 0 && !refill(gunzip))
        return false;
    uint32_t in = state->avail_in, room = state->avail_out;
    int r = isal_inflate(state);
    if (r < 0 || r > ISAL_OUT_OVERFLOW)
        gunzip->problem = "gzip decompression failed";
    else if (state->block_state == ISAL_BLOCK_FINISH)
        gunzip->between = true;
    else if (state->avail_in == in && state->avail_out == room && gunzip->drained)
        gunzip->problem = "truncated gzip input";
    return !gunzip->problem;
}

ssize_t gunzip_read(struct gunzip *gunzip, char *out, size_t room)
{
    struct inflate_state *state = &gunzip->state;
    state->next_out = (unsigned char *)out;
    state->avail_out = (uint32_t)room;
    while (state->avail_out > 0 && !gunzip->problem)
        if (gunzip->between ? !begin_member(gunzip) : !inflate_some(gunzip))
            break;
    size_t done = room - state->avail_out;
    return done || !gunzip->problem ? (ssize_t)done : -1; /* what came before the fault is given first */
}
