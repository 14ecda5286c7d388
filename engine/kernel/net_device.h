/* A network device of the runtime's network namespace handed over to a container's (config-linux.md#network-devices). By bare
 * rtnetlink(7): the runtime is linked statically, for which Debian has no libmnl, and what it has of libnl reads the environment
 * before main, also in the container's init. */
#ifndef SLIPWAY_KERNEL_NET_DEVICE_H
#define SLIPWAY_KERNEL_NET_DEVICE_H

#include "base/error.h"
#include "kernel/step.h"

/* EINVAL for what can be no device's name; "%d" is allowed in it once, for the kernel to put a number in. */
int net_device_check(const char *name, struct error *err);

/* Whether `device` is here, and `name` (NULL: the same) not taken in the namespace of the descriptor `netns`: ENODEV, EEXIST. The
 * kernel would find out only when others have moved, and a device that has is lost with the namespace it is in. */
int net_device_check_free(const char *device, const char *name, int netns, const char *label, struct error *err);

/* Move `device` into the namespace of the descriptor `netns` (called `label` in steps), where it is named `name` (NULL: as here),
 * has its permanent addresses of global scope again, and is up. The caller of either must have one thread; it is in its own
 * namespace again afterwards. */
int net_device_hand_over(struct steps *steps, const char *device, const char *name, int netns, const char *label,
                         struct error *err);

#endif
