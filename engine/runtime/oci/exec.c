/* slipway-oci exec: the process comes from --process FILE, or from the container's own process with what the flags change. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/defaults.h"
#include "runtime/oci/oci.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

struct options {
    const char *cwd, *user, *process, *pid_file, *console_socket, *pidfd_socket, *apparmor, *label;
    char **env, **gids, **caps, **cgroups;
    long long preserve;
    bool tty, detach, no_new_privileges, ignore_paused;
};
static const struct flag flags[] = {
    {0, "cwd", FLAG_STRING, offsetof(struct options, cwd), "directory", "working directory in the container"},
    {'e', "env", FLAG_LIST, offsetof(struct options, env), "list", "set environment variables"},
    {'t', "tty", FLAG_BOOL, offsetof(struct options, tty), NULL, "give it a terminal"},
    {'u', "user", FLAG_STRING, offsetof(struct options, user), "uid[:gid]", "run as this user"},
    {'g', "additional-gids", FLAG_LIST, offsetof(struct options, gids), "list", "additional groups"},
    {'p', "process", FLAG_STRING, offsetof(struct options, process), "file", "JSON file with the process"},
    {'d', "detach", FLAG_BOOL, offsetof(struct options, detach), NULL, "do not wait for it"},
    {0, "pid-file", FLAG_STRING, offsetof(struct options, pid_file), "path", "write the process id to this file"},
    {0, "console-socket", FLAG_STRING, offsetof(struct options, console_socket), "path", "socket that receives the terminal"},
    {'c', "cap", FLAG_LIST, offsetof(struct options, caps), "list", "add capabilities"},
    {0, "no-new-privs", FLAG_BOOL, offsetof(struct options, no_new_privileges), NULL, "no privileges beyond those it starts with"},
    {0, "apparmor", FLAG_STRING, offsetof(struct options, apparmor), "profile", "AppArmor profile of the process"},
    {0, "process-label", FLAG_STRING, offsetof(struct options, label), "label", "SELinux label of the process"},
    {0, "preserve-fds", FLAG_INT, offsetof(struct options, preserve), "uint16", "inherit so many descriptors from 3 up"},
    {0, "pidfd-socket", FLAG_STRING, offsetof(struct options, pidfd_socket), "path", "socket that receives a pidfd of the process"},
    {0, "cgroup", FLAG_LIST, offsetof(struct options, cgroups), "[controller,...:]path",
     "begin in this group below the container's, which is there already"},
    {0, "ignore-paused", FLAG_BOOL, offsetof(struct options, ignore_paused), NULL, "allow it in a paused container"},
    {0},
};

/* Strict numbers (CVE-2026-30892): "0x0", "+1", " 1" or "1abc" is nobody. */
static bool parse_id(const char *text, long long *id)
{
    return strspn(text, "0123456789") == strlen(text) && str_to_int(text, id) && *id <= 0xfffffffe;
}

static int parse_user(const char *text, json_t *process, struct error *err)
{
    char **parts cleanup_strv = str_split(text, ':');
    long long uid, gid = 0;
    size_t count = strv_len(parts);
    if (count < 1 || count > 2 || !parse_id(parts[0], &uid) || (count == 2 && !parse_id(parts[1], &gid)))
        return error_set(err, EINVAL, "--user \"%s\": numbers are needed, UID or UID:GID", text);
    json_object_set_new(process, "user", json_pack("{sI sI}", "uid", (json_int_t)uid, "gid", (json_int_t)gid));
    return 0;
}

static int add_groups(char *const *gids, json_t *process, struct error *err)
{
    json_t *list = json_array();
    json_object_set_new(json_object_get(process, "user"), "additionalGids", list);
    for (size_t i = 0; gids[i]; i++) {
        long long gid;
        if (!parse_id(gids[i], &gid))
            return error_set(err, EINVAL, "--additional-gids \"%s\": a number is needed", gids[i]);
        json_array_append_new(list, json_integer(gid));
    }
    return 0;
}

