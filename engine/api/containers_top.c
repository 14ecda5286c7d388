/* GET /containers/{id}/top: the host's ps, less the lines of other processes, as dockerd does it. */
#include "api/containers.h"

#include "base/json.h"
#include "base/memory.h"
#include "daemon/instance.h"
#include "observe/observe.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char *run_ps(char *const *arguments, bool *failed, struct error *err)
{
    int ends[2];
    pid_t pid;
    posix_spawn_file_actions_t actions;
    if (pipe2(ends, O_CLOEXEC) < 0) {
        error_errno(err, errno, "pipe");
        return NULL;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    int rc = posix_spawnp(&pid, "ps", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    struct buf out = BUF_INIT;
    char block[4096];
    for (ssize_t got; rc == 0 && (got = read(ends[0], block, sizeof block)) > 0;)
        buf_add(&out, block, (size_t)got);
    close(ends[0]);
    if (rc) {
        if (rc == ENOENT)
            error_set(err, ENOENT, "running ps: it is not installed on this host (package procps)");
        else
            error_errno(err, rc, "running ps");
        err->code = EIO;
        return NULL;
    }
    int status = 0;
    waitpid(pid, &status, 0);
    *failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    return buf_take(&out);
}

/* At most `most` fields; the last takes the rest of the line. */
static json_t *fields(const char *line, size_t most)
{
    json_t *list = json_array();
    while (isspace((unsigned char)*line))
        line++;
    while (*line) {
        size_t len = json_array_size(list) + 1 == most ? strlen(line) : strcspn(line, " \t");
        while (len && isspace((unsigned char)line[len - 1]))
            len--;
        json_array_append_new(list, json_text_value(line, len));
        line += len;
        while (isspace((unsigned char)*line))
            line++;
    }
    return list;
}

static bool owns(const json_t *processes, const char *pid)
{
    size_t i;
    json_t *process;
    json_array_foreach(processes, i, process)
    {
        if (json_num(process, "pid", -1) == atoi(pid))
            return true;
    }
    return false;
}

/* "-q1,2,3": without it ps shows only what runs as its own user. */
static char *pids_argument(const json_t *processes)
{
    struct buf out = BUF_INIT;
    size_t i;
    json_t *process;
    buf_puts(&out, "-q");
    json_array_foreach(processes, i, process) buf_printf(&out, "%s%lld", i ? "," : "", json_num(process, "pid", 0));
    return buf_take(&out);
}

static json_t *select_lines(const char *text, const json_t *processes, struct error *err)
{
    cleanup_strv char **lines = str_split(text, '\n');
    json_t *titles = fields(lines[0] ? lines[0] : "", SIZE_MAX), *kept = json_array();
    size_t column = 0, count = json_array_size(titles);
    while (column < count && !str_equal(json_string_value(json_array_get(titles, column)), "PID"))
        column++;
    if (column == count) {
        json_decref(titles);
        json_decref(kept);
        error_set(err, EIO, "Couldn't find PID field in ps output");
        return NULL;
    }
    for (size_t i = 1; lines[i]; i++) {
        json_t *line = fields(lines[i], count);
        const char *pid = json_string_value(json_array_get(line, column));
        if (pid && owns(processes, pid))
            json_array_append(kept, line);
        json_decref(line);
    }
    return json_pack("{s:o, s:o}", "Processes", kept, "Titles", titles);
}

/* A column that is titled PID without being it would make lines of other processes pass for the container's. */
static bool arguments_fit(const char *text, struct error *err)
{
    for (const char *at = text; (at = strstr(at, "PID")); at += strlen("PID")) {
        const char *equals = at;
        while (equals > text && isspace((unsigned char)equals[-1]))
            equals--;
        if (equals == text || *--equals != '=')
            continue;
        const char *name = equals;
        while (name > text && !isspace((unsigned char)name[-1]))
            name--;
        if ((size_t)(equals - name) == 3 && strncmp(name, "pid", 3) == 0)
            continue;
        error_set(err, EIO, "specifying \"%.*s=%.*s\" is not allowed", (int)(equals - name), name, (int)strcspn(at, " \t"), at);
        return false;
    }
    return true;
}

enum MHD_Result containers_top(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    struct state state = instance_state(instance);
    pid_t pid = state.pid;
    bool restarting = state.restarting;
    state_clear(&state);
    if (!pid || restarting) {
        error_set(&err, EBUSY,
                  restarting ? "Container %s is restarting, wait until the container is running" : "Container %s is not running",
                  instance->id);
        return reply_error(request, &err);
    }
    if (!arguments_fit(str_or(query(request, "ps_args"), ""), &err))
        return reply_error(request, &err);
    cleanup_strv char **arguments = NULL, **given = str_split(str_or(query(request, "ps_args"), "-ef"), ' ');
    strv_add(&arguments, "ps");
    for (size_t i = 0; given[i]; i++)
        if (*given[i])
            strv_add(&arguments, given[i]);
    cleanup_json json_t *seen = observe_namespaces(pid, &err);
    if (!seen)
        return reply_error(request, &err);
    bool failed = false;
    cleanup_strv char **narrowed = strv_copy(arguments);
    strv_take(&narrowed, pids_argument(json_object_get(seen, "processes")));
    cleanup_free char *text = run_ps(narrowed, &failed, &err);
    if (failed) { /* "-e" and "-q" exclude each other */
        failed = false;
        free(text);
        text = run_ps(arguments, &failed, &err);
    }
    if (text && failed) {
        cleanup_free char *first = xstrndup(text, strcspn(text, "\n"));
        error_set(&err, EIO, "ps: %s", first);
        return reply_error(request, &err);
    }
    json_t *doc = text ? select_lines(text, json_object_get(seen, "processes"), &err) : NULL;
    return doc ? reply_json(request, 200, doc) : reply_error(request, &err);
}
