/* Reading a live process from outside: namespaces, control groups, signals, the meter. The subject is a child in namespaces and
 * groups of its own, made here by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "observe/observe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMORY  "/sys/fs/cgroup/memory"
#define FREEZER "/sys/fs/cgroup/freezer"
#define GROUP   "/slt-image-observe"

struct subject {
    pid_t pid; /* first process of its pid namespace */
    int hold;  /* closing it lets the subject go on */
};

static void on_usr1(int number) { (void)number; }

static void run_subject(int hold, int ready)
{
    char byte;
    sigset_t blocked;
    /* Whoever runs the tests may ignore signals, even those that the C library keeps to itself. A struct of zeros is SIG_DFL. */
    const unsigned long by_default[4] = {0};
    for (int number = 1; number < NSIG; number++)
        syscall(SYS_rt_sigaction, number, by_default, NULL, sizeof(unsigned long));
    signal(SIGUSR1, on_usr1);
    signal(SIGHUP, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    sigaddset(&blocked, SIGRTMIN + 1);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    raise(SIGUSR2);
    pid_t child = fork();
    if (child == 0) {
        fd_close(ready);
        while (read(hold, &byte, 1) < 0 && errno == EINTR)
            ;
        _exit(0);
    }
    fd_close(ready);
    while (read(hold, &byte, 1) < 0 && errno == EINTR)
        ;
    _exit(0);
}

static bool have_v1(void) { return path_exists(MEMORY "/memory.limit_in_bytes"); }

static void write_in(const char *directory, const char *file, const char *text)
{
    cleanup_free char *path = path_join(directory, file);
    struct error err = ERROR_INIT;
    if (file_write(path, text, strlen(text), 0644, &err) < 0)
        fail_msg("%s", err.message);
}

static int subject_start(void **state)
{
    struct subject *subject = xcalloc(1, sizeof *subject);
    int hold[2], ready[2], number[2];
    char byte;
    if (pipe2(hold, O_CLOEXEC) < 0 || pipe2(ready, O_CLOEXEC) < 0 || pipe2(number, O_CLOEXEC) < 0)
        return -1;
    if (have_v1()) {
        mkdir(MEMORY GROUP, 0755);
        mkdir(FREEZER GROUP, 0755);
        write_in(MEMORY GROUP, "memory.limit_in_bytes", "16777216");
    }
    pid_t middle = fork();
    if (middle == 0) {
        fd_close(hold[1]);
        if (have_v1()) {
            write_in(MEMORY GROUP, "tasks", "0");
            write_in(FREEZER GROUP, "tasks", "0");
        }
        if (unshare(CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC) < 0)
            _exit(1);
        pid_t init = fork();
        if (init == 0)
            run_subject(hold[0], ready[1]);
        if (write(number[1], &init, sizeof init) < 0)
            _exit(1);
        _exit(0);
    }
    fd_close(hold[0]);
    fd_close(ready[1]);
    bool good = read(number[0], &subject->pid, sizeof subject->pid) == sizeof subject->pid && read(ready[0], &byte, 1) == 0;
    waitpid(middle, NULL, 0);
    fd_close(ready[0]);
    fd_close(number[0]);
    fd_close(number[1]);
    subject->hold = hold[1];
    *state = subject;
    return good ? 0 : -1;
}

static int subject_stop(void **state)
{
    struct subject *subject = *state;
    kill(subject->pid, SIGKILL);
    fd_close(subject->hold);
    for (int i = 0; i < 200 && have_v1() && (rmdir(MEMORY GROUP "/lab") < 0 || true); i++) {
        rmdir(MEMORY GROUP);
        rmdir(FREEZER GROUP);
        if (!path_exists(MEMORY GROUP) && !path_exists(FREEZER GROUP))
            break;
        usleep(10000);
    }
    free(subject);
    return 0;
}

static const json_t *named(const json_t *array, const char *key, const char *value)
{
    size_t i;
    json_t *each;
    json_array_foreach(array, i, each)
    {
        if (str_equal(json_str(each, key, NULL), value))
            return each;
    }
    return NULL;
}

static const json_t *process(const json_t *doc, int inner)
{
    size_t i;
    json_t *each;
    json_array_foreach(json_object_get(doc, "processes"), i, each)
    {
        if (json_num(each, "inner_pid", 0) == inner)
            return each;
    }
    return NULL;
}

static void namespaces_tell_own_from_shared(void **state)
{
    struct subject *subject = *state;
    struct error err = ERROR_INIT;
    cleanup_json json_t *doc = observe_namespaces(subject->pid, &err);
    if (!doc)
        fail_msg("%s", err.message);
    const json_t *own = json_object_get(doc, "container");
    assert_false(json_flag(named(own, "type", "pid"), "shared", true));
    assert_false(json_flag(named(own, "type", "uts"), "shared", true));
    assert_true(json_flag(named(own, "type", "net"), "shared", false));
    assert_int_equal(json_num(named(own, "type", "net"), "inode", 0), json_num(named(own, "type", "net"), "host_inode", 1));
    assert_int_equal(json_array_size(json_object_get(doc, "processes")), 2);
    const json_t *init = process(doc, 1);
    assert_int_equal(json_num(init, "pid", 0), subject->pid);
    const json_t *pids = json_object_get(init, "pids");
    assert_int_equal(json_integer_value(json_array_get(pids, json_array_size(pids) - 1)), 1);
    assert_int_equal(json_integer_value(json_array_get(pids, json_array_size(pids) - 2)), subject->pid);
    assert_true(strstr(json_str(init, "command", ""), "test_observe") != NULL);
    assert_int_equal(json_num(init, "uid", -1), 0);
    assert_int_equal(json_num(init, "namespaces.pid", 0), json_num(named(own, "type", "pid"), "inode", 1));
    assert_int_equal(json_num(process(doc, 2), "ppid", 0), subject->pid);
}

static void signals_are_named(void **state)
{
    struct subject *subject = *state;
    struct error err = ERROR_INIT;
    cleanup_json json_t *doc = observe_signals(subject->pid, &err);
    const json_t *init = process(doc, 1);
    cleanup_free char *pending = json_text(json_object_get(init, "pending"));
    cleanup_free char *blocked = json_text(json_object_get(init, "blocked"));
    cleanup_free char *ignored = json_text(json_object_get(init, "ignored"));
    cleanup_free char *caught = json_text(json_object_get(init, "caught"));
    assert_string_equal(pending, "[\"USR2\"]");
    assert_string_equal(blocked, "[\"USR2\",\"RTMIN+1\"]");
    assert_string_equal(ignored, "[\"HUP\"]");
    /* The test library catches faults too. */
    assert_true(strstr(caught, "\"USR1\"") && !strstr(caught, "\"TERM\"") && !strstr(caught, "\"HUP\""));
}

static void a_group_of_version_1_is_read_with_those_below(void **state)
{
    struct subject *subject = *state;
    struct error err = ERROR_INIT;
    if (!have_v1())
        skip();
    assert_int_equal(mkdir(MEMORY GROUP "/lab", 0755), 0);
    write_in(MEMORY GROUP "/lab", "memory.limit_in_bytes", "10485760");
    cleanup_json json_t *doc = observe_cgroup(subject->pid, &err);
    if (!doc)
        fail_msg("%s", err.message);
    assert_string_equal(json_str(doc, "path", ""), GROUP);
    assert_int_equal(json_num(doc, "memory.limit", 0), 16777216);
    assert_true(json_num(doc, "memory.usage", 0) > 0);
    assert_int_equal(json_num(doc, "memory.oom_kills", -1), 0);
    assert_false(json_flag(doc, "memory.under_oom", true));
    assert_false(json_flag(doc, "frozen", true));
    const json_t *memory = named(json_object_get(doc, "controllers"), "name", "memory");
    assert_string_equal(json_str(memory, "directory", ""), MEMORY GROUP);
    assert_string_equal(json_str(named(json_object_get(memory, "files"), "name", "memory.limit_in_bytes"), "value", ""),
                        "16777216");
    const json_t *child = named(json_object_get(doc, "children"), "name", "lab");
    assert_int_equal(json_num(child, "memory.limit", 0), 10485760);
    assert_true(json_is_null(json_object_get(child, "pids")));
    assert_int_equal(json_array_size(json_object_get(child, "controllers")), 1);
    write_in(FREEZER GROUP, "freezer.state", "FROZEN");
    cleanup_json json_t *frozen = NULL;
    for (int i = 0; i < 100 && !json_flag(frozen, "frozen", false); i++) {
        json_decref(frozen);
        frozen = observe_cgroup(subject->pid, &err);
        usleep(1000);
    }
    write_in(FREEZER GROUP, "freezer.state", "THAWED");
    assert_true(json_flag(frozen, "frozen", false));
}

static void no_limit_is_null(void **state)
{
    struct subject *subject = *state;
    if (!have_v1())
        skip();
    write_in(MEMORY GROUP, "memory.limit_in_bytes", "-1");
    cleanup_json json_t *doc = observe_cgroup(subject->pid, NULL);
    assert_true(json_is_null(json_at(doc, "memory.limit")));
    assert_true(json_is_null(json_at(doc, "cpu.quota_us")));
}

static void the_meter_follows_without_being_reopened(void **state)
{
    struct subject *subject = *state;
    struct error err = ERROR_INIT;
    struct observe_meter *meter = observe_meter_new(subject->pid, &err);
    assert_non_null(meter);
    cleanup_json json_t *before = observe_meter_read(meter);
    assert_true(json_is_integer(json_object_get(before, "cpu_ns")));
    if (have_v1()) {
        assert_int_equal(json_num(before, "memory_limit", 0), 16777216);
        write_in(MEMORY GROUP, "memory.limit_in_bytes", "33554432");
        cleanup_json json_t *after = observe_meter_read(meter);
        assert_int_equal(json_num(after, "memory_limit", 0), 33554432);
        assert_true(json_num(after, "memory", 0) > 0);
    }
    observe_meter_free(meter);
}

static void a_process_that_is_gone_is_an_error_not_a_crash(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    waitpid(child, NULL, 0);
    assert_null(observe_namespaces(child, &err));
    assert_int_equal(err.code, ESRCH);
    assert_null(observe_signals(child, &err));
    assert_null(observe_cgroup(child, &err));
    assert_null(observe_meter_new(child, &err));
}

/* Version 2 in a mount namespace of our own, with whatever controllers this machine has left for it. */
static void version_2_alone_is_understood(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        char self[32];
        struct error err = ERROR_INIT;
        if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
            _exit(77);
        for (int i = 0; i < 64 && umount2("/sys/fs/cgroup", MNT_DETACH) == 0; i++)
            ;
        if (mount("none", "/sys/fs/cgroup", "cgroup2", 0, NULL) < 0)
            _exit(77);
        mkdir("/sys/fs/cgroup" GROUP, 0755);
        mkdir("/sys/fs/cgroup" GROUP "/leaf", 0755);
        snprintf(self, sizeof self, "%d", (int)getpid());
        if (file_write("/sys/fs/cgroup" GROUP "/cgroup.procs", self, strlen(self), 0644, &err) < 0)
            _exit(1);
        cleanup_json json_t *doc = observe_cgroup(getpid(), &err);
        struct observe_meter *meter = observe_meter_new(getpid(), &err);
        cleanup_json json_t *figures = meter ? observe_meter_read(meter) : NULL;
        bool good = json_num(doc, "version", 0) == 2 && str_equal(json_str(doc, "path", ""), GROUP) &&
                    json_num(doc, "cpu.usage_ns", -1) >= 0 && named(json_object_get(doc, "children"), "name", "leaf") &&
                    named(json_object_get(doc, "controllers"), "name", "cgroup") && json_num(figures, "cpu_ns", -1) >= 0;
        if (!good) {
            cleanup_free char *text = json_text(doc);
            fprintf(stderr, "%s\n%s\n", err.message, text);
        }
        file_write("/sys/fs/cgroup/cgroup.procs", self, strlen(self), 0644, NULL);
        rmdir("/sys/fs/cgroup" GROUP "/leaf");
        rmdir("/sys/fs/cgroup" GROUP);
        _exit(good ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, subject_start, subject_stop)
        TEST(namespaces_tell_own_from_shared),
        TEST(signals_are_named),
        TEST(a_group_of_version_1_is_read_with_those_below),
        TEST(no_limit_is_null),
        TEST(the_meter_follows_without_being_reopened),
        cmocka_unit_test(a_process_that_is_gone_is_an_error_not_a_crash),
        cmocka_unit_test(version_2_alone_is_understood),
    };
    if (geteuid() != 0) {
        puts("skip - reading other processes needs root");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
