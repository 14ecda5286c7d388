/* Against CVE-2019-5736: a process on its way into a container is, until it execs, this very program; whatever runs inside could
 * open /proc/PID/exe and overwrite the engine on the host. So the program runs itself again from a private read-only mount of its
 * file: what /proc/PID/exe leads to can then never be opened for writing.
 *
 * Before that, /dev/null is opened in the place of every standard stream that is closed: the next thing that is opened would be one
 * otherwise, and standard streams are handed on to the container. */
#ifndef SLIPWAY_KERNEL_SEAL_H
#define SLIPWAY_KERNEL_SEAL_H

/* First thing in main(). Where a program begins at seal_entry (seal_entry.c, chosen when it is linked) it has been sealed by then,
 * and this only gives it its name back. Ends the program when there is no /dev/null to stand in for a stream. Returns when the
 * program runs from a read-only mount already, or when it cannot be had (no CAP_SYS_ADMIN: then nobody else's file is at risk
 * either). */
void seal_self(char **argv);

/* The mount is held by a descriptor, which closes on exec; to give that up takes a grace period of the kernel's. Whoever has
 * nothing to do with the time lets it go; for others it ends with the process. */
void seal_let_go(void);

#endif
