/* A network device of the runtime's network namespace handed over to a container's (config-linux.md#network-devices). By bare
 * rtnetlink(7): the runtime is linked statically and without libmnl. */
#ifndef SLIPWAY_KERNEL_NET_DEVICE_H
#define SLIPWAY_KERNEL_NET_DEVICE_H

#include "base/error.h"
#include "kernel/step.h"

/* EINVAL for what can be no device's name; "%d" is allowed in it once, for the kernel to put a number in. */
int net_device_check(const char *name, struct error *err);

/* Move `device` into the namespace of the descriptor `netns` (called `label` in steps), where it is named `name` (NULL: as here),
 * has its permanent addresses of global scope again, and is up. EEXIST when the name is taken there. The caller must have one
 * thread; it is in its own namespace again afterwards. */
int net_device_hand_over(struct steps *steps, const char *device, const char *name, int netns, const char *label,
                         struct error *err);

#endif
