/* One logfmt line per event, written with a single write(2) so that lines of threads never mix. */
#include "base/log.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stdarg.h>
#include <unistd.h>

static bool debug_enabled;

void log_open(bool debug) { debug_enabled = debug; }

static void log_line(const char *level, const char *format, va_list args)
{
    char now[CLOCK_TEXT];
    clock_rfc3339(clock_wall_ns(), now);
    cleanup_free char *message = str_vformat(format, args);
    cleanup_buf struct buf line = BUF_INIT;
    buf_printf(&line, "time=\"%s\" level=%s msg=\"", now, level);
    for (const char *p = message; *p; p++) {
        if (*p == '"' || *p == '\\')
            buf_putc(&line, '\\');
        *p == '\n' ? buf_puts(&line, "\\n") : buf_putc(&line, *p);
    }
    buf_puts(&line, "\"\n");
    (void)write_full(STDERR_FILENO, line.data, line.len);
}

#define LOG_FUNCTION(name, level, condition)                                                                                       \
    void name(const char *format, ...)                                                                                             \
    {                                                                                                                              \
        if (!(condition))                                                                                                          \
            return;                                                                                                                \
        va_list args;                                                                                                              \
        va_start(args, format);                                                                                                    \
        log_line(level, format, args);                                                                                             \
        va_end(args);                                                                                                              \
    }

LOG_FUNCTION(log_debug, "debug", debug_enabled)
LOG_FUNCTION(log_info, "info", true)
LOG_FUNCTION(log_warn, "warning", true)
LOG_FUNCTION(log_error, "error", true)
