/* Docker's multiplexed stream (Engine API, "Attach to a container", stream format): eight bytes before each piece of
 * output: the stream (1 stdout, 2 stderr), three zeros, the length big-endian. */
#ifndef SLIPWAY_SHIM_FRAME_H
#define SLIPWAY_SHIM_FRAME_H

#include <stdint.h>

enum { SHIM_FRAME = 8 };
enum shim_stream { SHIM_STDOUT = 0, SHIM_STDERR = 1, SHIM_STREAMS = 2 };

static inline void shim_frame(unsigned char out[SHIM_FRAME], enum shim_stream stream, uint32_t length)
{
    out[0] = (unsigned char)(stream + 1);
    out[1] = out[2] = out[3] = 0;
    for (int i = 0; i < 4; i++)
        out[4 + i] = (unsigned char)(length >> (24 - 8 * i));
}

#endif
