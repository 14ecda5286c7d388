/* The parts of the X-ray's steps, and of two containers beside each other. */
#ifndef SLIPWAY_TUI_XRAY_STEPS_H
#define SLIPWAY_TUI_XRAY_STEPS_H

#include "tui/xray_state.h"

#include <stddef.h>

void step_duration(long long ns, char *out, size_t room); /* "2.7 ms" */
/* The acts of the last start alone, without those of execs, of signals and of starts before: a new array. */
json_t *steps_of_start(const json_t *doc);
/* What an act was done to, in few words: "memory.limit_in_bytes", "/proc", "eth0". */
void step_label(const json_t *step, char *out, size_t room);
/* What the container is made of after the acts up to `at`. Lines used. */
int steps_replay(struct area area, int top, const json_t *doc, int at, const char *name);
int steps_beside(const struct xray *xray, struct area area, int top);
int namespaces_beside(const struct xray *xray, struct area area, int top);

#endif
