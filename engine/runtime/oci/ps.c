/* slipway-oci ps: the processes of a container, from its control group; with ps(1)'s own options, what ps(1) says of them. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/spawn.h"
#include "base/strings.h"
#include "kernel/cgroup/cgroup.h"
#include "runtime/oci/columns.h"
#include "runtime/oci/oci.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct options {
    const char *format;
};
static const struct flag flags[] = {
    {'f', "format", FLAG_STRING, offsetof(struct options, format), "format", "\"table\" or \"json\" (numbers of processes)"},
    {0},
};

static const struct column shown[] = {{"UID", "uid"}, {"PID", "pid"}, {"PPID", "parent"}, {"CMD", "command"}, {0}};

static long long field(const char *status, const char *name)
{
    const char *line = strstr(status, name);
    return line ? atoll(line + strlen(name)) : 0;
}

static json_t *describe(pid_t pid)
{
    char *path cleanup_free = str_format("/proc/%d/cmdline", (int)pid),
               *status_path cleanup_free = str_format("/proc/%d/status", (int)pid);
    size_t len = 0;
    char *command cleanup_free = file_read(path, &len, NULL), *status cleanup_free = file_read(status_path, NULL, NULL);
    for (size_t i = 0; command && i + 1 < len; i++)
        if (!command[i])
            command[i] = ' ';
    return json_pack("{sI sI sI so}", "uid", (json_int_t)field(str_or(status, ""), "\nUid:"), "pid", (json_int_t)pid, "parent",
                     (json_int_t)field(str_or(status, ""), "\nPPid:"), "command",
                     json_text_value(str_or(command, ""), command ? strlen(command) : 0));
}

static bool has_pid(const json_t *pids, long long pid)
{
    size_t i;
    json_t *item;
    json_array_foreach(pids, i, item) if (json_integer_value(item) == pid) return true;
    return false;
}

/* The field at index `wanted` of a line of ps, as a number. */
static long long number_at(const char *line, size_t wanted)
{
    for (; wanted; wanted--) {
        line += strspn(line, " ");
        line += strcspn(line, " ");
    }
    return atoll(line);
}

/* Which of the columns is PID; -1: none. */
static int pid_column(const char *head)
{
    char *text cleanup_free = xstrdup(head);
    int index = 0;
    for (char *rest = text, *word; (word = strsep(&rest, " \n"));)
        if (*word && index++ >= 0 && !strcmp(word, "PID"))
            return index - 1;
    return -1;
}

/* Takes `end`, and has closed it when it returns: what it did not read must not keep ps from ending. */
static int filter(int end, const json_t *pids, struct error *err)
{
    FILE *in cleanup_file = fdopen(end, "r");
    if (!in) {
        error_errno(err, errno, "read what ps says");
        fd_close(end);
        return -EIO;
    }
    char *line cleanup_free = NULL;
    size_t room = 0;
    int column = getline(&line, &room, in) > 0 ? pid_column(line) : -1;
    if (column < 0)
        return error_set(err, EINVAL, "ps: its output has no column PID");
    fputs(line, stdout);
    while (getline(&line, &room, in) > 0)
        if (has_pid(pids, number_at(line, (size_t)column)))
            fputs(line, stdout);
    return 0;
}

static int run_ps(char **arguments, const json_t *pids, struct error *err)
{
    char **argv cleanup_strv = NULL;
    posix_spawn_file_actions_t actions;
    int ends[2], status;
    pid_t child;
    strv_add(&argv, "ps");
    for (size_t i = 0; arguments[i]; i++)
        strv_add(&argv, arguments[i]);
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, errno, "make a pipe");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    int rc = spawn_program(&child, path_exists("/bin/ps") ? "/bin/ps" : "/usr/bin/ps", &actions, 0, argv, environ);
    fd_close(ends[1]);
    if (rc < 0) {
        fd_close(ends[0]);
        return error_errno(err, -rc, "run ps (Debian's package procps has it)");
    }
    rc = filter(ends[0], pids, err);
    waitpid(child, &status, 0);
    return rc;
}

static int pids_of(const struct oci_state *state, json_t *pids, struct error *err)
{
    const char *path = json_str(state->json, "cgroup", "");
    struct cgroup cgroup;
    if (!*path) {
        if (oci_alive(state))
            json_array_append_new(pids, json_integer(json_num(state->json, "pid", 0)));
        return 0;
    }
    int rc = cgroup_open(path, &cgroup, err);
    if (rc < 0)
        return rc;
    pid_t *list cleanup_free = cgroup_pids(&cgroup);
    cgroup_close(&cgroup);
    for (size_t i = 0; list && list[i]; i++)
        json_array_append_new(pids, json_integer(list[i]));
    return 0;
}

int oci_ps(int argc, char **argv, struct error *err)
{
    struct options options = {.format = "table"};
    struct oci_state state;
    bool json;
    char **operands;
    int rc = oci_parse(flags, &options, argc, argv, true, 1, -1, &operands, err);
    if (rc || (rc = columns_format(options.format, &json, err)) < 0 || (rc = oci_look(operands[0], &state, err)) < 0)
        return rc;
    json_t *pids cleanup_json = json_array(), *rows cleanup_json = json_array(), *pid;
    size_t i;
    rc = pids_of(&state, pids, err);
    oci_close(&state);
    if (rc < 0)
        return rc;
    if (json)
        oci_print(pids, JSON_COMPACT);
    else if (operands[1])
        return run_ps(operands + 1, pids, err);
    else {
        json_array_foreach(pids, i, pid) json_array_append_new(rows, describe((pid_t)json_integer_value(pid)));
        columns_print(shown, rows);
    }
    return 0;
}
