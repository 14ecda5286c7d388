/* Docker's form of a seccomp profile (`--security-opt seccomp=FILE`): rules with conditions on capabilities, processors and kernel
 * versions, resolved for one container into linux.seccomp of the runtime specification. */
#ifndef SLIPWAY_RUNTIME_SECCOMP_PROFILE_H
#define SLIPWAY_RUNTIME_SECCOMP_PROFILE_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

/* `capabilities`: ["CAP_..."], the container's bounding set. A new object; null for a profile that says nothing at all (then
 * nothing is filtered, as with Docker). NULL with dockerd's sentence when the text is no profile. */
json_t *runtime_seccomp_profile(const char *text, const json_t *capabilities, struct error *err);

/* "4.8" against a release such as "6.1.0-18-amd64"; false with `err` when it is no version. */
bool seccomp_kernel_reaches(const char *wanted, const char *release, struct error *err);

#endif
