/* Seccomp: a `linux.seccomp` section (OCI runtime-spec, config-linux.md#seccomp) becomes a BPF program by libseccomp, which takes
 * milliseconds for Docker's profile; so the program is kept in a file named by the hash of what it was made from. System calls
 * newer than every one that the profile names answer ENOSYS instead of EPERM, so that libc falls back to older ones. */
#ifndef SLIPWAY_KERNEL_SECCOMP_H
#define SLIPWAY_KERNEL_SECCOMP_H

#include "base/error.h"
#include "kernel/step.h"

#include <jansson.h>
#include <linux/filter.h>
#include <stdbool.h>

struct seccomp_program {
    struct sock_filter *code; /* allocated */
    unsigned short count;     /* 0: no filter */
    unsigned flags;           /* SECCOMP_FILTER_FLAG_* */
    char name[40];            /* of its file in the cache; "" without one */
};

/* Is there a listener? SCMP_ACT_NOTIFY has some calls answered by it, or a path for it is given. */
bool seccomp_listens(const struct seccomp_program *program);

/* `cache` is a directory (made when missing) or NULL. A damaged or foreign cache file is made anew. */
int seccomp_compile(const json_t *profile, const char *cache, struct seccomp_program *program, struct error *err);

/* Of which seccomp_compile consists when there is no cache: the program as libseccomp writes it, and the same answers by fewer
 * instructions, where it is understood how (seccomp_shorten.c). */
int seccomp_write(const json_t *profile, struct seccomp_program *program, struct error *err);
void seccomp_shorten(struct seccomp_program *program);

/* For an exec, by when the program is in the cache: of the profile what is still to be read then; NULL when that is all of it. With
 * it, and the name that the program had from seccomp_compile, seccomp_recall gives the program again; false when its file is gone
 * or damaged, or the name is none. The name is kept beside the profile, as the profile's words are those of whoever wrote the
 * bundle. */
json_t *seccomp_abridge(const json_t *profile);
bool seccomp_recall(const json_t *brief, const char *cache, const char *name, struct seccomp_program *program);

/* EINVAL for a name that is no system call of any architecture that this libseccomp knows; seccomp_compile passes over such. */
int seccomp_check_names(const json_t *profile, struct error *err);

/* Does a rule have calls answered by a listener? A listenerPath alone has no say in what becomes of the container
 * (config-linux.md#seccomp); an agent that is there all the same gets one, as from crun. */
bool seccomp_notifies(const json_t *profile);

/* Load into the calling thread; needs CAP_SYS_ADMIN or no_new_privs. Async-signal-safe. With a listener the result is its
 * descriptor, close-on-exec; otherwise 0. */
int seccomp_install(struct steps *steps, const struct seccomp_program *program, struct error *err);

/* Load a program with a listener and hand that on before anything is called that the listener might have to answer: `hand_on` runs
 * in a thread that is not filtered, and gives 0 or a negative errno with its error. The caller makes no system call until it is
 * done. */
int seccomp_install_listener(struct steps *steps, const struct seccomp_program *program,
                             int (*hand_on)(void *context, int listener, struct error *err), void *context, struct error *err);

void seccomp_program_free(struct seccomp_program *program);

/* What a profile may name, one after the other; NULL after the last. */
const char *seccomp_action_name(int i);
const char *seccomp_operator_name(int i);
const char *seccomp_architecture_name(int i);
const char *seccomp_flag_name(int i);

#endif
