/* The first process of a lab machine: this same static program, called as `docker-init --machine [--engine] [--hosts LINES]`.
 *
 * It brings the loopback device up, writes /etc/hostname and /etc/hosts (with the LINES of the machines beside it), prepares the
 * machine's cgroups for those who make groups in them (on version 2), reaps what is orphaned, and with --engine keeps
 * /run/slipway.sock (and /run/docker.sock, which leads there): the first who connects has slipwayd started, so a machine whose
 * engine nobody asks costs nothing. An engine that ended, however it did, is started again by the next who connects, until SIGUSR1
 * takes the socket away; SIGUSR2 makes it again (`service docker stop` and `start` send them). SIGTERM from outside ends it, and so
 * the machine; the same from within does nothing.
 *
 * Once all of this is in place it calls itself MACHINE_READY (/proc/PID/comm): what runs in the machine before would find no
 * engine, no names and no loopback.
 */
#ifndef SLIPWAY_SHIM_MACHINE_INIT_H
#define SLIPWAY_SHIM_MACHINE_INIT_H

#include <stdbool.h>

#define MACHINE_READY "init"

bool machine_init_called(int argc, char **argv);
int machine_init_main(int argc, char **argv);

#endif
