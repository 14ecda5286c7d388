/* Back to what a control file said: most take their own text again, some hold a line for each device and take one of them. */
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup/cgroup.h"

#include <string.h>

/* Files of one line for each device or interface, and what takes the line of one away. */
static const struct {
    const char *file, *none;
} keyed[] = {
    {"io.max", "rbps=max wbps=max riops=max wiops=max"},
    {"io.weight", "default"},
    {"io.bfq.weight", "default"},
    {"blkio.bfq.weight_device", "default"},
    {"blkio.weight_device", "default"},
    {"blkio.leaf_weight_device", "default"},
    {"blkio.throttle.read_bps_device", "0"},
    {"blkio.throttle.write_bps_device", "0"},
    {"blkio.throttle.read_iops_device", "0"},
    {"blkio.throttle.write_iops_device", "0"},
    {"rdma.max", "hca_handle=max hca_object=max"},
    {"misc.max", "max"},
    {"net_prio.ifpriomap", "0"},
};

/* The line of `text` that begins with the first `len` bytes of `key` and a space. */
static char *line_of(const char *text, const char *key, size_t len)
{
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!strncmp(line, key, len) && line[len] == ' ')
            return xstrndup(line, strcspn(line, "\n"));
    }
    return NULL;
}

char *cgroup_undo_text(const char *file, const char *text, const char *value)
{
    for (size_t i = 0; i < ARRAY_LEN(keyed); i++) {
        size_t len = strcspn(value, " ");
        if (strcmp(file, keyed[i].file))
            continue;
        char *line = value[len] ? line_of(text, value, len) : line_of(text, "default", strlen("default"));
        if (!line && value[len])
            line = str_format("%.*s %s", (int)len, value, keyed[i].none);
        if (line)
            return line;
    }
    char *disabled cleanup_free = line_of(text, "oom_kill_disable", strlen("oom_kill_disable"));
    if (disabled)
        return xstrdup(strrchr(disabled, ' ') + 1);
    return text[strspn(text, " \n")] ? xstrndup(text, strcspn(text, "\n")) : xstrdup("\n");
}