static int add_capabilities(char *const *names, json_t *process, struct error *err)
{
    static const char *const sets[] = {"bounding", "effective", "permitted", "inheritable", "ambient"};
    if (!json_is_object(json_object_get(process, "capabilities")))
        json_object_set_new(process, "capabilities", json_object());
    json_t *capabilities = json_object_get(process, "capabilities");
    for (size_t i = 0; names[i]; i++) {
        const char *full = runtime_capability_name(names[i]);
        if (!full)
            return error_set(err, EINVAL, "--cap \"%s\": unknown capability", names[i]);
        for (size_t k = 0; k < ARRAY_LEN(sets); k++) {
            if (k >= 3 && !json_object_get(capabilities, sets[k]))
                continue; /* inheritable and ambient stay as they are */
            if (!json_object_get(capabilities, sets[k]))
                json_object_set_new(capabilities, sets[k], json_array());
            json_array_append_new(json_object_get(capabilities, sets[k]), json_string(full));
        }
    }
    return 0;
}

static int adjust(json_t *process, const struct options *options, char **command, struct error *err)
{
    json_object_set_new(process, "args", json_from_strv(command));
    json_object_set_new(process, "terminal", json_boolean(options->tty));
    if (options->cwd)
        json_object_set_new(process, "cwd", json_string(options->cwd));
    if (!json_object_get(process, "env"))
        json_object_set_new(process, "env", json_array());
    for (size_t i = 0; options->env && options->env[i]; i++)
        json_array_append_new(json_object_get(process, "env"), json_string(options->env[i]));
    if (options->apparmor)
        json_object_set_new(process, "apparmorProfile", json_string(options->apparmor));
    if (options->label)
        json_object_set_new(process, "selinuxLabel", json_string(options->label));
    if (options->no_new_privileges)
        json_object_set_new(process, "noNewPrivileges", json_true());
    int rc = options->user ? parse_user(options->user, process, err) : 0;
    if (!rc && options->gids)
        rc = add_groups(options->gids, process, err);
    return rc || !options->caps ? rc : add_capabilities(options->caps, process, err);
}

static json_t *process_of(const struct container *container, const struct options *options, char **command, struct error *err)
{
    if (options->process)
        return json_read_file(options->process, err);
    if (!command[0]) {
        error_set(err, EINVAL, "exec: no command given");
        return NULL;
    }
    const json_t *first = json_object_get(container->config, "process");
    json_t *process = first ? json_deep_copy(first) : json_object();
    if (adjust(process, options, command, err) == 0)
        return process;
    json_decref(process);
    return NULL;
}

static int run(const struct container *container, const struct options *options, json_t *process, struct error *err)
{
    struct oci_terminal terminal = OCI_TERMINAL_INIT;
    struct runtime_stdio io = {
        .in = 0, .out = 1, .err = 2, .console_socket = -1, .preserve = (int)options->preserve, .cgroups = options->cgroups};
    pid_t pid = 0;
    int pidfd = -EBADF;
    bool tty = json_flag(process, "terminal", false);
    if (tty && options->detach && !options->console_socket)
        return error_set(err, EINVAL, "a detached terminal needs --console-socket");
    int rc = oci_terminal_open(&terminal, tty, options->console_socket, &io.console_socket, err);
    if (!rc)
        rc = runtime_exec(container, process, &io, &pid, &pidfd, err);
    if (!rc)
        rc = oci_write_pid(options->pid_file, pid, err);
    if (!rc)
        rc = oci_send_pidfd(options->pidfd_socket, pidfd, err);
    if (!rc && !options->detach)
        rc = oci_foreground(&terminal, &(struct oci_process){pid, pidfd, -EBADF}, err);
    oci_terminal_close(&terminal);
    fd_close(pidfd);
    return rc;
}

int oci_exec(int argc, char **argv, struct error *err)
{
    struct options options = {0};
    struct oci_state state;
    struct container container;
    char **operands;
    int rc = oci_parse(flags, &options, argc, argv, true, 1, -1, &operands, err);
    if (rc || (rc = oci_look(operands[0], &state, err)) < 0)
        return rc;
    const char *status = oci_status(&state);
    if (!strcmp(status, "stopped") || !strcmp(status, "creating"))
        rc = error_set(err, EBUSY, "cannot exec in container \"%s\": it is %s", operands[0], status);
    else if (!strcmp(status, "paused") && !options.ignore_paused)
        rc = error_set(err, EBUSY, "cannot exec in container \"%s\": it is paused (see --ignore-paused)", operands[0]);
    else
        rc = oci_load_brief(&state, &container, err);
    oci_close(&state);
    if (rc < 0)
        return rc;
    json_t *process cleanup_json = process_of(&container, &options, operands + 1, err);
    rc = process ? run(&container, &options, process, err) : -err->code;
    container_free(&container);
    strv_free(options.env);
    strv_free(options.gids);
    strv_free(options.caps);
    strv_free(options.cgroups);
    return rc;
}
