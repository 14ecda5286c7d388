/* What a config says of a process, read and checked: lists of CPUs, scheduling, limits, numbers of 64 bits, combinations of
 * namespaces; and how a process comes into the namespaces of others. */
#include "json_text.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/helper.h"
#include "kernel/id_maps.h"
#include "kernel/namespaces.h"
#include "kernel/net_device.h"
#include "kernel/process.h"
#include "kernel/schedule.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void a_list_of_cpus_has_ranges_and_no_nonsense(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "a", "1-", "-1", "2-1", "0,,1", "1024", "0-99999999999", "0x1", " 1"};
    struct schedule_list list;
    struct error err = ERROR_INIT;
    assert_int_equal(schedule_list_parse("0-3,7,2,64", &list, &err), 0);
    assert_int_equal(list.count, 6);
    assert_true(list.bits[0] == 0x8f && list.bits[1] == 1);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(schedule_list_parse(bad[i], &list, &err), -EINVAL);
}

static void numbers_above_the_signed_ones_keep_their_bits(void **state)
{
    (void)state;
    char path[] = "/tmp/slt-number-XXXXXX";
    static const char text[] = "{\"most\":18446744073709551615,\"high\":9223372036854775808,\"plain\":9223372036854775807,"
                               "\"text\":\"\\\"18446744073709551615\",\"list\":[18446744073709551614,1]}";
    int fd cleanup_close = mkstemp(path);
    struct error err = ERROR_INIT;
    assert_int_equal(write_full(fd, text, strlen(text)), 0);
    json_t *document cleanup_json = json_read_file(path, &err);
    unlink(path);
    assert_non_null(document);
    assert_true((uint64_t)json_num(document, "most", 0) == UINT64_MAX);
    assert_true((uint64_t)json_num(document, "high", 0) == (uint64_t)INT64_MAX + 1);
    assert_true(json_num(document, "plain", 0) == INT64_MAX);
    assert_string_equal(json_str(document, "text", ""), "\"18446744073709551615");
    assert_true(json_integer_value(json_array_get(json_object_get(document, "list"), 0)) == -2);
    assert_int_equal(json_integer_value(json_array_get(json_object_get(document, "list"), 1)), 1);
}

static void limits_are_known_and_listed_once(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    json_t *good cleanup_json = json("[{\"type\":\"RLIMIT_CORE\"},{\"type\":\"RLIMIT_STACK\"}]");
    json_t *twice cleanup_json = json("[{\"type\":\"RLIMIT_CORE\"},{\"type\":\"RLIMIT_CORE\"}]");
    json_t *unknown cleanup_json = json("[{\"type\":\"core\"}]");
    assert_int_equal(process_rlimits_check(good, &err), 0);
    assert_int_equal(process_rlimits_check(NULL, &err), 0);
    assert_int_equal(process_rlimits_check(twice, &err), -EINVAL);
    assert_string_equal(err.message, "process.rlimits: RLIMIT_CORE is listed twice");
    assert_int_equal(process_rlimits_check(unknown, &err), -EINVAL);
}

