/* A log whose writer was killed, or whose machine lost power, may end in half an entry. */
#ifndef SLIPWAY_SHIM_LOG_REPAIR_H
#define SLIPWAY_SHIM_LOG_REPAIR_H

#include <stdbool.h>

/* Cuts off what is not whole at the end of the file, so that the next entry is not taken for a part of it. `fd` is open for reading
 * and writing. */
void shim_log_repair(int fd, bool local);

#endif
