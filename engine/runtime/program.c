/* The last stretch of a process on its way into a container: rights dropped, directory entered, file found, exec. Shared by init
 * and exec. */
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/process.h"
#include "kernel/schedule.h"
#include "runtime/agent.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void warn_of_capabilities(const json_t *process, struct capability_sets *sets)
{
    char **left_out cleanup_strv = NULL;
    capability_sets_parse(json_object_get(process, "capabilities"), sets, &left_out);
    char *names cleanup_free = strv_join(left_out, ", ");
    if (left_out)
        log_warn("capabilities that are unknown or cannot be granted here are left out: %s", names);
}

/* Of variables that are listed twice the last counts. */
static int parse_environment(const json_t *list, char ***env, struct error *err)
{
    char **all cleanup_strv = json_to_strv(list);
    size_t count = strv_len(all), kept = 0;
    strv_free(*env);
    *env = xcalloc(count + 1, sizeof **env);
    for (size_t i = 0; i < count; i++) {
        const char *equals = strchr(all[i], '=');
        if (!equals)
            return error_set(err, EINVAL, "process.env: invalid environment variable \"%s\": missing '='", all[i]);
        if (equals == all[i])
            return error_set(err, EINVAL, "process.env: invalid environment variable \"%s\": name cannot be empty", all[i]);
        size_t name = (size_t)(equals - all[i]) + 1, k = 0;
        while (k < kept && strncmp((*env)[k], all[i], name) != 0)
            k++;
        free((*env)[k]);
        (*env)[k] = xstrdup(all[i]);
        kept += k == kept;
    }
    return 0;
}

int program_root_inside(const struct setup_program *program, struct error *err)
{
    return process_user(NULL, 0, 0, NULL, program->keep_groups ? PROCESS_KEEP_GROUPS : 0, err);
}

static bool keeps_groups(const json_t *config)
{
    return str_equal(runtime_annotation(config, "run.oci.keep_original_groups"), "1");
}

int program_parse(json_t *process, const json_t *config, struct setup_program *program, struct error *err)
{
    const json_t *linux_section = json_object_get(config, "linux");
    *program = (struct setup_program){.process = process, .linux_section = linux_section, .keep_groups = keeps_groups(config)};
    program->args = json_to_strv(json_object_get(process, "args"));
    program->env = xcalloc(1, sizeof *program->env);
    if (!process)
        return 0;
    if (!strv_len(program->args))
        return error_set(err, EINVAL, "process.args: no command");
    if (*json_str(process, "cwd", "/") != '/')
        return error_set(err, EINVAL, "process.cwd \"%s\" is not an absolute path", json_str(process, "cwd", ""));
    int rc = check_process(process, linux_section, err);
    if (!rc)
        rc = parse_environment(json_object_get(process, "env"), &program->env, err);
    if (!rc)
        warn_of_capabilities(process, &program->capabilities);
    return rc;
}

void program_free(struct setup_program *program)
{
    strv_free(program->args);
    strv_free(program->env);
    free(program->path);
    seccomp_program_free(&program->seccomp);
    *program = (struct setup_program){0};
}

int program_stdio(const struct runtime_stdio *io, struct error *err)
{
    int fds[3] = {io->in, io->out, io->err};
    int null cleanup_close = -EBADF;
    if (fds[0] < 0)
        fds[0] = null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (int i = 0; i < 3; i++)
        if (fds[i] >= 0 && fds[i] < 3 && fds[i] != i) { /* keep out of the way of what follows */
            fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
            if (fds[i] < 0)
                return error_errno(err, errno, "duplicate standard streams");
        }
    for (int i = 0; i < 3; i++) {
        int rc = fds[i] < 0 ? 0 : fds[i] == i ? fcntl(i, F_SETFD, 0) : dup2(fds[i], i);
        if (rc < 0)
            return error_errno(err, errno, "set up standard streams");
    }
    return 0;
}

/* Streams that are pipes, files or a terminal belong to the user, so that it can open /dev/stdout again. */
static void own_stdio(uid_t uid, gid_t gid)
{
    for (int fd = 0; fd < 3; fd++) {
        struct stat status;
        if (fstat(fd, &status) < 0 || status.st_uid == uid || (S_ISCHR(status.st_mode) && status.st_rdev == 0x103))
            continue;
        if (S_ISFIFO(status.st_mode) || S_ISREG(status.st_mode) || isatty(fd))
            (void)!fchown(fd, uid, isatty(fd) ? status.st_gid : gid);
    }
}

/* Whatever is joined or inherited, the directory must lie in the container (CVE-2024-21626: getcwd says "(unreachable)/..."). */
static int enter_directory(const struct setup_program *program, struct error *err)
{
    const char *cwd = json_str(program->process, "cwd", "/");
    char now[4096];
    if (chdir(cwd) < 0)
        return error_set(err, errno, "chdir to cwd (\"%s\") set in config.json failed: %s", cwd,
                         errno == ENOENT    ? "no such file or directory"
                         : errno == EACCES  ? "permission denied"
                         : errno == ENOTDIR ? "not a directory"
                                            : strerror(errno));
    if (syscall(SYS_getcwd, now, sizeof now) < 0 || *now != '/')
        return error_set(err, EACCES, "process.cwd \"%s\" lies outside of the container", cwd);
    return 0;
}

