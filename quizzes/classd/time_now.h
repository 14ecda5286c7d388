/* The exam clock: CLOCK_BOOTTIME, which no one can set and which runs on through suspend, with the boot it belongs to, and
 * CLOCK_REALTIME beside it to bridge a reboot. A function pointer, so that tests can turn it. */
#ifndef SLIPWAY_QUIZZES_CLASSD_TIME_NOW_H
#define SLIPWAY_QUIZZES_CLASSD_TIME_NOW_H

#include <stdint.h>

struct time_now {
    int64_t real_ms; /* since the epoch */
    int64_t boot_ms; /* since boot, suspend included */
    char boot_id[40];
};

typedef void time_source(struct time_now *out);

void time_read(struct time_now *out);

#endif
