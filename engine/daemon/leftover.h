/* What is left of a container whose shim is gone. */
#ifndef SLIPWAY_DAEMON_LEFTOVER_H
#define SLIPWAY_DAEMON_LEFTOVER_H

/* Ends every process of the container described by <state>/config.json, frozen ones too, and removes its cgroups. Waits up to two
 * seconds; what cannot be removed is logged. Only once no shim serves `state`. */
void leftover_end(const char *state);

#endif