/* Each config is refused with words that begin so; NULL: it is none of check.c's affair. */
static void combinations_that_contradict_one_another_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *config, *words;
    } cases[] = {
        {"{\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"uts\"}]},\"hostname\":\"a\"}", NULL},
        {"{\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]},\"hostname\":\"a\"}", "unable to set hostname"},
        {"{\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]},\"domainname\":\"a\"}", "unable to set domainname"},
        {"{\"linux\":{\"namespaces\":[],\"maskedPaths\":[\"/proc/kcore\"]}}", "unable to restrict sys entries"},
        {"{\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pid\"}]}}", "linux.namespaces: duplicated namespace \"pid\""},
        {"{\"linux\":{\"namespaces\":[{\"type\":\"net\"}]}}", "linux.namespaces: namespace type \"net\" does not exist"},
        {"{\"linux\":{\"namespaces\":[{\"type\":\"pid\",\"path\":\"x\"}]}}",
         "linux.namespaces: the path \"x\" of the pid namespace"},
        {"{\"linux\":{\"namespaces\":[],\"uidMappings\":[{\"size\":1}]}}", "user namespace mappings specified"},
        {"{\"linux\":{\"namespaces\":[{\"type\":\"user\",\"path\":\"/x\"}],\"gidMappings\":[{\"size\":1}]}}",
         "user namespace enabled, but both"},
        {"{\"linux\":{\"namespaces\":[],\"timeOffsets\":{\"boottime\":{\"secs\":1}}}}", "time namespace offsets specified"},
        {"{\"linux\":{\"namespaces\":[{\"type\":\"time\",\"path\":\"/x\"}],\"timeOffsets\":{\"boottime\":{}}}}",
         "time namespace enabled, but both"},
        {"{\"linux\":{\"namespaces\":[],\"netDevices\":{\"eth0\":{}}}}", "unable to move network devices"},
        {"{\"linux\":{\"namespaces\":[],\"timeOffsets\":null,\"uidMappings\":[],\"netDevices\":{}}}", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;
        json_t *config cleanup_json = json(cases[i].config);
        int rc = check_config(config, &err);
        assert_true(cases[i].words ? rc == -EINVAL && str_starts(err.message, cases[i].words) : rc == 0);
    }
}

static long long number_at(const json_t *list, size_t i, const char *key) { return json_num(json_array_get(list, i), key, -1); }

static void ranges_of_ids_are_those_of_the_name_and_of_the_number(void **state)
{
    (void)state;
    char path[] = "/tmp/slt-subid-XXXXXX";
    static const char text[] = "ada:100000:65536\nbob:1:1\n1000:300000:10\nada:bad:1\nada:5\n1000:0:5\n\nada:400000:0\n";
    int fd cleanup_close = mkstemp(path);
    assert_int_equal(write_full(fd, text, strlen(text)), 0);
    json_t *list cleanup_json = id_maps_ranges(path, "ada", 1000), *none cleanup_json = id_maps_ranges(path, "eve", 7);
    unlink(path);
    json_t *missing cleanup_json = id_maps_ranges("/no/such/file", "ada", 1000);
    assert_int_equal(json_array_size(list), 2);
    assert_true(number_at(list, 0, "first") == 100000 && number_at(list, 0, "size") == 65536);
    assert_true(number_at(list, 1, "first") == 300000 && number_at(list, 1, "size") == 10);
    assert_int_equal(json_array_size(none), 0);
    assert_int_equal(json_array_size(missing), 0);
}

static void maps_that_overlap_or_hold_nothing_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "[{\"containerID\":0,\"hostID\":0,\"size\":0}]",
        "[{\"containerID\":-1,\"hostID\":0,\"size\":1}]",
        "[{\"containerID\":0,\"size\":1}]",
        "[{\"containerID\":4294967295,\"hostID\":0,\"size\":2}]",
        "[{\"containerID\":0,\"hostID\":0,\"size\":5},{\"containerID\":4,\"hostID\":10,\"size\":1}]",
        "[{\"containerID\":0,\"hostID\":0,\"size\":5},{\"containerID\":5,\"hostID\":4,\"size\":1}]",
    };
    struct error err = ERROR_INIT;
    json_t *good cleanup_json = json("[{\"containerID\":0,\"hostID\":0,\"size\":4294967295}]");
    assert_int_equal(id_maps_check(good, good, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        json_t *maps cleanup_json = json(bad[i]);
        assert_int_equal(id_maps_check(maps, good, &err), -EINVAL);
        assert_int_equal(id_maps_check(good, maps, &err), -EINVAL);
    }
}

static void offsets_are_of_clocks_that_have_them(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    json_t *good cleanup_json = json("{\"monotonic\":{\"secs\":-5,\"nanosecs\":999999999},\"boottime\":{}}");
    json_t *clock cleanup_json = json("{\"realtime\":{\"secs\":1}}"),
                  *much cleanup_json = json("{\"boottime\":{\"nanosecs\":1000000000}}");
    assert_int_equal(namespace_time_check(good, &err), 0);
    assert_int_equal(namespace_time_check(NULL, &err), 0);
    assert_int_equal(namespace_time_check(clock, &err), -EINVAL);
    assert_int_equal(namespace_time_check(much, &err), -EINVAL);
}

