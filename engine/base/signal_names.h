/* Signals by their names. */
#ifndef SLIPWAY_BASE_SIGNAL_NAMES_H
#define SLIPWAY_BASE_SIGNAL_NAMES_H

/* "SIGTERM", "term", "15" to a number; 0 when unknown. */
int signal_number(const char *text);

#endif
