/* Documents for the client, one channel a stage; see output.h. Strings are escaped as Go's encoding/json does, so that what is
 * recorded from a Docker compares equal byte for byte. */
#include "build/output.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_MOST = 2 << 20, QUIET_MOST = 1 << 20 };

struct channel {
    struct buf kept;
    bool over, dropped;
};

struct output {
    pthread_mutex_t lock;
    pthread_cond_t turn;
    struct build_sink sink;
    struct channel *channels;
    size_t count, current;
    struct buf quiet;
    bool is_quiet, heard, open;
};

void output_channels(struct output *output, size_t count)
{
    free(output->channels);
    output->count = count;
    output->channels = xcalloc(count, sizeof *output->channels);
}

struct output *output_new(const struct build_sink *sink, bool quiet)
{
    struct output *output = xcalloc(1, sizeof *output);
    pthread_mutex_init(&output->lock, NULL);
    pthread_cond_init(&output->turn, NULL);
    output->sink = *sink;
    output->is_quiet = quiet;
    output_channels(output, 1);
    return output;
}

void output_free(struct output *output)
{
    if (!output)
        return;
    for (size_t i = 0; i < output->count; i++)
        buf_free(&output->channels[i].kept);
    buf_free(&output->quiet);
    free(output->channels);
    pthread_cond_destroy(&output->turn);
    pthread_mutex_destroy(&output->lock);
    free(output);
}

/* Locked. The last channel stays open for what is said when all stages are done. */
static bool has_turn(const struct output *output, size_t index)
{
    return index == output->current || output->current == output->count;
}

/* Locked. */
static void emit(struct output *output, const char *text, size_t len)
{
    if (!len)
        return;
    if (!output->is_quiet) {
        output->heard = true;
        output->sink.write(output->sink.data, text, len);
    } else if (output->quiet.len < QUIET_MOST) {
        buf_add(&output->quiet, text, len);
    }
}

static void put(struct output *output, size_t index, const char *text, size_t len)
{
    struct channel *channel = &output->channels[index];
    pthread_mutex_lock(&output->lock);
    while (!has_turn(output, index) && channel->kept.len > KEPT_MOST && !output->open)
        pthread_cond_wait(&output->turn, &output->lock);
    if (has_turn(output, index))
        emit(output, text, len);
    else if (!channel->dropped)
        buf_add(&channel->kept, text, len);
    pthread_mutex_unlock(&output->lock);
}

/* Go writes "<", ">" and "&" as numbers, so that JSON may stand in a web page. They only occur within strings. */
static void put_document(struct output *output, size_t channel, const json_t *doc)
{
    cleanup_buf struct buf plain = BUF_INIT, out = BUF_INIT;
    json_put(&plain, doc);
    for (size_t i = 0; i < plain.len; i++) {
        char c = plain.data[i];
        if (c == '<' || c == '>' || c == '&')
            buf_printf(&out, "\\u%04x", c);
        else
            buf_putc(&out, c);
    }
    buf_puts(&out, "\r\n");
    put(output, channel, out.data, out.len);
}

static void put_stream(struct output *output, size_t channel, const char *text, size_t len)
{
    cleanup_json json_t *doc = json_pack("{s:o}", "stream", json_text_value(text, len));
    put_document(output, channel, doc);
}

void output_say(struct output *output, size_t channel, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cleanup_free char *text = str_vformat(format, args);
    va_end(args);
    put_stream(output, channel, text, strlen(text));
}

void output_bytes(struct output *output, size_t channel, bool red, const char *bytes, size_t len)
{
    cleanup_buf struct buf text = BUF_INIT;
    if (red)
        buf_puts(&text, "\033[91m");
    buf_add(&text, bytes, len);
    if (red)
        buf_puts(&text, "\033[0m");
    put_stream(output, channel, text.data, text.len);
}

void output_document(struct output *output, size_t channel, json_t *doc)
{
    put_document(output, channel, doc);
    json_decref(doc);
}

void output_progress(struct output *output, size_t channel, const char *status, int64_t current, int64_t total)
{
    char now[UNITS_TEXT], all[UNITS_TEXT];
    cleanup_free char *bar = NULL;
    json_t *detail = json_pack("{s:I}", "current", (json_int_t)current);
    units_decimal((double)current, now);
    if (total > 0) {
        int done = (int)(current * 50 / total);
        units_decimal((double)total, all);
        json_object_set_new(detail, "total", json_integer(total));
        bar = done >= 50 ? str_format("[%s>] %8s/%s", "==================================================", now, all)
                         : str_format("[%.*s>%*s] %8s/%s", done, "==================================================", 50 - done,
                                      "", now, all);
    } else {
        bar = str_format("%8s", now);
    }
    output_document(output, channel, json_pack("{s:s,s:o,s:s}", "status", status, "progressDetail", detail, "progress", bar));
}

void output_end(struct output *output, size_t channel)
{
    pthread_mutex_lock(&output->lock);
    output->channels[channel].over = true;
    while (output->current < output->count && output->channels[output->current].over) {
        if (++output->current == output->count)
            break;
        struct channel *next = &output->channels[output->current];
        if (!next->dropped)
            emit(output, next->kept.data, next->kept.len);
        buf_free(&next->kept);
    }
    pthread_cond_broadcast(&output->turn);
    pthread_mutex_unlock(&output->lock);
}

void output_drop(struct output *output, size_t channel)
{
    pthread_mutex_lock(&output->lock);
    output->channels[channel].dropped = true;
    buf_free(&output->channels[channel].kept);
    pthread_cond_broadcast(&output->turn);
    pthread_mutex_unlock(&output->lock);
}

void output_open(struct output *output)
{
    pthread_mutex_lock(&output->lock);
    output->open = true;
    pthread_cond_broadcast(&output->turn);
    pthread_mutex_unlock(&output->lock);
}

bool output_heard(struct output *output)
{
    pthread_mutex_lock(&output->lock);
    bool heard = output->heard || output->quiet.len;
    pthread_mutex_unlock(&output->lock);
    return heard;
}

/* From here on everything is heard, in the channel of whoever comes last. */
static void speak_up(struct output *output, bool with_kept)
{
    pthread_mutex_lock(&output->lock);
    output->is_quiet = false;
    if (with_kept)
        emit(output, output->quiet.data, output->quiet.len);
    output->current = output->count;
    pthread_mutex_unlock(&output->lock);
}

void output_failed(struct output *output, int exit_code, const char *message)
{
    speak_up(output, true);
    cleanup_json json_t *detail = json_object();
    if (exit_code)
        json_object_set_new(detail, "code", json_integer(exit_code));
    json_t *text = json_text_value(message, strlen(message));
    json_object_set(detail, "message", text);
    cleanup_json json_t *doc = json_pack("{s:O,s:o}", "errorDetail", detail, "error", text);
    put_document(output, output->count - 1, doc);
}

void output_result(struct output *output, const char *text)
{
    speak_up(output, false);
    put_stream(output, output->count - 1, text, strlen(text));
}
