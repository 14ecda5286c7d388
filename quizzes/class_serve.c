/* `slipway class init` and `serve`: the class's user, its directory, and the server that runs as that user.
 *
 * Root only prepares and supervises: what reads requests is never root. A server that dies is started again; the students' programs
 * wait for it meanwhile (class_client.c).
 */
#include "quizzes/class_commands.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { AHEAD = -5, PAUSE_MS = 50, FAILS_MOST = 10 };
static const char CLASS_USER[] = "slipway-class";

static const struct flag init_flags[] = {
    {0, "user", FLAG_STRING, offsetof(struct class_options, user), "user",
     "User that the server runs as (default slipway-class, made when missing)"},
    {0, "dir", FLAG_STRING, offsetof(struct class_options, dir), "path",
     "Directory of the database (default /var/lib/slipway-class)"},
    {0, "socket", FLAG_STRING, offsetof(struct class_options, socket), "path",
     "Socket of the class (default /run/slipway-class/class.sock)"},
    {0, "instructor", FLAG_STRING, offsetof(struct class_options, instructor), "user",
     "The first instructor (default: who called sudo, or root)"},
    {0},
};
static const struct flag serve_flags[] = {
    {0, "background", FLAG_BOOL, offsetof(struct class_options, background), NULL, "Return once it serves"},
    {0},
};

/* Becomes the class's user in a child for good; exits when that fails. Before, while it may, it gets a little more of the processor
 * than any one of those that wait for it: on a shared machine a whole class runs beside it. */
static void become(const struct class_config *config)
{
    setpriority(PRIO_PROCESS, 0, AHEAD);
    if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setresgid(config->gid, config->gid, config->gid) < 0 ||
                           setresuid(config->uid, config->uid, config->uid) < 0 || setuid(0) == 0))
        _exit(126);
    if (geteuid() != config->uid)
        _exit(126);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* Without a terminal what the server says goes to a file of its user's. */
static void to_log(const struct class_config *config)
{
    if (fcntl(STDERR_FILENO, F_GETFD) >= 0)
        return;
    cleanup_free char *path = str_format("%.*s/class.log", (int)(strrchr(config->db, '/') - config->db), config->db);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
    if (fd >= 0 && fd != STDERR_FILENO)
        dup3(fd, STDERR_FILENO, 0);
}

static int run_server(const struct class_config *config, char **argv, struct error *err)
{
    cleanup_free char *program = exe_sibling("slipway-classd");
    if (!*program)
        return error_set(err, ENOENT, "slipway-classd is not beside this program in %s", exe_dir());
    pid_t pid = fork();
    if (pid == 0) {
        become(config);
        to_log(config);
        execv(program, argv);
        _exit(127);
    }
    return pid < 0 ? error_errno(err, errno, "start slipway-classd") : pid;
}

static int add_user(const char *name, struct error *err)
{
    char *argv[] = {"useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", (char *)name, NULL};
    pid_t pid = fork();
    if (pid == 0) {
        execvp(argv[0], argv);
        _exit(127);
    }
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
        return error_set(err, ECHILD, "useradd --system %s failed; make the user yourself, or give --user", name);
    return 0;
}

static int find_user(const char *name, struct class_config *config, struct error *err)
{
    long long number;
    if (str_to_int(name, &number)) {
        config->uid = (uid_t)number;
        config->gid = (gid_t)number;
    } else {
        struct passwd *entry = getpwnam(name);
        if (!entry && str_equal(name, CLASS_USER)) {
            int r = add_user(name, err);
            if (r < 0)
                return r;
            entry = getpwnam(name);
        }
        if (!entry)
            return error_set(err, ENOENT, "there is no user %s", name);
        config->uid = entry->pw_uid;
        config->gid = entry->pw_gid;
    }
    return config->uid ? 0 : error_set(err, EPERM, "the class's server does not run as root; give another --user");
}

/* A directory of the class's user, real and not somebody's link. */
static int own_directory(const char *path, mode_t mode, const struct class_config *config, struct error *err)
{
    struct stat st;
    int r = path_make_dirs(path, mode, err);
    if (r < 0)
        return r;
    if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
        return error_set(err, ENOTDIR, "%s is not a directory of its own", path);
    if (chmod(path, mode) < 0 || lchown(path, config->uid, config->gid) < 0)
        return error_errno(err, errno, "give %s to the class's user", path);
    return 0;
}

static int directories(const struct class_config *config, struct error *err)
{
    cleanup_free char *dir = xstrdup(config->db), *run = xstrdup(config->socket);
    *strrchr(dir, '/') = 0;
    *strrchr(run, '/') = 0;
    int r = own_directory(dir, 0700, config, err);
    return r < 0 ? r : own_directory(run, 0755, config, err);
}

static int found_class(const struct class_config *config, uint32_t instructor, struct error *err)
{
    cleanup_free char *who = str_format("%u", instructor);
    char *argv[] = {"slipway-classd", "--found", config->title, "--instructor", who, "--db", config->db, NULL};
    int pid = run_server(config, argv, err), status = 0;
    if (pid < 0)
        return pid;
    if (waitpid(pid, &status, 0) < 0 || status != 0)
        return error_set(err, EIO, "the database of the class was not made");
    return class_config_write(config, err);
}

