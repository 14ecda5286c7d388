/* What the processes of a container may do: the five sets of capabilities, no_new_privs, and the system calls that its seccomp
 * filter refuses. */
#include "cli/xray.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <string.h>

enum { BRIEF_PROCESSES = 5 };

/* Pid 1 of the container: its number outside need not be the lowest. */
static const json_t *first_process(const json_t *doc)
{
    const json_t *processes = json_object_get(doc, "processes");
    size_t index;
    json_t *process;
    json_array_foreach(processes, index, process)
    {
        if (json_num(process, "inner_pid", 0) == 1)
            return process;
    }
    return json_array_get(processes, 0);
}

static const char *const sets[] = {"effective", "permitted", "inheritable", "bounding", "ambient"};

static bool in(const json_t *list, const char *name)
{
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        if (str_equal(json_string_value(entry), name))
            return true;
    }
    return false;
}

static const char *short_name(const char *name) { return name + (str_starts(name, "CAP_") ? strlen("CAP_") : 0); }

/* The capabilities in the default that `process` has not in its bounding set, or those that it has besides. */
static void difference(const struct xray *xray, const json_t *doc, const json_t *process, bool missing, const char *text)
{
    cleanup_buf struct buf list = BUF_INIT;
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(doc, "capabilities"), i, one)
    {
        bool held = in(json_object_get(process, "bounding"), json_str(one, "name", ""));
        bool usual = json_flag(one, "default", false);
        if (missing ? usual && !held : held && !usual)
            buf_printf(&list, " %s", short_name(json_str(one, "name", "")));
    }
    if (list.len)
        fprintf(xray->out, "  %s:%s\n", text, list.data);
}

static void draw_processes(const struct xray *xray, const json_t *doc)
{
    cleanup_buf struct buf rows = BUF_INIT;
    size_t i;
    json_t *process;
    buf_puts(&rows, "PID\tINSIDE\tUID\tCOMMAND\tEFFECTIVE\tPERMITTED\tINHERITABLE\tBOUNDING\tAMBIENT\tNO NEW PRIVS\tSECCOMP\n");
    json_array_foreach(json_object_get(doc, "processes"), i, process)
    {
        if (xray->brief && i == BRIEF_PROCESSES)
            break;
        cleanup_free char *command = plain_text(json_str(process, "command", ""));
        buf_printf(&rows, "%lld\t%lld\t%lld\t%.24s", json_num(process, "pid", 0), json_num(process, "inner_pid", 0),
                   json_num(process, "uid", 0), command);
        for (size_t k = 0; k < ARRAY_LEN(sets); k++)
            buf_printf(&rows, "\t%zu", json_array_size(json_object_get(process, sets[k])));
        buf_printf(&rows, "\t%s\t%s\n", json_flag(process, "no_new_privs", false) ? "yes" : "no", json_str(process, "seccomp", ""));
    }
    plain_rows(xray, &rows);
}

static void draw_capabilities(const struct xray *xray, const json_t *doc)
{
    cleanup_buf struct buf rows = BUF_INIT;
    const json_t *first = first_process(doc);
    size_t i;
    json_t *one;
    buf_puts(&rows, "CAPABILITY\tDEFAULT\tOF PID 1\tALLOWS TO\n");
    json_array_foreach(json_object_get(doc, "capabilities"), i, one)
    {
        const char *name = json_str(one, "name", "");
        bool bounding = in(json_object_get(first, "bounding"), name), effective = in(json_object_get(first, "effective"), name);
        buf_printf(&rows, "%s\t%s\t%s\t%s\n", short_name(name), json_flag(one, "default", false) ? "yes" : "-",
                   effective  ? "effective"
                   : bounding ? "bounding only"
                              : "-",
                   json_str(one, "allows", ""));
    }
    fputc('\n', xray->out);
    plain_rows(xray, &rows);
}

static void draw_calls(const struct xray *xray, const char *title, const json_t *calls)
{
    cleanup_buf struct buf line = BUF_INIT;
    size_t i;
    json_t *call;
    if (!json_array_size(calls))
        return;
    fprintf(xray->out, "  %s:\n", title);
    json_array_foreach(calls, i, call)
    {
        const char *name = json_str(call, "name", "");
        if (line.len && line.len + strlen(name) + 3 > (size_t)xray->width) {
            fprintf(xray->out, "   %s\n", line.data);
            buf_consume(&line, line.len);
        }
        buf_printf(&line, " %s", name);
    }
    if (line.len)
        fprintf(xray->out, "   %s\n", line.data);
}

static void draw_filter(const struct xray *xray, const json_t *doc)
{
    const json_t *seccomp = json_object_get(doc, "seccomp"), *refused = json_object_get(seccomp, "refused");
    size_t i;
    json_t *call;
    if (!json_is_object(seccomp)) {
        fprintf(xray->out, "  seccomp: unconfined, no system call is refused by a filter\n");
    } else {
        fprintf(xray->out, "  seccomp: %lld system calls allowed, %zu refused, %zu by their arguments; newer ones answer %s\n",
                json_num(seccomp, "allowed", 0), json_array_size(refused), json_array_size(json_object_get(seccomp, "conditional")),
                json_str(seccomp, "newer", json_str(seccomp, "default", "")));
        if (!xray->brief) {
            draw_calls(xray, "refused", refused);
            draw_calls(xray, "allowed with some arguments only", json_object_get(seccomp, "conditional"));
        }
    }
    json_array_foreach(json_at(doc, "denied.calls"), i, call)
    {
        cleanup_free char *command = plain_text(json_str(call, "command", ""));
        fprintf(xray->out, "  denied: %s to pid %lld (%s), %s, %lld times\n", json_str(call, "call", ""), json_num(call, "pid", 0),
                command, json_str(call, "answer", ""), json_num(call, "count", 0));
    }
    const char *note = json_str(doc, "denied.note", "");
    if (*note && !xray->brief)
        fprintf(xray->out, "  denied: %s\n", note);
}

void plain_privileges(const struct xray *xray, const json_t *doc)
{
    const json_t *first = first_process(doc);
    plain_heading(xray, "PRIVILEGES", "capabilities (of each set, how many), no_new_privs, and what seccomp refuses");
    draw_processes(xray, doc);
    difference(xray, doc, first, false, "held besides the default");
    difference(xray, doc, first, true, "of the default dropped");
    if (!xray->brief)
        draw_capabilities(xray, doc);
    draw_filter(xray, doc);
}
