/* One logfmt line per event, written with a single write(2) so that lines of threads never mix. */
#include "base/log.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

enum level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARNING, LEVEL_ERROR, LEVEL_FATAL };

static atomic_int least_level = LEVEL_INFO;

void log_open(bool debug) { log_level(debug ? "debug" : "info"); }

void log_level(const char *least)
{
    static const char *const names[] = {"debug", "info", "warn", "error", "fatal"};
    for (int i = 0; i < (int)ARRAY_LEN(names); i++)
        if (str_equal(names[i], least))
            atomic_store(&least_level, i);
}

static void add_quoted(struct buf *line, const char *text)
{
    buf_putc(line, '"');
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\')
            buf_putc(line, '\\');
        *p == '\n' ? buf_puts(line, "\\n") : buf_putc(line, *p);
    }
    buf_putc(line, '"');
}

static void write_line(const char *level, const char *message, const char *field, const char *value)
{
    char now[CLOCK_TEXT];
    clock_rfc3339(clock_wall_ns(), now);
    cleanup_buf struct buf line = BUF_INIT;
    buf_printf(&line, "time=\"%s\" level=%s msg=", now, level);
    add_quoted(&line, message);
    if (field) {
        buf_printf(&line, " %s=", field);
        add_quoted(&line, value);
    }
    buf_putc(&line, '\n');
    (void)write_full(STDERR_FILENO, line.data, line.len);
}

void log_warn_of(const char *field, const char *value, const char *message)
{
    if (atomic_load(&least_level) <= LEVEL_WARNING)
        write_line("warning", message, field, value);
}

#define LOG_FUNCTION(name, level, text)                                                                                            \
    void name(const char *format, ...)                                                                                             \
    {                                                                                                                              \
        if (atomic_load(&least_level) > (level))                                                                                   \
            return;                                                                                                                \
        va_list args;                                                                                                              \
        va_start(args, format);                                                                                                    \
        cleanup_free char *message = str_vformat(format, args);                                                                    \
        va_end(args);                                                                                                              \
        write_line(text, message, NULL, NULL);                                                                                     \
    }

LOG_FUNCTION(log_debug, LEVEL_DEBUG, "debug")
LOG_FUNCTION(log_info, LEVEL_INFO, "info")
LOG_FUNCTION(log_warn, LEVEL_WARNING, "warning")
LOG_FUNCTION(log_error, LEVEL_ERROR, "error")
