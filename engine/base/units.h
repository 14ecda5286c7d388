/* Sizes as people write and read them, with Docker's rules (go-units). */
#ifndef SLIPWAY_BASE_UNITS_H
#define SLIPWAY_BASE_UNITS_H

#include <stdbool.h>
#include <stdint.h>

enum { UNITS_TEXT = 32 };

/* "10m", "1.5g", "64k", "512", "10MB", "1GiB": powers of 1024, case ignored; false when malformed or negative. */
bool units_parse_bytes(const char *text, int64_t *bytes);

/* 1000-based with three significant digits, "1.24MB", "0B", "999kB", as `docker images` prints; with four, as progress bars have
 * it. */
void units_decimal(double bytes, char out[UNITS_TEXT]);
void units_decimal_fine(double bytes, char out[UNITS_TEXT]);

/* 1024-based, "12.4MiB", as `docker stats` prints. */
void units_binary(double bytes, char out[UNITS_TEXT]);

#endif
