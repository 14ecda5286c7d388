/* engine/kernel/cgroup/: limits in the words of each version, and where the hierarchies are. */
#include "json_text.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup/cgroup.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char *value_of(const struct cgroup_values *values, const char *file)
{
    for (size_t i = 0; i < values->count; i++)
        if (!strcmp(values->list[i].file, file))
            return values->list[i].value;
    return NULL;
}

static const char *refusal_of(const struct cgroup_values *values, const char *file)
{
    for (size_t i = 0; i < values->count; i++)
        if (!strcmp(values->list[i].file, file))
            return values->list[i].refused;
    return NULL;
}

static const char resources_text[] =
    "{\"memory\":{\"limit\":104857600,\"swap\":209715200,\"reservation\":52428800,\"swappiness\":0,\"disableOOMKiller\":false},"
    "\"cpu\":{\"shares\":1024,\"quota\":50000,\"period\":100000,\"cpus\":\"0-1\",\"mems\":\"0\"},\"pids\":{\"limit\":100},"
    "\"blockIO\":{\"weight\":500,\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1048576}]},"
    "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4194304}],\"unified\":{\"memory.high\":\"99\",\"nonsense\":\"1\"}}";

static void version_1_takes_limits_as_they_are(void **state)
{
    (void)state;
    json_t *resources cleanup_json = json(resources_text);
    struct cgroup_values values = {0};
    cgroup_v1_values(resources, &values);
    assert_string_equal(value_of(&values, "memory.limit_in_bytes"), "104857600");
    assert_string_equal(value_of(&values, "memory.memsw.limit_in_bytes"), "209715200");
    assert_string_equal(value_of(&values, "memory.swappiness"), "0");
    assert_null(value_of(&values, "memory.oom_control"));
    assert_string_equal(value_of(&values, "cpu.shares"), "1024");
    assert_string_equal(value_of(&values, "cpu.cfs_quota_us"), "50000");
    assert_string_equal(value_of(&values, "cpuset.cpus"), "0-1");
    assert_string_equal(value_of(&values, "pids.max"), "100");
    assert_string_equal(value_of(&values, "blkio.throttle.read_bps_device"), "8:0 1048576");
    assert_string_equal(value_of(&values, "hugetlb.2MB.limit_in_bytes"), "4194304");
    assert_null(value_of(&values, "memory.high"));
    assert_string_equal(values.list[0].file, "memory.limit_in_bytes"); /* before memsw, which may not be less */
    cgroup_values_free(&values);
}

static void version_2_counts_swap_apart_and_weights_otherwise(void **state)
{
    (void)state;
    json_t *resources cleanup_json = json(resources_text);
    struct cgroup_values values = {0};
    cgroup_v2_values(resources, &values);
    assert_string_equal(value_of(&values, "memory.max"), "104857600");
    assert_string_equal(value_of(&values, "memory.swap.max"), "104857600");
    assert_string_equal(value_of(&values, "memory.low"), "52428800");
    assert_string_equal(value_of(&values, "cpu.weight"), "100"); /* the default is the default */
    assert_string_equal(value_of(&values, "cpu.max"), "50000 100000");
    assert_string_equal(value_of(&values, "io.max"), "8:0 rbps=1048576");
    assert_string_equal(value_of(&values, "hugetlb.2MB.max"), "4194304");
    assert_string_equal(value_of(&values, "memory.high"), "99");
    assert_non_null(refusal_of(&values, "nonsense"));
    cgroup_values_free(&values);
    assert_int_equal(cgroup_cpu_weight(2), 1);
    assert_int_equal(cgroup_cpu_weight(512), 59); /* as runc's own tests have it */
    assert_int_equal(cgroup_cpu_weight(1024), 100);
    assert_int_equal(cgroup_cpu_weight(262144), 10000);
    assert_int_equal(cgroup_io_weight(1000), 10000);
}

static void unlimited_is_said_in_each_versions_words(void **state)
{
    (void)state;
    json_t *resources cleanup_json = json("{\"memory\":{\"limit\":-1,\"swap\":-1},\"cpu\":{\"quota\":-1},\"pids\":{\"limit\":-1}}");
    struct cgroup_values one = {0}, two = {0};
    cgroup_v1_values(resources, &one);
    cgroup_v2_values(resources, &two);
    assert_string_equal(value_of(&one, "memory.limit_in_bytes"), "-1");
    assert_string_equal(value_of(&one, "pids.max"), "max");
    assert_string_equal(value_of(&two, "memory.max"), "max");
    assert_string_equal(value_of(&two, "memory.swap.max"), "max");
    assert_string_equal(value_of(&two, "cpu.max"), "max"); /* the period stays as it is */
    assert_string_equal(value_of(&two, "pids.max"), "max");
    cgroup_values_free(&one);
    cgroup_values_free(&two);
}

