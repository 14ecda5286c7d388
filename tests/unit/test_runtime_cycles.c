/* engine/runtime/ as a library in a process that lives on, as the shim's does: containers made and removed over and over leave no
 * descriptor, mount, cgroup, process or byte. SLIPWAY_CYCLES says how often (60; `make cycle-test`: 10,000). Needs root. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "base/strings.h"
#include "runtime/defaults.h"
#include "runtime/manager.h"
#include "runtime/runtime.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { WARM_UP = 12 }; /* what is asked once is remembered: the cache of programs, the number of capabilities */

static char bundle[] = "/tmp/slt-cycles-XXXXXX";
static char *group;

static int descriptors(void)
{
    int count = 0;
    DIR *dir cleanup_dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        count++;
    return count;
}

static int lines(const char *path)
{
    int count = 0;
    char *text cleanup_free = file_read(path, NULL, NULL);
    for (char *at = text; at && (at = strchr(at, '\n')); at++)
        count++;
    return count;
}

/* Directories of ours in whichever hierarchies there are. */
static int groups(void)
{
    int count = 0;
    DIR *dir cleanup_dir = opendir("/sys/fs/cgroup");
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char *path cleanup_free = str_format("/sys/fs/cgroup/%s%s/c", entry->d_name, group);
        count += path_exists(path);
    }
    char *path cleanup_free = str_format("/sys/fs/cgroup%s/c", group);
    return count + path_exists(path);
}

struct holdings {
    int descriptors, mounts, groups;
    size_t bytes;
};

static struct holdings holdings(void)
{
    return (struct holdings){descriptors(), lines("/proc/self/mountinfo"), groups(), mallinfo2().uordblks};
}

static json_t *config_of(const char *const *args, bool terminal)
{
    json_t *config = runtime_default_spec(false), *process = json_object_get(config, "process"), *list = json_array();
    for (size_t i = 0; args[i]; i++)
        json_array_append_new(list, json_string(args[i]));
    json_object_set_new(process, "args", list);
    json_object_set_new(process, "terminal", json_boolean(terminal));
    char *path cleanup_free = str_format("%s/c", group);
    json_object_set_new(json_object_get(config, "linux"), "cgroupsPath", json_string(path));
    return config;
}

static void expect(int rc, const struct error *err)
{
    if (rc < 0)
        fail_msg("%s", err->message);
}

static int run(const char *const *args, int console, struct container *container, struct error *err)
{
    int null cleanup_close = open("/dev/null", O_RDWR | O_CLOEXEC);
    json_t *config cleanup_json = config_of(args, console >= 0);
    struct runtime_stdio io = {.in = null, .out = null, .err = null, .console_socket = console};
    int rc = runtime_create("cycle", bundle, config, &io, NULL, container, err);
    if (rc == 0 && (rc = runtime_start(container, err)) < 0) {
        waitpid(container->pid, NULL, 0);
        (void)runtime_destroy(container, NULL);
        container_free(container);
    }
    return rc;
}

static void finish(struct container *container)
{
    struct error err = ERROR_INIT;
    int status;
    assert_int_equal(waitpid(container->pid, &status, 0), container->pid);
    expect(runtime_destroy(container, &err), &err);
    container_free(container);
}

static void run_through(void)
{
    struct container container;
    struct error err = ERROR_INIT;
    expect(run((const char *const[]){"true", NULL}, -1, &container, &err), &err);
    finish(&container);
}

static void run_with_exec(void)
{
    struct container container;
    struct error err = ERROR_INIT;
    pid_t pid;
    int pidfd;
    expect(run((const char *const[]){"sleep", "1000", NULL}, -1, &container, &err), &err);
    json_t *config cleanup_json = config_of((const char *const[]){"true", NULL}, false);
    const struct runtime_stdio io = {.in = -1, .out = -1, .err = -1, .console_socket = -1};
    expect(runtime_exec(&container, json_object_get(config, "process"), &io, &pid, &pidfd, &err), &err);
    waitpid(pid, NULL, 0);
    close(pidfd);
    expect(runtime_signal(&container, SIGKILL, false, &err), &err);
    finish(&container);
}

static void run_on_a_terminal(void)
{
    struct container container;
    struct error err = ERROR_INIT;
    int sockets[2], master = -EBADF;
    size_t count = 1;
    char text[64];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    expect(run((const char *const[]){"true", NULL}, sockets[0], &container, &err), &err);
    assert_true(fds_receive(sockets[1], text, sizeof text, &master, &count) > 0 && count == 1);
    close(sockets[0]);
    close(sockets[1]);
    finish(&container);
    close(master);
}

static void run_what_is_not_there(void)
{
    struct container container;
    struct error err = ERROR_INIT;
    assert_true(run((const char *const[]){"no-such-command", NULL}, -1, &container, &err) < 0);
    assert_int_equal(runtime_error_exit_code(&err), 127);
}

static void (*const kinds[])(void) = {run_through,       run_with_exec, run_through,
                                      run_on_a_terminal, run_through,   run_what_is_not_there};

