/* Messages for log services: RFC 3164, RFC 5424, the local form of syslog(3), and journald's native protocol
 * (systemd.io/JOURNAL_NATIVE_PROTOCOL). The wording of heads is that of Docker's syslog driver. */
#include "shim/log_service.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SEVERITY_ERROR = 3, SEVERITY_INFO = 6, FIELDS_MOST = SHIM_MESSAGE - SHIM_LOG_LINE - 1024 };

static void add_field(struct buf *out, const char *name, const char *value, size_t len)
{
    buf_puts(out, name);
    if (memchr(value, '\n', len)) {
        uint64_t size = htole64(len);
        buf_putc(out, '\n');
        buf_add(out, &size, sizeof size);
    } else {
        buf_putc(out, '=');
    }
    buf_add(out, value, len);
    buf_putc(out, '\n');
}

int shim_style_open(struct shim_message_style *style, const json_t *config, struct error *err)
{
    const char *name;
    json_t *value;
    struct buf fields = BUF_INIT;
    *style = (struct shim_message_style){.journald = str_equal(json_str(config, "kind", ""), "journald"),
                                         .priority = (int)json_num(config, "priority", 24)};
    snprintf(style->format, sizeof style->format, "%s", json_str(config, "format", ""));
    snprintf(style->tag, sizeof style->tag, "%s", json_str(config, "tag", ""));
    gethostname(style->host, sizeof style->host - 1);
    json_object_foreach(json_object_get(config, "fields"), name, value)
        add_field(&fields, name, json_string_value(value), json_string_length(value));
    style->fields_len = fields.len;
    style->fields = buf_take(&fields);
    if (style->fields_len > FIELDS_MOST)
        return error_set(err, E2BIG, "the fields for journald (labels, env) take %zu bytes: %d are the most", style->fields_len,
                         FIELDS_MOST);
    return 0;
}

static size_t journald_message(const struct shim_message_style *style, char *out, const struct shim_piece *piece)
{
    char *p = out;
    memcpy(p, style->fields, style->fields_len);
    p += style->fields_len;
    p += sprintf(p, "PRIORITY=%d\n", piece->stream == SHIM_STDERR ? SEVERITY_ERROR : SEVERITY_INFO);
    if (piece->number) {
        p += sprintf(p, "CONTAINER_PARTIAL_ID=%s\nCONTAINER_PARTIAL_ORDINAL=%u\n", piece->id, piece->number);
        p += sprintf(p, piece->ends ? "CONTAINER_PARTIAL_LAST=true\n" : "CONTAINER_PARTIAL_MESSAGE=true\n");
    }
    uint64_t size = htole64(piece->len);
    p = stpcpy(p, "MESSAGE\n");
    memcpy(p, &size, sizeof size);
    memcpy(p + sizeof size, piece->data, piece->len);
    p += sizeof size + piece->len;
    *p++ = '\n';
    return (size_t)(p - out);
}

/* "2026-11-21T13:45:00+01:00", with microseconds when asked for. */
static void spell_5424(const struct tm *tm, int64_t at, bool micro, char out[64])
{
    char date[32], zone[8] = "Z", fraction[16] = "";
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", tm);
    long minutes = tm->tm_gmtoff / 60, away = minutes < 0 ? -minutes : minutes;
    if (minutes)
        snprintf(zone, sizeof zone, "%c%02ld:%02ld", minutes < 0 ? '-' : '+', away / 60 % 100, away % 60);
    if (micro)
        snprintf(fraction, sizeof fraction, ".%06ld", (long)(at % 1000000000 / 1000));
    snprintf(out, 64, "%s%s%s", date, fraction, zone);
}

static int syslog_head(const struct shim_message_style *style, char *out, size_t room, const struct shim_piece *piece)
{
    struct tm tm;
    char when[64];
    time_t second = (time_t)(piece->at / 1000000000);
    int priority = style->priority | (piece->stream == SHIM_STDERR ? SEVERITY_ERROR : SEVERITY_INFO), pid = (int)getpid();
    localtime_r(&second, &tm);
    if (str_starts(style->format, "rfc5424")) {
        spell_5424(&tm, piece->at, str_equal(style->format, "rfc5424micro"), when);
        return snprintf(out, room, "<%d>1 %s %s %s %d %s - ", priority, when, style->host, style->tag, pid, style->tag);
    }
    strftime(when, sizeof when, "%b %e %H:%M:%S", &tm);
    if (str_equal(style->format, "rfc3164"))
        return snprintf(out, room, "<%d>%s %s %s[%d]: ", priority, when, style->host, style->tag, pid);
    return snprintf(out, room, "<%d>%s %s[%d]: ", priority, when, style->tag, pid);
}

size_t shim_message(const struct shim_message_style *style, char *out, const struct shim_piece *piece)
{
    if (style->journald)
        return journald_message(style, out, piece);
    size_t len = (size_t)syslog_head(style, out, SHIM_MESSAGE - SHIM_LOG_LINE - 1, piece);
    memcpy(out + len, piece->data, piece->len);
    len += piece->len;
    out[len++] = '\n';
    return len;
}
