/* The glass box: one record for every act on the kernel.
 *
 * A `struct steps` is one shared anonymous mapping (MAP_SHARED), made before clone, so that the process that
 * sets a container up from inside records into the same log as its parent. Recording reserves room with one atomic
 * addition and copies the texts: about a microsecond, no system call, async-signal-safe. When the log is full further steps
 * are counted, not kept. Functions of engine/kernel/ take a `struct steps *` first; NULL records nothing.
 */
#ifndef SLIPWAY_KERNEL_STEP_H
#define SLIPWAY_KERNEL_STEP_H

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

struct steps;

struct steps *steps_new(void); /* 128 KiB of room; never NULL */
void steps_free(struct steps *steps);
void steps_clear(struct steps *steps);

/* `what`: the act in a word or two ("clone3", "mount", "cgroup write", "netlink link add", "seccomp").
 * `object`: what it was done to. `command`: the equivalent shell command, or "" where there is none.
 * `start_ns`: CLOCK_MONOTONIC before the act (step_start()); the end is taken now. `result`: 0 or a negative errno. */
int64_t step_start(void);
void step_record(struct steps *steps, int64_t start_ns, int result, const char *what, const char *object, const char *command);
void step_recordf(struct steps *steps, int64_t start_ns, int result, const char *what, const char *object, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* The pid that steps of this process carry from now on: a process in a new pid namespace sees itself as 1, people look for the
 * host's number. */
void step_set_pid(pid_t pid);

/* How many steps did not fit. */
unsigned steps_dropped(const struct steps *steps);

/* Ordered by start: [{"seq":1,"start_ns":...,"duration_ns":...,"pid":123,"what":"mount","object":"/proc",
 *  "command":"mount -t proc proc /proc","result":0,"error":""}]; `error` is the errno's name ("EPERM") when result < 0. */
json_t *steps_json(const struct steps *steps);

#endif
