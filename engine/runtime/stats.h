/* What a container uses, as `runc events --stats` tells it: the value of "data" in {"type":"stats","id":...,"data":{...}}.
 *
 * Text rather than a json_t: "no limit" is 18446744073709551615 there, which jansson's integers do not hold. Members that are zero
 * and that runc leaves out are left out; "psi" stands where a tree of v2 counts
 * pressure, whatever else is mounted as v1. Figures of a controller that is
 * not mounted are those of a group that used nothing.
 */
#ifndef SLIPWAY_RUNTIME_STATS_H
#define SLIPWAY_RUNTIME_STATS_H

#include "base/error.h"
#include "base/strings.h"
#include "kernel/cgroup/cgroup.h"
#include "runtime/runtime.h"

/* Allocated JSON text on one line; NULL with ENOENT when the container has no group (any more). */
char *runtime_stats(const struct container *container, struct error *err);

/* The sections, from the directories of a group; for tests. */
void stats_write(const struct cgroup *cgroup, struct buf *out);

/* --- for stats_*.c --------------------------------------------------------------------------------------------------------- */

/* A group's files of one controller. */
struct stats_source {
    char *directory; /* NULL: the controller is not mounted */
    bool unified;
};
unsigned long long stats_number(const struct stats_source *source, const char *file); /* "max" is ULLONG_MAX; missing is 0 */
/* The number behind `key` and a space at the beginning of a line ("nr_periods 5"); 0 when it is not there. */
unsigned long long stats_keyed(const char *text, const char *key);
char *stats_text(const struct stats_source *source, const char *file); /* NULL: no such file */

void stats_open(struct buf *out, const char *key); /* "key":{ with a comma where one is needed; NULL: without a key */
void stats_close(struct buf *out);
void stats_put(struct buf *out, const char *key, unsigned long long value, bool leave_out_zero);
void stats_key(struct buf *out, const char *key);
/* "psi":{"some":{"avg10":...},"full":{...}}, from "cpu.pressure"; nothing without that file. */
void stats_pressure(struct buf *out, const struct stats_source *source, const char *file);

void stats_cpu(struct buf *out, const struct stats_source *cpu, const struct stats_source *account,
               const struct stats_source *unified);
void stats_cpuset(struct buf *out, const struct stats_source *source);
void stats_memory(struct buf *out, const struct stats_source *source, const struct stats_source *unified);
void stats_blkio(struct buf *out, const struct stats_source *source, const struct stats_source *unified);
void stats_hugetlb(struct buf *out, const struct stats_source *source);

#endif
