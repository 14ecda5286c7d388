/* The words of a linux.seccomp section (config-linux.md#seccomp): actions, operators, architectures, flags. EINVAL for an unknown
 * one. */
#ifndef SLIPWAY_KERNEL_SECCOMP_NAMES_H
#define SLIPWAY_KERNEL_SECCOMP_NAMES_H

#include "base/error.h"

#include <jansson.h>
#include <seccomp.h>
#include <stdint.h>

/* `number`: errnoRet, NULL for none (EPERM then); EINVAL where the action has no use for one. */
int seccomp_parse_action(const char *name, const json_t *number, uint32_t *action, struct error *err);
int seccomp_parse_argument(const json_t *json, struct scmp_arg_cmp *argument, struct error *err);
/* libseccomp's token and the kernel's AUDIT_ARCH_*; the latter 0 for x32, which shares x86-64's. ENOTSUP: this libseccomp is too
 * old. */
int seccomp_parse_architecture(const char *name, uint32_t *token, uint32_t *audit, struct error *err);
/* Added to `flags`: SECCOMP_FILTER_FLAG_*. */
int seccomp_parse_flag(const char *name, unsigned *flags, struct error *err);

#endif