static int init(const struct class_options *options, char **operands, struct error *err)
{
    cleanup_class_config struct class_config config = {0}, there = {0};
    const char *sudo = getenv("SUDO_UID");
    if (geteuid() != 0)
        return error_set(err, EPERM, "only root founds a class: its server runs as a user of its own");
    if (class_config_read(&there, NULL) == 0)
        return error_set(err, EEXIST, "this machine has a class already: %s (%s)", there.title, class_config_path());
    const char *dir = str_or(options->dir, "/var/lib/slipway-class"),
               *socket = str_or(options->socket, "/run/slipway-class/class.sock");
    if (*dir != '/' || *socket != '/' || strrchr(socket, '/') == socket)
        return error_set(err, EINVAL, "--dir and --socket are paths from the root, the socket in a directory of its own");
    config = (struct class_config){.title = xstrdup(operands[0]), .socket = xstrdup(socket), .db = path_join(dir, "class.db")};
    uint32_t instructor;
    int r = class_user(str_or(options->instructor, str_or(sudo, "0")), &instructor, err);
    if (r == 0)
        r = find_user(str_or(options->user, CLASS_USER), &config, err);
    if (r == 0)
        r = directories(&config, err);
    if (r == 0)
        r = found_class(&config, instructor, err);
    if (r == 0)
        printf("The class \"%s\" is founded; user %u is its instructor, user %u keeps its database %s.\nroot starts its server: "
               "slipway class serve\n",
               config.title, instructor, config.uid, config.db);
    return r;
}

static volatile sig_atomic_t ending;
static void end(int signal) { ending = signal; }

/* One that ends by itself with an error again and again has a reason, which it has said. */
static int supervise(const struct class_config *config, char **argv, struct error *err)
{
    struct sigaction action = {.sa_handler = end};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    for (int fails = 0; !ending && fails < FAILS_MOST;) {
        int status, pid = run_server(config, argv, err);
        if (pid < 0)
            return pid;
        while (waitpid(pid, &status, 0) < 0)
            if (errno == EINTR && ending)
                kill(pid, SIGTERM);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
            return 0;
        if (!path_exists(config->db)) /* to go on would make another, empty one */
            return error_set(err, ENOENT, "the class's database %s is gone", config->db);
        fails = WIFSIGNALED(status) ? 0 : fails + 1;
        if (!ending)
            poll(NULL, 0, PAUSE_MS * (fails > 0 ? fails : 0));
    }
    return ending ? 0 : error_set(err, EIO, "slipway-classd ended %d times; its reason stands above", FAILS_MOST);
}

/* Its output is closed: what it said last stands in its log. */
static void say_why(const struct class_config *config)
{
    cleanup_free char *path = str_format("%.*s/class.log", (int)(strrchr(config->db, '/') - config->db), config->db);
    cleanup_free char *log = file_read(path, NULL, NULL);
    char *line = log ? str_trim(log) : "";
    line = strrchr(line, '\n') ? strrchr(line, '\n') + 1 : line;
    fprintf(stderr, "slipway: the class's server does not start: %s\n", *line ? line : "it said nothing");
}

/* The parent returns when the server answers, or has ended. */
static int to_background(const struct class_config *config, struct error *err)
{
    pid_t pid = fork();
    if (pid < 0)
        return error_errno(err, errno, "fork");
    if (pid == 0) {
        setsid();
        int null = open("/dev/null", O_RDWR);
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        close_range(STDERR_FILENO, ~0U, 0);
        return chdir("/");
    }
    for (int i = 0; i < 200; i++) {
        cleanup_json json_t *reply = NULL;
        struct error why = ERROR_INIT;
        if (path_exists(config->socket) &&
            (class_ask(json_pack("{s:s}", "op", "class.info"), &reply, &why) == 0 || why.code == EACCES))
            _exit(0);
        if (waitpid(pid, NULL, WNOHANG) == pid)
            break;
        poll(NULL, 0, PAUSE_MS);
    }
    say_why(config);
    _exit(1);
}

static int serve(const struct class_options *options, char **operands, struct error *err)
{
    (void)operands;
    cleanup_class_config struct class_config config = {0};
    int r = class_config_read(&config, err);
    if (r < 0)
        return r;
    if (geteuid() != 0 && geteuid() != config.uid)
        return error_set(err, EPERM, "root serves the class, or user %u, whose database it is", config.uid);
    char *argv[] = {"slipway-classd", "--class", "--socket", config.socket, "--db", config.db, NULL};
    if (geteuid() == 0) /* /run is empty after a boot */
        r = directories(&config, err);
    if (r == 0 && options->background)
        r = to_background(&config, err);
    return r < 0 ? r : supervise(&config, argv, err);
}

int class_init_command(const struct command_context *context, int argc, char **argv)
{
    return class_command(context, argc, argv, init_flags, "class init [OPTIONS] TITLE", 1, 1, init);
}

int class_serve_command(const struct command_context *context, int argc, char **argv)
{
    return class_command(context, argc, argv, serve_flags, "class serve [OPTIONS]", 0, 0, serve);
}
