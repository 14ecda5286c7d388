/* What is set on one process before it execs: limits, sysctls, names, the session keyring, the user. Each records a step. */
#ifndef SLIPWAY_KERNEL_PROCESS_H
#define SLIPWAY_KERNEL_PROCESS_H

#include "base/error.h"
#include "kernel/step.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* process.rlimits: [{"type":"RLIMIT_NOFILE","soft":N,"hard":N}]; `pid` 0 is the caller. */
int process_rlimits(struct steps *steps, pid_t pid, const json_t *rlimits, struct error *err);
/* EINVAL for a name that is no limit's, or one that is there twice. */
int process_rlimits_check(const json_t *rlimits, struct error *err);

/* Lowering it needs CAP_SYS_RESOURCE. */
int process_oom_score(struct steps *steps, pid_t pid, long long score, struct error *err);

/* linux.sysctl, written below `proc` (a descriptor of a genuine procfs): only those that belong to a namespace in `flags`
 * (CLONE_NEW*) that the container has of its own; others are refused, as they would change the host. */
int process_sysctl(struct steps *steps, int proc, const char *key, const char *value, unsigned long flags, struct error *err);

/* The AppArmor profile, or SELinux label, that the coming exec enters (apparmor(7), selinux(8)); whether this kernel has either. */
int process_apparmor(struct steps *steps, const char *profile, struct error *err);
int process_selinux(struct steps *steps, const char *label, struct error *err);
bool process_apparmor_enabled(void);
bool process_selinux_enabled(void);
/* Is the file system of Intel RDT where it belongs? */
bool process_resctrl_mounted(void);

int process_hostname(struct steps *steps, const char *name, struct error *err);
int process_domainname(struct steps *steps, const char *name, struct error *err);

/* The session keyring of this name, made by the first who asks, so that a container does not share the keys of whoever started the
 * engine, or who runs something in it (keyrings(7)). */
void process_keyring(struct steps *steps, const char *name);

/* Groups, gid, uid: capabilities stay permitted through the change (PR_SET_KEEPCAPS), and the process is not dumpable after it.
 * PROCESS_KEEP_GROUPS for `count` leaves the additional groups as they are. */
#define PROCESS_KEEP_GROUPS SIZE_MAX
int process_user(struct steps *steps, uid_t uid, gid_t gid, const gid_t *groups, size_t count, struct error *err);

/* pidfd_open(2): a descriptor, close-on-exec. pidfd_send_signal(2). Without steps: who means more by it records that. */
int process_open(pid_t pid);
int process_signal(int pidfd, int signal);
/* A child of the caller is killed and waited for, and its descriptor closed. */
void process_end(pid_t pid, int pidfd);

/* The caller blocks no signal and handles each as by default: what its parent had in mind is not to be inherited. */
void process_default_signals(void);

#endif