static void names_of_devices_are_the_kernels(void **state)
{
    (void)state;
    static const char *const bad[] = {"", ".", "..", "a/b", "a:b", "a b", "sixteen-letters!", "eth%s", "eth%d%d", "%"};
    struct error err = ERROR_INIT;
    assert_int_equal(net_device_check("eth0", &err), 0);
    assert_int_equal(net_device_check("eth%d", &err), 0);
    assert_int_equal(net_device_check("fifteen-letters", &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(net_device_check(bad[i], &err), -EINVAL);
}

static void hooks_have_absolute_paths_and_some_time(void **state)
{
    (void)state;
    static const char *const bad[] = {"{\"hooks\":{\"prestart\":[{\"path\":\"true\"}]}}", "{\"hooks\":{\"poststop\":[{}]}}",
                                      "{\"hooks\":{\"createContainer\":[{\"path\":\"/x\",\"timeout\":0}]}}",
                                      "{\"hooks\":{\"startContainer\":[{\"path\":\"/x\",\"timeout\":-1}]}}"};
    struct error err = ERROR_INIT;
    json_t *good cleanup_json =
        json("{\"hooks\":{\"poststart\":[{\"path\":\"/x\",\"timeout\":1},{\"path\":\"/y\",\"timeout\":null}]}}");
    assert_int_equal(hooks_check(good, &err), 0);
    assert_true(hooks_any(good, HOOK_POSTSTART) && !hooks_any(good, HOOK_POSTSTOP));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        json_t *config cleanup_json = json(bad[i]);
        assert_int_equal(hooks_check(config, &err), -EINVAL);
    }
}

static void a_helper_hears_speaks_and_ends(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct buf said cleanup_buf = BUF_INIT;
    char *const args[] = {"sh", "-c", "cat; echo \" $0\" >&2; exit 3", "word", NULL};
    struct helper helper = {.path = "/bin/sh", .args = args, .input = "told", .out = -1, .err = -1};
    assert_int_equal(helper_run(NULL, "test", &helper, &said, &err), -EIO);
    assert_string_equal(err.message, "exit code 3");
    assert_string_equal(said.data, "told word\n");
    helper = (struct helper){.path = "/no/such", .out = -1, .err = -1};
    assert_int_equal(helper_run(NULL, "test", &helper, NULL, &err), -ENOENT);
    char *const forever[] = {"sleep", "100", NULL};
    helper = (struct helper){.path = "/bin/sleep", .args = forever, .seconds = 1, .out = -1, .err = -1};
    assert_int_equal(helper_run(NULL, "test", &helper, NULL, &err), -ETIMEDOUT);
}

/* In a child of its own: what it does to itself stays with it. 1: it went nevertheless; 2: it did not come back. */
static int clone_without_descriptors(void)
{
    struct error err = ERROR_INIT;
    int pidfd = -EBADF, own;
    pid_t init = namespace_clone(NULL, CLONE_NEWPID, -1, &pidfd, &err);
    if (init == 0)
        for (;;)
            pause();
    struct rlimit all, none;
    getrlimit(RLIMIT_NOFILE, &all);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = all.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    pid_t pid = namespace_clone_in(NULL, pidfd, init, -1, &own, &err);
    setrlimit(RLIMIT_NOFILE, &all);
    struct stat here, children;
    stat("/proc/self/ns/pid", &here);
    stat("/proc/self/ns/pid_for_children", &children);
    kill(init, SIGKILL);
    waitpid(init, NULL, 0);
    return pid != -EMFILE ? 1 : here.st_ino != children.st_ino ? 2 : 0;
}

static void who_could_not_come_back_from_a_pid_namespace_does_not_go(void **state)
{
    (void)state;
    int status;
    if (geteuid() != 0)
        skip();
    pid_t pid = fork();
    if (pid == 0)
        _exit(clone_without_descriptors());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* What the process in between and the child leave of themselves. */
struct trip {
    int init_pidfd, out;
    pid_t init;
    int fails;
    pid_t between;
};

static int go_between(void *context, int line, struct error *err)
{
    struct trip *trip = context;
    assert_true(line < 0);
    trip->between = getpid();
    if (trip->fails)
        return error_set(err, trip->fails, "the way is barred");
    return namespaces_enter(NULL, trip->init_pidfd, trip->init, CLONE_NEWPID, err);
}

static int go_nowhere(void *context, int line, struct error *err)
{
    (void)context;
    (void)line;
    (void)err;
    return 0;
}

static void arrive(void *context)
{
    struct trip *trip = context;
    pid_t pid = getpid();
    trip->init = 0;
    _exit(write(trip->out, &pid, sizeof pid) == sizeof pid ? 42 : 1);
}

/* A sanitized program borrows nothing: the one in between is a copy there. */
static void needs_borrowed_memory(void)
{
#ifdef __SANITIZE_ADDRESS__
    skip();
#endif
}

static void a_child_is_born_elsewhere_by_way_of_one_that_borrows_our_memory(void **state)
{
    (void)state;
    needs_borrowed_memory();
    struct error err = ERROR_INIT;
    int pidfd = -EBADF, status, pipes[2];
    if (geteuid() != 0)
        skip();
    assert_int_equal(pipe(pipes), 0);
    struct trip trip = {.out = pipes[1]};
    trip.init = namespace_clone(NULL, CLONE_NEWPID, -1, &trip.init_pidfd, &err);
    if (trip.init == 0)
        for (;;)
            pause();
    pid_t inside = 0, init = trip.init;
    pid_t pid = namespace_clone_borrowed(NULL, go_between, arrive, &trip, -1, &pidfd, &err);
    assert_true(pid > 0);
    siginfo_t end = {0};
    assert_int_equal(waitid(P_PIDFD, (id_t)pidfd, &end, WEXITED), 0);
    assert_int_equal(end.si_pid, pid);
    assert_int_equal(end.si_status, 42);
    assert_int_equal(read(pipes[0], &inside, sizeof inside), sizeof inside);
    assert_int_equal(inside, 2);           /* in the other's pid namespace */
    assert_int_equal(trip.init, init);     /* the child's memory is its own */
    assert_true(trip.between > 0);         /* that of the one in between is ours */
    assert_true(trip.between != getpid()); /* who is gone, and was waited for */
    assert_int_equal(waitpid(trip.between, &status, 0), -1);
    trip.fails = EXDEV;
    assert_int_equal(namespace_clone_borrowed(NULL, go_between, arrive, &trip, -1, &pidfd, &err), -EXDEV);
    assert_string_equal(err.message, "the way is barred");
    kill(init, SIGKILL);
    waitpid(init, NULL, 0);
    close(pidfd);
    close(trip.init_pidfd);
    close(pipes[0]);
    close(pipes[1]);
}

static const char *word_of(const json_t *step) { return json_str(step, "what", ""); }

static void its_steps_are_the_callers_to_record(void **state)
{
    (void)state;
    needs_borrowed_memory();
    struct error err = ERROR_INIT;
    struct steps *steps = steps_new();
    struct trip trip = {.out = open("/dev/null", O_WRONLY | O_CLOEXEC)};
    int pidfd = -EBADF;
    pid_t pid = namespace_clone_borrowed(steps, go_nowhere, arrive, &trip, -1, &pidfd, &err);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    json_t *list cleanup_json = steps_json(steps);
    assert_int_equal(json_array_size(list), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(word_of(json_array_get(list, i)), "clone3");
        assert_int_equal(number_at(list, i, "pid"), getpid());
    }
    steps_free(steps);
    close(pidfd);
    close(trip.out);
}

static int look_below_the_stack(void *context, int line, struct error *err)
{
    (void)line;
    char text[4096];
    uintptr_t here = (uintptr_t)text;
    unsigned long from, to, end_of_guard = 0;
    FILE *maps cleanup_file = fopen("/proc/self/maps", "re");
    while (maps && fgets(text, sizeof text, maps)) {
        char rights[8];
        if (sscanf(text, "%lx-%lx %7s", &from, &to, rights) != 3)
            continue;
        if (here >= from && here < to)
            *(bool *)context = from == end_of_guard;
        if (!strcmp(rights, "---p"))
            end_of_guard = to;
    }
    return error_set(err, ENOMEDIUM, "seen");
}

static void below_its_stack_nobody_may_write(void **state)
{
    (void)state;
    needs_borrowed_memory();
    bool guarded = false;
    struct error err = ERROR_INIT;
    int pidfd = -EBADF;
    assert_int_equal(namespace_clone_borrowed(NULL, look_below_the_stack, arrive, &guarded, -1, &pidfd, &err), -ENOMEDIUM);
    assert_true(guarded);
}

static int make_room(void *context, int line, struct error *err)
{
    (void)line;
    (void)err;
    close(*(int *)context);
    return 0;
}

static void stay(void *context)
{
    (void)context;
    for (;;)
        pause();
}

/* There is room for the pidfd of the one in between, and none for the caller's. 1: it went well; killed: the child was there still.
 */
static int clone_what_cannot_be_held(void)
{
    struct error err = ERROR_INIT;
    struct rlimit most;
    int pidfd = -EBADF, full = dup(STDIN_FILENO);
    getrlimit(RLIMIT_NOFILE, &most);
    most.rlim_cur = (rlim_t)full + 1;
    setrlimit(RLIMIT_NOFILE, &most);
    pid_t pid = namespace_clone_borrowed(NULL, make_room, stay, &full, -1, &pidfd, &err);
    bool left = waitpid(-1, NULL, WNOHANG) == 0;
    if (left)
        kill(0, SIGKILL); /* with all of this group */
    return pid != -EMFILE;
}

static void what_cannot_be_held_is_ended(void **state)
{
    (void)state;
    needs_borrowed_memory();
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        _exit(clone_what_cannot_be_held());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void one_that_has_ended_is_in_no_namespace_of_ours(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    siginfo_t end;
    int pidfd = -EBADF, pipes[2];
    char byte;
    assert_int_equal(pipe(pipes), 0);
    pid_t pid = namespace_clone(NULL, 0, -1, &pidfd, &err);
    if (pid == 0) {
        close(pipes[1]);
        _exit(read(pipes[0], &byte, 1) != 0);
    }
    assert_int_equal(namespaces_apart(pid), 0);
    close(pipes[1]);
    assert_int_equal(waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT), 0);
    unsigned long apart = namespaces_apart(pid);
    assert_true(apart & CLONE_NEWNS && apart & CLONE_NEWNET);
    assert_true(namespaces_enter(NULL, pidfd, pid, apart, &err) < 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    close(pidfd);
    close(pipes[0]);
}

static void no_group_is_known_to_die_as_one_without_a_tree(void **state)
{
    (void)state;
    const struct cgroup_seats none = {.unified = -EBADF}, elsewhere = {.unified = open("/", O_PATH | O_CLOEXEC)};
    assert_false(cgroup_dies_as_one(&none));
    assert_false(cgroup_dies_as_one(&elsewhere));
    close(elsewhere.unified);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_of_cpus_has_ranges_and_no_nonsense),
        cmocka_unit_test(numbers_above_the_signed_ones_keep_their_bits),
        cmocka_unit_test(limits_are_known_and_listed_once),
        cmocka_unit_test(combinations_that_contradict_one_another_are_refused),
        cmocka_unit_test(ranges_of_ids_are_those_of_the_name_and_of_the_number),
        cmocka_unit_test(maps_that_overlap_or_hold_nothing_are_refused),
        cmocka_unit_test(offsets_are_of_clocks_that_have_them),
        cmocka_unit_test(names_of_devices_are_the_kernels),
        cmocka_unit_test(hooks_have_absolute_paths_and_some_time),
        cmocka_unit_test(a_helper_hears_speaks_and_ends),
        cmocka_unit_test(who_could_not_come_back_from_a_pid_namespace_does_not_go),
        cmocka_unit_test(a_child_is_born_elsewhere_by_way_of_one_that_borrows_our_memory),
        cmocka_unit_test(its_steps_are_the_callers_to_record),
        cmocka_unit_test(below_its_stack_nobody_may_write),
        cmocka_unit_test(what_cannot_be_held_is_ended),
        cmocka_unit_test(one_that_has_ended_is_in_no_namespace_of_ours),
        cmocka_unit_test(no_group_is_known_to_die_as_one_without_a_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
