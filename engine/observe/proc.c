/* Reading /proc/<pid>/ (proc(5)). A process may end at any moment: whatever is gone is left out. */
#include "observe/proc.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "observe/group.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Some of these are as long as the process pleases: a command line of megabytes, a table of a hundred thousand mounts, each of
 * which costs the kernel time to print. What comes first is what is looked for. */
enum { READ_MOST = 256 * 1024 };

static char *read_head(int fd, size_t *len)
{
    struct buf text = BUF_INIT;
    char chunk[16384];
    ssize_t n;
    while (text.len < READ_MOST && (n = read(fd, chunk, sizeof chunk)) > 0)
        buf_add(&text, chunk, (size_t)n);
    if (len)
        *len = text.len;
    return text.data ? buf_take(&text) : xstrdup("");
}

char *proc_read(pid_t pid, const char *file, size_t *len, struct error *err)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        return read_head(fd, len);
    if (errno == ENOENT || errno == ESRCH)
        error_set(err, ESRCH, "process %d is gone", (int)pid);
    else
        error_errno(err, errno, "open %s", path);
    return NULL;
}

char *proc_field(const char *status, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = status; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, len) || line[len] != ':')
            continue;
        line += len + 1;
        line += strspn(line, " \t");
        return xstrndup(line, strcspn(line, "\n"));
    }
    return NULL;
}

json_t *proc_command(pid_t pid, const char *status)
{
    size_t len = 0;
    cleanup_free char *words = proc_read(pid, "cmdline", &len, NULL);
    while (len && !words[len - 1])
        len--;
    for (size_t i = 0; i < len; i++)
        if (!words[i])
            words[i] = ' ';
    if (len)
        return json_text_value(words, len);
    cleanup_free char *name = proc_field(status, "Name");
    cleanup_free char *shown = str_format("[%s]", str_or(name, "?"));
    return json_text_value(shown, strlen(shown));
}

size_t proc_depth(const char *status)
{
    cleanup_free char *pids = proc_field(status, "NSpid");
    size_t depth = pids && *pids ? 1 : 0;
    for (const char *p = pids; p && *p; p++)
        depth += *p == '\t' || *p == ' ';
    return depth;
}

pid_t proc_inner_pid(const char *status, size_t depth)
{
    cleanup_free char *pids = proc_field(status, "NSpid");
    char *p = pids;
    for (size_t i = 1; p && *p && i < depth; i++) {
        p += strcspn(p, " \t");
        p += strspn(p, " \t");
    }
    return p ? (pid_t)atoi(p) : 0;
}

uint64_t proc_namespace(pid_t pid, const char *type)
{
    char path[64];
    struct stat st;
    snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, type);
    return stat(path, &st) == 0 ? (uint64_t)st.st_ino : 0;
}

static int by_number(const void *a, const void *b)
{
    return (*(const pid_t *)a > *(const pid_t *)b) - (*(const pid_t *)a < *(const pid_t *)b);
}

struct pids {
    pid_t *list;
    size_t count;
};

static void pids_add(struct pids *pids, pid_t pid)
{
    pids->list = xrealloc(pids->list, (pids->count + 2) * sizeof(pid_t));
    pids->list[pids->count++] = pid;
    pids->list[pids->count] = 0;
}

static bool pids_have(const struct pids *pids, pid_t pid)
{
    for (size_t i = 0; i < pids->count; i++)
        if (pids->list[i] == pid)
            return true;
    return false;
}

enum { GROUPS_DEEPEST = 32 }; /* a learner may nest them without end */

/* Numbers in cgroup.procs of `directory` and of every directory below. */
static void pids_of_group(const char *directory, int depth, struct pids *out)
{
    cleanup_free char *path = path_join(directory, "cgroup.procs");
    cleanup_free char *text = file_read(path, NULL, NULL);
    for (char *line = text, *rest; line && *line; line = rest) {
        pid_t pid = (pid_t)strtol(line, &rest, 10);
        rest += *rest == '\n';
        if (pid > 0 && !pids_have(out, pid))
            pids_add(out, pid);
    }
    cleanup_dir DIR *dir = depth < GROUPS_DEEPEST ? opendir(directory) : NULL;
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
            continue;
        cleanup_free char *below = path_join(directory, entry->d_name);
        pids_of_group(below, depth + 1, out);
    }
}

/* One pass over /proc in ascending order is not enough when numbers have wrapped, so passes go on until nothing is added. */
static void pids_of_family(pid_t ancestor, struct pids *out)
{
    size_t before;
    pids_add(out, ancestor);
    do {
        before = out->count;
        cleanup_dir DIR *dir = opendir("/proc");
        for (struct dirent *entry; dir && (entry = readdir(dir));) {
            pid_t pid = (pid_t)atoi(entry->d_name);
            cleanup_free char *status = pid > 0 && !pids_have(out, pid) ? proc_read(pid, "status", NULL, NULL) : NULL;
            cleanup_free char *parent = status ? proc_field(status, "PPid") : NULL;
            if (parent && pids_have(out, (pid_t)atoi(parent)))
                pids_add(out, pid);
        }
    } while (out->count > before);
}

pid_t *proc_members(pid_t pid, struct error *err)
{
    struct group group;
    struct pids pids = {0};
    if (group_open(pid, &group, err) < 0)
        return NULL;
    /* Any hierarchy will do in which the container has a group of its own. */
    for (size_t i = 0; i < group.machine.count && !pids.count; i++)
        if (group.directories[i] && !str_equal(group.paths[i], "/"))
            pids_of_group(group.directories[i], 0, &pids);
    if (!pids_have(&pids, pid)) {
        pids.count = 0;
        pids_of_family(pid, &pids);
    }
    group_close(&group);
    qsort(pids.list, pids.count, sizeof(pid_t), by_number);
    return pids.list;
}
