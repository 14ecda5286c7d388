/* Where the last lines of a log begin. */
#ifndef SLIPWAY_API_LOG_TAIL_H
#define SLIPWAY_API_LOG_TAIL_H

#include "api/log_files.h"

/* Opens the file in which the last `wanted` entries begin, and gives the offset there. Negative: all of the log; 0: its end. The
 * file is closed (negative) when there is no log. */
off_t log_tail_seek(const char *path, bool local, long long wanted, struct log_file *file);

#endif
