/* Reading refused system calls from /dev/kmsg, whose records anybody with root on the host can write, but not as the kernel
 * (facility 0). The command in a record is the container's to choose: it may hold anything. */
#include "observe/denied.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/seccomp_view.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RECORD_MOST = 8192, RECORDS_MOST = 20000, KINDS_MOST = 200 };

/* The number after " name=", in the base that is given; -1 when it is missing. */
static long long number_of(const char *record, const char *name, int base)
{
    const char *at = strstr(record, name);
    char *end;
    if (!at)
        return -1;
    at += strlen(name);
    long long value = strtoll(at, &end, base);
    return end == at ? -1 : value;
}

/* comm is written between quotes, or as hexadecimal when it holds what would not be safe there. */
static void command_of(const char *record, char *out, size_t room)
{
    const char *at = strstr(record, " comm=");
    size_t used = 0;
    out[0] = '\0';
    if (!at)
        return;
    at += strlen(" comm=");
    if (*at == '"') {
        for (at++; *at && *at != '"' && used + 1 < room; at++)
            out[used++] = *at;
    } else {
        unsigned byte;
        for (; used + 1 < room && sscanf(at, "%2x", &byte) == 1 && at[0] != ' ' && at[1] != ' '; at += 2)
            out[used++] = byte >= ' ' && byte < 0x7f ? (char)byte : '?';
    }
    out[used] = '\0';
}

bool denied_parse(const char *record, struct denied *out)
{
    const char *text = strchr(record, ';');
    char *end;
    long priority = strtol(record, &end, 10);
    enum { FACILITY = 8 };
    if (!text || end == record || priority / FACILITY != 0 || !str_starts(text + 1, "audit: type=1326 "))
        return false;
    /* The kernel writes a comm= or exe= with a blank in it as hexadecimal, so neither can pass for one of these fields. */
    long long pid = number_of(text, " pid=", 10), call = number_of(text, " syscall=", 10), action = number_of(text, " code=", 16);
    if (pid <= 0 || pid > INT32_MAX || call < 0 || call > INT32_MAX || action < 0 || action > UINT32_MAX)
        return false;
    *out = (struct denied){.pid = (pid_t)pid, .call = (int)call, .action = (unsigned)action};
    command_of(text, out->command, sizeof out->command);
    return true;
}

/* Which errno it was stands in no record (Linux 6): the profile knows. */
static const char *errno_of(const json_t *filter, const char *call)
{
    static const char *const lists[] = {"refused", "conditional"};
    size_t i;
    json_t *entry;
    for (size_t k = 0; k < ARRAY_LEN(lists); k++)
        json_array_foreach(json_object_get(filter, lists[k]), i, entry)
        {
            if (str_equal(json_str(entry, "name", ""), call))
                return json_str(entry, "answer", "errno");
        }
    return json_str(filter, "default", "errno");
}

static const char *answer_of(unsigned action, const json_t *filter, const char *call)
{
    switch (action & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ERRNO:
        return errno_of(filter, call);
    case SECCOMP_RET_TRAP:
        return "trap";
    case SECCOMP_RET_TRACE:
        return "trace";
    case SECCOMP_RET_LOG:
        return "log";
    default:
        return "kill";
    }
}

static bool is_member(const pid_t *members, pid_t pid)
{
    for (; *members; members++)
        if (*members == pid)
            return true;
    return false;
}

static void count(json_t *calls, const struct denied *denied, const json_t *filter)
{
    cleanup_free char *call = seccomp_call_name(denied->call), *plain = call ? NULL : str_format("%d", denied->call);
    const char *name = call ? call : plain, *answer = answer_of(denied->action, filter, name);
    size_t i;
    json_t *entry;
    json_array_foreach(calls, i, entry)
    {
        if (json_num(entry, "pid", 0) == denied->pid && str_equal(json_str(entry, "call", ""), name) &&
            str_equal(json_str(entry, "answer", ""), answer)) {
            json_object_set_new(entry, "count", json_integer(json_num(entry, "count", 0) + 1));
            return;
        }
    }
    if (json_array_size(calls) == KINDS_MOST)
        return;
    json_t *command = json_string(denied->command);
    json_array_append_new(calls, json_pack("{s:i,s:o,s:s,s:s,s:i}", "pid", (int)denied->pid, "command",
                                           command ? command : json_string("?"), "call", name, "answer", answer, "count", 1));
}

json_t *denied_read(const pid_t *members, const json_t *filter)
{
    cleanup_close int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    json_t *calls = json_array();
    char record[RECORD_MOST];
    for (int left = RECORDS_MOST; left > 0; left--) {
        ssize_t got = read(fd, record, sizeof record - 1);
        if (got < 0 && errno == EPIPE) /* overwritten while we read: go on with what is there */
            continue;
        if (got <= 0)
            break;
        record[got] = '\0';
        record[strcspn(record, "\n")] = '\0';
        struct denied denied;
        if (denied_parse(record, &denied) && is_member(members, denied.pid))
            count(calls, &denied, filter);
    }
    return calls;
}
