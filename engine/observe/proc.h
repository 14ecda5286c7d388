/* Small readers of /proc, shared by the files of engine/observe. All take pids as the caller's own pid namespace numbers them. */
#ifndef SLIPWAY_OBSERVE_PROC_H
#define SLIPWAY_OBSERVE_PROC_H

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* /proc/<pid>/<file>; NULL when the process is gone. */
char *proc_read(pid_t pid, const char *file, size_t *len, struct error *err);

/* The text after "Name:\t" in /proc/<pid>/status, up to the end of the line; allocated, NULL when missing. */
char *proc_field(const char *status, const char *name);

/* The command line with blanks between its words, or "[name]" for a process without one; a new string. */
json_t *proc_command(pid_t pid, const char *status);

/* How many pid namespaces lie between the caller and `pid`: the number of entries in NSpid. */
size_t proc_depth(const char *status);
/* The pid that the process of `status` has in the namespace at `depth`; 0 when it is not in it. */
pid_t proc_inner_pid(const char *status, size_t depth);

/* Inode of a namespace (/proc/<pid>/ns/<type>); 0 when it cannot be read. */
uint64_t proc_namespace(pid_t pid, const char *type);

/* All processes of the control group of `pid` and those below it, in ascending order; ends with 0. Where `pid` is in no group of
 * its own, the process and its descendants. Allocated; NULL with an error when `pid` is gone. */
pid_t *proc_members(pid_t pid, struct error *err);

#endif
