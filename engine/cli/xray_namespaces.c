/* Which of the kernel's resources the container has for itself, its processes, and their signals. */
#include "cli/xray.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/table.h"

static const char *meaning(const char *type)
{
    static const struct {
        const char *type, *text;
    } table[] = {{"pid", "its own numbering of processes"},    {"mnt", "its own mounts, and so its own root"},
                 {"net", "its own links, addresses, rules"},   {"uts", "its own host name"},
                 {"ipc", "its own shared memory and queues"},  {"user", "its own user and group IDs"},
                 {"cgroup", "its own view of /sys/fs/cgroup"}, {"time", "its own boot clock"}};
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (str_equal(table[i].type, type))
            return table[i].text;
    return "";
}

void plain_rows(const struct xray *xray, struct buf *rows)
{
    cleanup_buf struct buf shifted = BUF_INIT;
    cleanup_strv char **lines = str_split(rows->data ? rows->data : "", '\n');
    for (size_t i = 0; lines[i] && *lines[i]; i++)
        buf_printf(&shifted, "  %s\n", lines[i]);
    if (shifted.len)
        table_write(shifted.data, 4, 2, xray->out);
}

void plain_namespaces(const struct xray *xray, const json_t *doc)
{
    cleanup_buf struct buf rows = BUF_INIT, processes = BUF_INIT;
    size_t i;
    json_t *entry;
    plain_heading(xray, "NAMESPACES", "what this process does not share with the host");
    buf_puts(&rows, "TYPE\tCONTAINER\tHOST\t\n");
    json_array_foreach(json_object_get(doc, "container"), i, entry)
    {
        bool shared = json_flag(entry, "shared", false);
        const char *type = json_str(entry, "type", "");
        buf_printf(&rows, "%s\t%lld\t%lld\t%s\n", type, json_num(entry, "inode", 0), json_num(entry, "host_inode", 0),
                   shared ? "shared with the host" : meaning(type));
    }
    plain_rows(xray, &rows);
    fputc('\n', xray->out);
    buf_puts(&processes, "PID\tINSIDE\tPARENT\tUID\tSTATE\tCOMMAND\n");
    json_array_foreach(json_object_get(doc, "processes"), i, entry)
    {
        if (xray->brief && i == 8) {
            buf_printf(&processes, "...\t\t\t\t\t%zu in all\n", json_array_size(json_object_get(doc, "processes")));
            break;
        }
        buf_printf(&processes, "%lld\t%lld\t%lld\t%lld\t%s\t%.60s\n", json_num(entry, "pid", 0), json_num(entry, "inner_pid", 0),
                   json_num(entry, "ppid", 0), json_num(entry, "uid", 0), json_str(entry, "state", ""),
                   json_str(entry, "command", ""));
    }
    plain_rows(xray, &processes);
}

static char *names(const json_t *list)
{
    cleanup_strv char **texts = json_to_strv(list);
    return texts && *texts ? strv_join(texts, " ") : xstrdup("-");
}

void plain_signals(const struct xray *xray, const json_t *doc)
{
    cleanup_buf struct buf rows = BUF_INIT;
    size_t i;
    json_t *entry;
    plain_heading(xray, "SIGNALS", "what each process does with them; a pid 1 gets only those that it catches");
    buf_puts(&rows, "PID\tINSIDE\tCOMMAND\tCAUGHT\tIGNORED\tBLOCKED\tPENDING\n");
    json_array_foreach(json_object_get(doc, "processes"), i, entry)
    {
        if (xray->brief && i == 5)
            break;
        cleanup_free char *caught = names(json_object_get(entry, "caught")), *ignored = names(json_object_get(entry, "ignored"));
        cleanup_free char *blocked = names(json_object_get(entry, "blocked")), *pending = names(json_object_get(entry, "pending"));
        buf_printf(&rows, "%lld\t%lld\t%.24s\t%s\t%s\t%s\t%s\n", json_num(entry, "pid", 0), json_num(entry, "inner_pid", 0),
                   json_str(entry, "command", ""), caught, ignored, blocked, pending);
    }
    plain_rows(xray, &rows);
}
