/* Which line a message belongs to is counted from the bottom: the cursor stands below all lines that have an ID, goes up to the one
 * that changes and comes down again. A message without a bar ends such a block: what is written before it stays. */
#include "cli/progress.h"

#include "base/json.h"
#include "base/memory.h"
#include "cli/format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

enum { BAR = 50, WIDE_ENOUGH = 110, UNKNOWN_WIDTH = 200, LONGEST = 16 << 20 };

static int columns_of(const struct messages *messages)
{
    struct winsize size;
    if (messages->columns)
        return messages->columns;
    return ioctl(fileno(messages->out), TIOCGWINSZ, &size) == 0 ? size.ws_col : UNKNOWN_WIDTH;
}

static char *amounts(long long current, long long total, const char *units)
{
    bool odd = total <= 0 || current > total; /* then the total tells nothing */
    cleanup_free char *have = cli_size((double)current, 4), *all = cli_size((double)total, 4);
    if (*units)
        return odd ? str_format("%lld %s", current, units) : str_format("%lld/%lld %s", current, total, units);
    return odd ? str_format("%8s", have) : str_format("%8s/%s", have, all);
}

char *progress_bar(const json_t *detail, int columns)
{
    long long current = json_num(detail, "current", 0), total = json_num(detail, "total", 0);
    if (current <= 0 && total <= 0)
        return xstrdup("");
    char bar[BAR + 8] = "";
    int done = total > 0 ? (int)((double)current / (double)total * 100) / 2 : 0;
    done = done > BAR ? BAR : done < 0 ? 0 : done;
    if (total > 0 && columns > WIDE_ENOUGH) {
        memset(bar, ' ', BAR + 3);
        memset(bar + 1, '=', (size_t)done);
        bar[0] = '[';
        bar[done + 1] = '>';
        memcpy(bar + BAR + 2, "] ", 3);
    }
    cleanup_free char *counts =
        total > 0 && json_flag(detail, "hidecounts", false) ? xstrdup("") : amounts(current, total, json_str(detail, "units", ""));
    return str_format("%s%s", bar, counts);
}

/* How many lines the one of `id` is above the cursor; a new one gets its line. */
static size_t line_of(struct messages *messages, const char *id)
{
    size_t count = strv_len(messages->lines), line = 0;
    while (line < count && !str_equal(messages->lines[line], id))
        line++;
    if (line < count)
        return count - line;
    strv_add(&messages->lines, id);
    if (messages->terminal)
        fputc('\n', messages->out);
    return 1;
}

static void forget_lines(struct messages *messages)
{
    strv_free(messages->lines);
    messages->lines = NULL;
}

/* What a message says, at the place where the cursor is. */
static void write_message(struct messages *messages, const json_t *message, const char *id, const json_t *detail)
{
    const char *stream = json_str(message, "stream", ""), *status = json_str(message, "status", "");
    const char *ready = json_str(message, "progress", ""); /* a bar drawn by the engine, for clients of old */
    bool in_place = messages->terminal && detail && !*stream;
    cleanup_free char *bar = detail ? progress_bar(detail, messages->terminal ? columns_of(messages) : UNKNOWN_WIDTH) : xstrdup("");
    if (!in_place && *bar)
        return;
    if (in_place)
        fputs("\033[2K\r", messages->out);
    if (*id)
        fprintf(messages->out, "%s: ", id);
    if (in_place)
        fprintf(messages->out, "%s %s\r", status, bar);
    else if (*ready)
        fprintf(messages->out, "%s %s", status, ready);
    else if (*stream)
        fputs(stream, messages->out);
    else
        fprintf(messages->out, "%s\n", status);
}

static void show(struct messages *messages, const json_t *message)
{
    const char *id = json_str(message, "id", "");
    const json_t *detail = json_object_get(message, "progressDetail");
    if (!json_is_object(detail))
        detail = NULL;
    size_t up = 0;
    if (*id && (detail || *json_str(message, "progress", "")))
        up = line_of(messages, id);
    else
        forget_lines(messages);
    if (messages->terminal && up)
        fprintf(messages->out, "\033[%zuA", up);
    write_message(messages, message, id, detail);
    if (messages->terminal && up)
        fprintf(messages->out, "\033[%zuB", up);
}

static bool take_message(struct messages *messages, const json_t *message)
{
    const json_t *detail = json_object_get(message, "errorDetail"), *aux = json_object_get(message, "aux");
    const json_t *own = json_object_get(message, "slipway");
    const char *failure = json_str(message, "error", NULL);
    if (json_is_object(detail) || failure) {
        messages->failure_code = (int)json_num(detail, "code", 0);
        messages->failure = xstrdup(messages->failure_code == 401 ? "authentication is required"
                                                                  : json_str(detail, "message", str_or(failure, "")));
        return false;
    }
    if (aux && !json_is_null(aux)) {
        if (messages->aux)
            messages->aux(messages->data, aux);
    } else if (own) {
        if (messages->own)
            messages->own(messages->data, own);
    } else if (messages->out) {
        show(messages, message);
    }
    return true;
}

/* Whether a message ends with this byte. */
static bool scan(struct messages *messages, char byte)
{
    if (messages->in_text) {
        messages->in_text = messages->escaped || byte != '"';
        messages->escaped = !messages->escaped && byte == '\\';
        return false;
    }
    if (byte == '"')
        messages->in_text = true;
    else if (byte == '{' || byte == '[')
        messages->depth++;
    else if (byte == '}' || byte == ']')
        return --messages->depth <= 0;
    return false;
}

bool messages_take(void *data, const char *bytes, size_t len)
{
    struct messages *messages = data;
    bool more = true;
    buf_add(&messages->pending, bytes, len);
    while (more && messages->scanned < messages->pending.len) {
        if (!scan(messages, messages->pending.data[messages->scanned++]))
            continue;
        cleanup_json json_t *message = json_loadb(messages->pending.data, messages->scanned, 0, NULL);
        messages->broken = !json_is_object(message);
        more = !messages->broken && take_message(messages, message);
        buf_consume(&messages->pending, messages->scanned);
        messages->scanned = 0;
        messages->depth = 0;
    }
    if (messages->pending.len > LONGEST)
        messages->broken = true;
    if (messages->out)
        fflush(messages->out);
    return more && !messages->broken;
}

int messages_end(struct messages *messages, struct error *err)
{
    if (messages->failure)
        return error_set(err, EPROTO, "%s", messages->failure);
    if (messages->broken || (messages->pending.len && strspn(messages->pending.data, " \r\n\t") < messages->pending.len))
        return error_set(err, EPROTO, "the engine's answer is no stream of messages, or broke off");
    return 0;
}

void messages_clear(struct messages *messages)
{
    buf_free(&messages->pending);
    forget_lines(messages);
    free(move_ptr(messages->failure));
}
