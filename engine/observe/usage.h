/* What one container uses, in the words of Docker's stats: for streams that look once a second at many containers. Descriptors of
 * the cgroup's files and of the network counters stay open between two looks, and the values of the JSON are written as text, so
 * that a look costs about a tenth of a millisecond. */
#ifndef SLIPWAY_OBSERVE_USAGE_H
#define SLIPWAY_OBSERVE_USAGE_H

#include "base/error.h"
#include "base/strings.h"

#include <stdbool.h>
#include <sys/types.h>

struct observe_usage;

/* Values of "pids_stats", "blkio_stats", "cpu_stats", "memory_stats" and "networks" (Engine API, "Get container stats"). */
struct usage_texts {
    struct buf pids, blkio, cpu, memory, networks;
};

/* `pid` is the container's init. */
struct observe_usage *observe_usage_new(pid_t pid, struct error *err);
void observe_usage_read(struct observe_usage *usage, struct usage_texts *out);
void observe_usage_free(struct observe_usage *usage);
void usage_texts_free(struct usage_texts *texts);

/* The same of a container that does not run. */
void usage_texts_stopped(struct usage_texts *out);

/* Exposed for tests: one section from the text of its files, version 1 and 2. */
void usage_blkio(struct buf *out, const char *bytes_v1, const char *serviced_v1, const char *io_stat_v2);
void usage_memory_stat(struct buf *out, const char *text, bool unified);
void usage_networks(struct buf *out, const char *net_dev);

#endif
