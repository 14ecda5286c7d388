/* A file that a command writes for a person (save -o, export -o, build -o): it appears under its name when it is whole, and what
 * was there before stays until then. */
#ifndef SLIPWAY_CLI_OUTPUT_FILE_H
#define SLIPWAY_CLI_OUTPUT_FILE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct output_file {
    int fd;
    char *path, *temporary; /* temporary: NULL while the file has no name at all */
    int failure;            /* errno of a write */
};

/* EPROTO, in Docker's words, for what cannot be written to: a directory, a device, a place that does not exist. */
int output_file_open(const char *path, struct output_file *file, struct error *err);

/* A `take` of client_exchange, whose data is the struct. */
bool output_file_take(void *data, const char *bytes, size_t len);

/* Gives it its name. Without it output_file_drop leaves nothing behind. */
int output_file_keep(struct output_file *file, struct error *err);
void output_file_drop(struct output_file *file);
#define cleanup_output_file __attribute__((cleanup(output_file_drop)))

#endif