static void cycles_leave_nothing(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    const char *wanted = getenv("SLIPWAY_CYCLES");
    int cycles = wanted ? atoi(wanted) : 60;
    struct holdings before = {0};
    for (int i = 0; i < cycles + WARM_UP; i++) {
        kinds[i % (int)ARRAY_LEN(kinds)]();
        if (i == WARM_UP - 1)
            before = holdings();
    }
    struct holdings after = holdings();
    assert_int_equal(after.descriptors, before.descriptors);
    assert_int_equal(after.mounts, before.mounts);
    assert_int_equal(after.groups, 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(after.bytes, before.bytes);
}

static int make_bundle(void **state)
{
    (void)state;
    char *bin cleanup_free = str_format("%s/rootfs/bin", mkdtemp(bundle)), *cache cleanup_free = str_format("%s/cache", bundle);
    size_t len = 0;
    char *busybox cleanup_free = file_read("/bin/busybox", &len, NULL);
    for (const char *const *name = (const char *const[]){"true", "sleep", NULL}; *name; name++) {
        char *path cleanup_free = path_join(bin, *name);
        path_make_dirs(bin, 0755, NULL);
        if (!busybox || file_write_atomic(path, busybox, len, 0755, false, NULL) < 0)
            return -1;
    }
    for (const char *const *name = (const char *const[]){"dev", "proc", "sys", NULL}; *name; name++) {
        char *path cleanup_free = str_format("%s/rootfs/%s", bundle, *name);
        mkdir(path, 0755);
    }
    static char kept[64];
    snprintf(kept, sizeof kept, "%s", cache);
    runtime_set_cache(kept);
    group = str_format("/slrt-cycles-%d", (int)getpid());
    return 0;
}

/* The group above the containers' is made by the runtime and kept. */
static int remove_bundle(void **state)
{
    (void)state;
    DIR *dir cleanup_dir = opendir("/sys/fs/cgroup");
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char *path cleanup_free = str_format("/sys/fs/cgroup/%s%s", entry->d_name, group);
        rmdir(path);
    }
    char *path cleanup_free = str_format("/sys/fs/cgroup%s", group);
    rmdir(path);
    free(group);
    return path_remove_tree(bundle, NULL) < 0 ? -1 : 0;
}

/* --- restore, by a criu and a systemd that are none --- */

static int stopped;

static int start_unit(struct steps *steps, const char *unit, const char *slice, pid_t first, const json_t *config, bool unified,
                      char **path, struct error *err)
{
    (void)steps, (void)unit, (void)slice, (void)first, (void)config, (void)unified, (void)err;
    *path = str_format("%s/c", group);
    return 0;
}

static int stop_unit(struct steps *steps, const char *unit, struct error *err)
{
    (void)steps, (void)err;
    assert_string_equal(unit, "slt-cycles.scope");
    stopped++;
    return 0;
}

/* `criu` on a $PATH of its own, with these lines. */
static void set_criu(const char *lines)
{
    struct error err = ERROR_INIT;
    char *path cleanup_free = str_format("%s/criu", bundle), *places cleanup_free = str_format("%s:/usr/bin:/bin", bundle),
               *notes cleanup_free = str_format("%s/slipway.json", bundle),
               *text cleanup_free = str_format("#!/bin/sh\nfor a; do case $a in --pidfile=*) to=${a#*=};; esac; done\n%s\n", lines);
    expect(file_write(path, text, strlen(text), 0755, &err), &err);
    expect(file_write(notes, "{}", 2, 0600, &err), &err);
    setenv("PATH", places, 1);
}

static int restore(struct container *container, struct error *err)
{
    json_t *config cleanup_json = config_of((const char *const[]){"true", NULL}, false);
    json_object_set_new(json_object_get(config, "linux"), "cgroupsPath", json_string(":slt:cycles"));
    const struct runtime_checkpoint options = {.image_path = bundle};
    const struct runtime_stdio io = {.in = -1, .out = -1, .err = -1, .console_socket = -1};
    *err = ERROR_INIT;
    return runtime_restore("cycle", bundle, config, &options, &io, NULL, container, err);
}

static void a_restore_in_a_unit_of_systemd_knows_it_and_leaves_no_keeper(void **state)
{
    (void)state;
    static const struct runtime_manager manager = {.start = start_unit, .stop = stop_unit};
    struct container container;
    struct error err = ERROR_INIT;
    char *path cleanup_free = xstrdup(getenv("PATH"));
    runtime_offer_systemd(&manager);
    expect(runtime_set_cgroup_manager("systemd", &err), &err);
    set_criu("exit 1");
    assert_int_equal(restore(&container, &err), -EIO);
    assert_int_equal(stopped, 1);
    assert_int_equal(groups(), 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    set_criu("sleep 1000 >/dev/null 2>&1 & echo $! >$to");
    expect(restore(&container, &err), &err);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_string_equal(container.unit, "slt-cycles.scope");
    expect(runtime_signal(&container, SIGKILL, false, &err), &err);
    expect(runtime_destroy(&container, &err), &err);
    assert_int_equal(stopped, 2);
    assert_int_equal(groups(), 0);
    container_free(&container);
    setenv("PATH", path, 1);
}

/* malloc counts what it keeps for the thread as in use: without that, its figure is exact. */
int main(int argc, char **argv)
{
    (void)argc;
    if (!getenv("GLIBC_TUNABLES")) {
        setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", 1);
        execv("/proc/self/exe", argv);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cycles_leave_nothing),
        cmocka_unit_test(a_restore_in_a_unit_of_systemd_knows_it_and_leaves_no_keeper),
    };
    return cmocka_run_group_tests(tests, make_bundle, remove_bundle);
}
