/* What a build says: documents in the order of the file, though stages are built at the same time.
 *
 * Each stage has a channel. The first that is not over is heard at once; what the others say is kept until it is their turn, and
 * one that says too much meanwhile has to wait.
 */
#ifndef SLIPWAY_BUILD_OUTPUT_H
#define SLIPWAY_BUILD_OUTPUT_H

#include "build/build.h"

#include <stdbool.h>
#include <stddef.h>

struct output;

/* `quiet`: nothing is heard unless output_failed is called. */
struct output *output_new(const struct build_sink *sink, bool quiet);
void output_channels(struct output *output, size_t count); /* once, before anything is said */
void output_free(struct output *output);

/* {"stream":...} */
void output_say(struct output *output, size_t channel, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same from what a container writes, which may be anything; `red`: its standard error. */
void output_bytes(struct output *output, size_t channel, bool red, const char *bytes, size_t len);
void output_document(struct output *output, size_t channel, json_t *doc); /* taken over */

/* {"status":...,"progressDetail":{"current":..,"total":..},"progress":"[==>  ] 1kB/9kB"}; `total` -1: unknown. */
void output_progress(struct output *output, size_t channel, const char *status, int64_t current, int64_t total);

void output_end(struct output *output, size_t channel);  /* nothing more comes from it */
void output_drop(struct output *output, size_t channel); /* what it has said and was not heard yet is forgotten */
void output_open(struct output *output);                 /* nobody waits for a turn any more */

bool output_heard(struct output *output); /* anything at all */
/* The last document: everything that was kept quiet first. */
void output_failed(struct output *output, int exit_code, const char *message);
void output_result(struct output *output, const char *text); /* {"stream":...}, also when quiet */

#endif
