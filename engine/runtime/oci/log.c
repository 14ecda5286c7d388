/* The log; see log.h. */
#include "runtime/oci/log.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

static FILE *log_file;
static const char *syslog_name, *journal_name;
static bool as_json;

static int open_file(const char *path, struct error *err)
{
    log_file = fopen(path, "ae");
    return log_file ? 0 : error_errno(err, errno, "open log file `%s`", path);
}

int oci_log_open(const char *destination, const char *format, struct error *err)
{
    if (strcmp(format, "text") && strcmp(format, "json"))
        return error_set(err, EINVAL, "unknown log format \"%s\": text and json are possible", format);
    as_json = !strcmp(format, "json");
    if (!destination)
        return 0;
    if (str_starts(destination, "syslog:"))
        syslog_name = destination + strlen("syslog:");
    else if (str_starts(destination, "journald:"))
        journal_name = destination + strlen("journald:");
    else
        return open_file(str_starts(destination, "file:") ? destination + strlen("file:") : destination, err);
    return 0;
}

static void write_line(FILE *out, const char *message)
{
    char now[CLOCK_TEXT];
    clock_rfc3339(clock_wall_ns(), now);
    if (as_json) {
        json_t *line = json_pack("{ss ss* ss}", "level", "error", "msg", message, "time", now);
        json_dumpf(line, out, JSON_COMPACT);
        fputc('\n', out);
        json_decref(line);
    } else {
        json_t *quoted = json_string(message);
        fprintf(out, "time=\"%s\" level=error msg=", now);
        json_dumpf(quoted, out, JSON_ENCODE_ANY);
        fputc('\n', out);
        json_decref(quoted);
    }
    fflush(out);
}

/* systemd.journal-fields(7), in the journal's native protocol: one field a line. */
static void write_journal(const char *message)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket"};
    char *line cleanup_free = xstrdup(message);
    for (char *p = line; *p; p++)
        if (*p == '\n')
            *p = ' ';
    char *fields cleanup_free = str_format("MESSAGE=%s\nPRIORITY=3\nSYSLOG_IDENTIFIER=%s\n", line, journal_name);
    int sock cleanup_close = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    (void)sendto(sock, fields, strlen(fields), 0, (struct sockaddr *)&address, sizeof address);
}

void oci_log_error(const char *message)
{
    if (log_file)
        write_line(log_file, message);
    if (journal_name)
        write_journal(message);
    if (syslog_name) {
        openlog(*syslog_name ? syslog_name : "slipway-oci", LOG_PID, LOG_DAEMON);
        syslog(LOG_ERR, "%s", message);
    }
    if (as_json && !log_file)
        write_line(stderr, message);
    else /* who asked for a log drives us, and says itself whose words these are */
        fprintf(stderr, "%s%s\n", log_file ? "" : "slipway-oci: ", message);
}