static void the_root_group_is_never_acted_on(void **state)
{
    (void)state;
    struct cgroup group;
    struct error err = ERROR_INIT;
    static const char *const roots[] = {"/", "//", "/.", "/./", ""};
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        assert_true(cgroup_is_root(roots[i]));
    assert_false(cgroup_is_root("/a"));
    assert_false(cgroup_is_root("/..a"));
    assert_int_equal(cgroup_open("", &group, &err), -EINVAL);
    struct cgroup root = {.path = (char *)"/"}; /* without hierarchies: nothing could happen anyway */
    assert_int_equal(cgroup_kill(NULL, &root, SIGKILL, &err), -EINVAL);
    assert_int_equal(cgroup_freeze(NULL, &root, true, &err), -EINVAL);
    assert_int_equal(cgroup_remove(NULL, &root, &err), -EINVAL);
    assert_int_equal(cgroup_update(NULL, &root, NULL, &err), -EINVAL);
}

/* With the fallback as the measure, which reads what the kernel says. */
static void hierarchies_are_found_where_they_are_mounted(void **state)
{
    (void)state;
    struct cgroup found, meant = {.path = strdup("/x")};
    assert_int_equal(cgroup_open("x", &found, NULL), 0);
    assert_int_equal(cgroup_search_mounts(&meant, NULL), 0);
    assert_string_equal(found.path, "/x");
    assert_int_equal(found.count, meant.count);
    for (size_t i = 0; i < found.count; i++) {
        size_t k = 0;
        while (k < meant.count && strcmp(found.hierarchies[i].mount_point, meant.hierarchies[k].mount_point) != 0)
            k++;
        assert_true(k < meant.count);
        assert_int_equal(found.hierarchies[i].unified, meant.hierarchies[k].unified);
        char *ours cleanup_free = strv_join(found.hierarchies[i].controllers, ",");
        char *theirs cleanup_free = strv_join(meant.hierarchies[k].controllers, ",");
        assert_string_equal(ours, theirs);
    }
    cgroup_close(&found);
    cgroup_close(&meant);
}

/* In a mount namespace of its own: version 2 is mounted at `place` alone, and "memory" is in no hierarchy of version 1. */
static int look_for_v2(const char *place, const char *controllers)
{
    struct cgroup found;
    bool there = false;
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return 2;
    if (mount("/sys/fs/cgroup/unified", place, NULL, MS_BIND, NULL) < 0 || umount2("/sys/fs/cgroup/unified", MNT_DETACH) < 0 ||
        mount(controllers, "/proc/cgroups", NULL, MS_BIND, NULL) < 0 || cgroup_open("x", &found, NULL) < 0)
        return 3;
    for (size_t i = 0; i < found.count; i++)
        there |= found.hierarchies[i].unified && !strcmp(found.hierarchies[i].mount_point, place);
    return there ? 0 : 4;
}

static void version_2_is_found_elsewhere_when_it_may_have_controllers(void **state)
{
    (void)state;
    static const char says[] = "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t2\t1\nmemory\t0\t2\t1\n";
    char directory[] = "/tmp/slrt-v2-XXXXXX";
    int status = 0;
    if (!path_exists("/sys/fs/cgroup/unified/cgroup.controllers"))
        skip();
    assert_non_null(mkdtemp(directory));
    char *place cleanup_free = path_join(directory, "tree"), *controllers cleanup_free = path_join(directory, "cgroups");
    int rc = path_make_dirs(place, 0700, NULL);
    if (!rc)
        rc = file_write_atomic(controllers, says, sizeof says - 1, 0600, false, NULL);
    pid_t child = rc ? -1 : fork();
    if (child == 0)
        _exit(look_for_v2(place, controllers));
    waitpid(child, &status, 0);
    path_remove_tree(directory, NULL);
    assert_true(child > 0);
    assert_int_equal(status, 0);
}

static void a_control_file_says_again_what_it_said(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text, *value, *want;
    } rows[] = {
        {"memory.limit_in_bytes", "9223372036854771712\n", "1048576", "9223372036854771712"},
        {"memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", "1", "0"},
        {"cpu.max", "max 100000\n", "5000 10000", "max 100000"},
        {"cpuset.cpus", "\n", "0", "\n"},
        {"io.max", "8:0 rbps=1 wbps=max riops=max wiops=max\n", "8:0 rbps=5", "8:0 rbps=1 wbps=max riops=max wiops=max"},
        {"io.max", "8:0 rbps=1 wbps=max riops=max wiops=max\n", "8:16 rbps=5", "8:16 rbps=max wbps=max riops=max wiops=max"},
        {"io.weight", "default 100\n8:0 50\n", "300", "default 100"},
        {"io.weight", "default 100\n8:0 50\n", "8:0 300", "8:0 50"},
        {"blkio.throttle.read_bps_device", "", "8:0 5", "8:0 0"},
        {"rdma.max", "", "mlx5 hca_handle=3", "mlx5 hca_handle=max hca_object=max"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text cleanup_free = cgroup_undo_text(rows[i].file, rows[i].text, rows[i].value);
        assert_string_equal(text, rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_1_takes_limits_as_they_are),
        cmocka_unit_test(version_2_counts_swap_apart_and_weights_otherwise),
        cmocka_unit_test(unlimited_is_said_in_each_versions_words),
        cmocka_unit_test(the_root_group_is_never_acted_on),
        cmocka_unit_test(hierarchies_are_found_where_they_are_mounted),
        cmocka_unit_test(version_2_is_found_elsewhere_when_it_may_have_controllers),
        cmocka_unit_test(a_control_file_says_again_what_it_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
