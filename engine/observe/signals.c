/* What each process of a container does with signals: pending, blocked, ignored, caught, from the masks in /proc/<pid>/status. */
#include "observe/observe.h"

#include "base/memory.h"
#include "base/strings.h"
#include "observe/proc.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNALS = 64, FIRST_REAL_TIME = 34 };

static json_t *names(uint64_t mask)
{
    json_t *out = json_array();
    for (int number = 1; number <= SIGNALS; number++) {
        char real_time[16];
        if (!(mask >> (number - 1) & 1))
            continue;
        const char *name = sigabbrev_np(number);
        if (!name) {
            snprintf(real_time, sizeof real_time, number < FIRST_REAL_TIME ? "%d" : "RTMIN+%d",
                     number < FIRST_REAL_TIME ? number : number - FIRST_REAL_TIME);
            name = real_time;
        }
        json_array_append_new(out, json_string(name));
    }
    return out;
}

static uint64_t mask_of(const char *status, const char *field)
{
    cleanup_free char *text = proc_field(status, field);
    return text ? strtoull(text, NULL, 16) : 0;
}

static json_t *describe(pid_t pid, size_t depth)
{
    cleanup_free char *status = proc_read(pid, "status", NULL, NULL);
    if (!status)
        return NULL;
    return json_pack("{s:i,s:i,s:o,s:o,s:o,s:o,s:o}", "pid", (int)pid, "inner_pid", (int)proc_inner_pid(status, depth), "command",
                     proc_command(pid, status), "pending", names(mask_of(status, "SigPnd") | mask_of(status, "ShdPnd")), "blocked",
                     names(mask_of(status, "SigBlk")), "ignored", names(mask_of(status, "SigIgn")), "caught",
                     names(mask_of(status, "SigCgt")));
}

json_t *observe_signals(pid_t pid, struct error *err)
{
    cleanup_free char *status = proc_read(pid, "status", NULL, err);
    cleanup_free pid_t *members = status ? proc_members(pid, err) : NULL;
    if (!members)
        return NULL;
    json_t *processes = json_array();
    for (const pid_t *member = members; *member; member++) {
        json_t *one = describe(*member, proc_depth(status));
        if (one)
            json_array_append_new(processes, one);
    }
    return json_pack("{s:o}", "processes", processes);
}
