/* Lines of progress, drawn as Docker's daemon draws them (pkg/jsonmessage): a bar of fifty cells behind sizes of eight columns. */
#include "daemon/progress.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS = 50 };

bool progress_cancelled(const struct progress *progress)
{
    return progress && progress->cancelled && progress->cancelled(progress->data);
}

static void tell(const struct progress *progress, json_t *line)
{
    if (!progress || !progress->tell) {
        json_decref(line);
        return;
    }
    if (progress->lock)
        pthread_mutex_lock(progress->lock);
    progress->tell(progress->data, line);
    if (progress->lock)
        pthread_mutex_unlock(progress->lock);
}

void progress_say(const struct progress *progress, const char *id, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cleanup_free char *status = str_vformat(format, args);
    va_end(args);
    json_t *line = json_pack("{s:o}", "status", json_text_value(status, strlen(status)));
    if (id)
        json_object_set_new(line, "id", json_text_value(id, strlen(id)));
    tell(progress, line);
}

void progress_state(const struct progress *progress, const char *id, const char *status)
{
    tell(progress, json_pack("{s:s,s:{},s:s}", "status", status, "progressDetail", "id", id));
}

static char *bar(int64_t current, int64_t total)
{
    char now[UNITS_TEXT], all[UNITS_TEXT];
    units_decimal_fine((double)current, now);
    if (total <= 0)
        return str_format("%8s", now);
    units_decimal_fine((double)total, all);
    int filled = (int)((double)current / (double)total * 100) / 2;
    filled = filled > CELLS ? CELLS : filled;
    char cells[CELLS + 1], room[CELLS + 1];
    memset(cells, '=', sizeof cells);
    memset(room, ' ', sizeof room);
    return current > total ? str_format("[%.*s>%.*s] %8s", filled, cells, CELLS - filled, room, now)
                           : str_format("[%.*s>%.*s] %8s/%s", filled, cells, CELLS - filled, room, now, all);
}

void progress_count(const struct progress *progress, const char *id, const char *status, int64_t current, int64_t total)
{
    if (current <= 0 && total <= 0) {
        progress_state(progress, id, status);
        return;
    }
    cleanup_free char *drawn = bar(current, total);
    json_t *detail = json_pack("{s:I}", "current", (json_int_t)current);
    if (total > 0)
        json_object_set_new(detail, "total", json_integer(total));
    tell(progress, json_pack("{s:s,s:o,s:s,s:s}", "status", status, "progressDetail", detail, "progress", drawn, "id", id));
}

void progress_aux(const struct progress *progress, json_t *aux)
{
    tell(progress, json_pack("{s:{},s:o}", "progressDetail", "aux", aux));
}

json_t *progress_failure(const char *message)
{
    json_t *text = json_text_value(message, strlen(message));
    return json_pack("{s:{s:O},s:o}", "errorDetail", "message", text, "error", text);
}