static int become_user(struct steps *steps, const struct setup_program *program, struct error *err)
{
    const json_t *user = json_object_get(program->process, "user"), *list = json_object_get(user, "additionalGids");
    uid_t uid = (uid_t)json_num(user, "uid", 0);
    gid_t gid = (gid_t)json_num(user, "gid", 0), *groups cleanup_free = NULL;
    size_t i, count = json_array_size(list);
    if (count > NGROUPS_MAX)
        return error_set(err, EINVAL, "process.user.additionalGids: %zu groups, %d are the most", count, NGROUPS_MAX);
    groups = xcalloc(count + 1, sizeof *groups);
    json_t *item;
    json_array_foreach(list, i, item) groups[i] = (gid_t)json_integer_value(item);
    own_stdio(uid, gid);
    return process_user(steps, uid, gid, groups, program->keep_groups ? PROCESS_KEEP_GROUPS : count, err);
}

/* HOME, when the config has none or an empty one, is what the container's passwd says of the user (runc does so too). */
static void set_home(struct setup_program *program)
{
    size_t empty = SIZE_MAX;
    for (size_t i = 0; program->env[i]; i++) {
        if (!str_starts(program->env[i], "HOME="))
            continue;
        if (program->env[i][strlen("HOME=")])
            return;
        empty = i;
    }
    long long uid = json_num(program->process, "user.uid", 0), number;
    int fd cleanup_close = open("/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); /* of the image: perhaps a FIFO */
    struct stat status;
    bool regular = fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    FILE *file cleanup_file = regular ? fdopen(move_fd(fd), "r") : NULL;
    char line[1024], *home = NULL;
    while (file && !home && fgets(line, sizeof line, file)) {
        char *fields[7], *rest = line;
        int n = 0;
        line[strcspn(line, "\n")] = 0;
        while (n < 7 && (fields[n] = strsep(&rest, ":")))
            n++;
        if (n >= 6 && str_to_int(fields[2], &number) && number == uid && *fields[5])
            home = fields[5];
    }
    char *entry = str_format("HOME=%s", home ? home : "/");
    if (empty == SIZE_MAX) {
        strv_take(&program->env, entry);
    } else {
        free(program->env[empty]);
        program->env[empty] = entry;
    }
}

/* What the exec itself is to bring: no way back up, and the label of a security module. */
static int set_labels(struct steps *steps, const json_t *process, struct error *err)
{
    const char *apparmor = json_str(process, "apparmorProfile", ""), *selinux = json_str(process, "selinuxLabel", "");
    int rc = 0;
    if (json_flag(process, "noNewPrivileges", false)) {
        int64_t start = step_start();
        rc = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? error_errno(err, errno, "set no_new_privs") : 0;
        step_record(steps, start, rc, "prctl", "no_new_privs", "setpriv --no-new-privs");
    }
    if (!rc && *apparmor)
        rc = process_apparmor(steps, apparmor, err);
    return rc || !*selinux ? rc : process_selinux(steps, selinux, err);
}

static bool is_null(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
}

/* Streams that lead nowhere lead there by the container's own device: the host's could be changed through them, by fchmod(2). */
static void own_null(void)
{
    int null cleanup_close = -EBADF;
    for (int fd = 0; fd < 3; fd++) {
        if (!is_null(fd))
            continue;
        if (null < 0 && !is_null(null = open("/dev/null", O_RDWR | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC)))
            return; /* it has none */
        dup2(null, fd);
    }
}

int program_become(struct steps *steps, struct setup_program *program, struct error *err)
{
    static const uint64_t sys_admin = (uint64_t)1 << CAP_SYS_ADMIN;
    const json_t *process = program->process;
    set_home(program);
    own_null();
    int rc = schedule_memory(steps, json_object_get(program->linux_section, "memoryPolicy"), err);
    if (!rc)
        rc = schedule_personality(steps, json_object_get(program->linux_section, "personality"), err);
    if (!rc)
        rc = capability_bound(steps, &program->capabilities, err);
    if (!rc)
        rc = become_user(steps, program, err);
    /* CAP_SYS_ADMIN stays until the filter is loaded; setresuid has cleared the effective set. */
    if (!rc)
        rc = capability_apply(steps, &program->capabilities, program->seccomp.count ? sys_admin : 0, err);
    if (!rc)
        rc = set_labels(steps, process, err);
    if (!rc)
        rc = enter_directory(program, err);
    umask((mode_t)json_num(process, "user.umask", 022));
    return rc || !process ? rc : program_find(program, err);
}

static int install_filter(struct steps *steps, struct setup_program *program, int channel, struct error *err)
{
    int rc = seccomp_listens(&program->seccomp) ? seccomp_install_listener(steps, &program->seccomp, agent_hand_on, &channel, err)
                                                : seccomp_install(steps, &program->seccomp, err);
    return rc < 0 ? rc : capability_apply(steps, &program->capabilities, 0, err);
}

static void hold_signals(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
}

/* Everything is ready: only these system calls remain, and a filter must allow them for any program to start at all. */
int program_exec(struct steps *steps, struct setup_program *program, int channel, struct error *err)
{
    int rc = 0;
    syscall(SYS_close_range, 3 + program->preserve, ~0U, CLOSE_RANGE_CLOEXEC);
    if (program->hold)
        hold_signals();
    step_recordf(steps, step_start(), 0, "exec", program->path, "exec %s", program->args[0]);
    if (program->seccomp.count)
        rc = install_filter(steps, program, channel, err);
    if (rc < 0)
        return rc;
    execve(program->path, program->args, program->env);
    return program_failure(program, errno, err);
}
