/* engine/kernel/: steps, capabilities, mount options, paths below a hostile root, cgroup values, seccomp programs. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/capabilities.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/mount/mount.h"
#include "kernel/namespaces.h"
#include "kernel/seccomp.h"
#include "kernel/step.h"
#include "runtime/defaults.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static json_t *json(const char *text)
{
    struct error err = ERROR_INIT;
    json_t *document = json_parse(text, strlen(text), "test", &err);
    assert_non_null(document);
    return document;
}

static void a_step_says_what_was_done_and_how_it_ended(void **state)
{
    (void)state;
    struct steps *steps = steps_new();
    step_recordf(steps, step_start(), -EPERM, "mount", "/proc", "mount -t %s proc /proc", "proc");
    json_t *list cleanup_json = steps_json(steps), *step = json_array_get(list, 0);
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(json_str(step, "what", ""), "mount");
    assert_string_equal(json_str(step, "object", ""), "/proc");
    assert_string_equal(json_str(step, "command", ""), "mount -t proc proc /proc");
    assert_string_equal(json_str(step, "error", ""), "EPERM");
    assert_int_equal(json_num(step, "result", 0), -EPERM);
    assert_int_equal(json_num(step, "pid", 0), getpid());
    assert_true(json_num(step, "duration_ns", -1) >= 0);
    steps_free(steps);
}

static void steps_of_a_child_are_in_the_log_of_its_parent_in_order_of_start(void **state)
{
    (void)state;
    struct steps *steps = steps_new();
    int64_t first = step_start();
    pid_t child = fork();
    if (child == 0) {
        step_record(steps, step_start(), 0, "second", "", "");
        _exit(0);
    }
    waitpid(child, NULL, 0);
    step_record(steps, first, 0, "first", "", "");
    json_t *list cleanup_json = steps_json(steps);
    assert_string_equal(json_str(json_array_get(list, 0), "what", ""), "first");
    assert_string_equal(json_str(json_array_get(list, 1), "what", ""), "second");
    assert_int_equal(json_num(json_array_get(list, 1), "pid", 0), child);
    steps_clear(steps);
    json_t *none cleanup_json = steps_json(steps);
    assert_int_equal(json_array_size(none), 0);
    steps_free(steps);
}

static void a_full_log_counts_what_it_drops(void **state)
{
    (void)state;
    struct steps *steps = steps_new();
    for (int i = 0; i < 5000; i++)
        step_record(steps, step_start(), 0, "what", "an object of some length", "a command of some length as well");
    json_t *list cleanup_json = steps_json(steps);
    assert_int_equal(json_array_size(list) + steps_dropped(steps), 5000);
    assert_true(json_array_size(list) > 900);
    steps_free(steps);
}

static void text_cut_inside_a_character_stays_valid(void **state)
{
    (void)state;
    struct steps *steps = steps_new();
    char text[1100];
    memset(text, 'x', 999);
    strcpy(text + 999, "\xe2\x82\xac and more"); /* the euro sign straddles the limit */
    step_record(steps, step_start(), 0, "what", text, "");
    json_t *list cleanup_json = steps_json(steps);
    assert_int_equal(strlen(json_str(json_array_get(list, 0), "object", "")), 999);
    steps_free(steps);
}

static void capability_sets_are_cut_down_to_what_the_machine_has(void **state)
{
    (void)state;
    struct capability_sets sets = {0};
    char **left_out cleanup_strv = NULL, **unknown_names cleanup_strv = NULL;
    json_t *list cleanup_json = json_array();
    for (int i = 0; capability_name(i); i++)
        json_array_append_new(list, json_string(capability_name(i)));
    json_t *wanted cleanup_json = json_pack("{sO sO}", "bounding", list, "effective", list);
    capability_sets_parse(wanted, &sets, &left_out);
    assert_true(sets.bounding == (capability_bounding() & (((uint64_t)1 << CAPABILITY_COUNT) - 1)));
    assert_true(sets.effective == sets.bounding);
    assert_true(sets.inheritable == 0 && sets.ambient == 0);
    assert_int_equal(strv_len(left_out), CAPABILITY_COUNT - __builtin_popcountll(sets.bounding));
    json_t *unknown cleanup_json = json("{\"bounding\":[\"CAP_FLY\",\"CAP_CHOWN\"],\"ambient\":[\"CAP_FLY\"]}");
    capability_sets_parse(unknown, &sets, &unknown_names);
    assert_true(sets.bounding == (capability_bounding() & 1) && !sets.ambient);
    assert_string_equal(unknown_names[0], "CAP_FLY");
    assert_null(unknown_names[1]);
    assert_int_equal(capability_number("CAP_CHECKPOINT_RESTORE"), 40);
}

static void mount_options_fall_into_attributes_propagation_and_data(void **state)
{
    (void)state;
    static const struct {
        const char *options;
        uint64_t set, clear, propagation;
        bool bind, recursive;
        const char *data;
    } rows[] = {
        {"[\"ro\",\"nosuid\",\"nodev\"]", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0, 0, false, false, ""},
        {"[\"ro\",\"rw\"]", 0, MOUNT_ATTR_RDONLY, 0, false, false, ""},
        {"[\"rbind\",\"rprivate\"]", 0, 0, MS_PRIVATE, true, true, ""},
        {"[\"bind\",\"slave\",\"noexec\"]", MOUNT_ATTR_NOEXEC, 0, MS_SLAVE, true, false, ""},
        {"[\"noatime\"]", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME, 0, false, false, ""},
        {"[\"mode=755\",\"nosuid\",\"size=64k\"]", MOUNT_ATTR_NOSUID, 0, 0, false, false, "mode=755 size=64k"},
        {"[\"newinstance\",\"gid=5\"]", 0, 0, 0, false, false, "newinstance gid=5"},
        {"[\"silent\",\"loud\",\"iversion\",\"sync\",\"defaults\"]", 0, 0, 0, false, false, ""},
        {"[\"strictatime\",\"norelatime\"]", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME, 0, false, false, ""},
        {"[\"noatime\",\"nostrictatime\"]", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME, 0, false, false, ""},
        {"[\"exec\",\"dev\",\"suid\"]", 0, MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID, 0, false, false, ""},
        {"[\"runbindable\",\"nosymfollow\",\"SYNC\"]", MOUNT_ATTR_NOSYMFOLLOW, 0, MS_UNBINDABLE, false, false, "SYNC"},
        {"[7,null,{},\"ro\"]", MOUNT_ATTR_RDONLY, 0, 0, false, false, ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_t *list cleanup_json = json(rows[i].options);
        struct mount_options options;
        mount_options_parse(list, &options);
        char *data cleanup_free = strv_join(options.data, " ");
        assert_true(options.set == rows[i].set);
        assert_true(options.clear == rows[i].clear);
        assert_true(options.propagation == rows[i].propagation);
        assert_int_equal(options.bind, rows[i].bind);
        assert_int_equal(options.recursive_bind, rows[i].recursive);
        assert_string_equal(str_or(data, ""), rows[i].data);
        mount_options_free(&options);
    }
}

static void recursive_attributes_are_kept_apart(void **state)
{
    (void)state;
    json_t *list cleanup_json = json("[\"rbind\",\"rro\",\"nosuid\"]");
    struct mount_options options;
    mount_options_parse(list, &options);
    assert_true(options.recursive_set == MOUNT_ATTR_RDONLY);
    assert_true(options.set == MOUNT_ATTR_NOSUID);
    assert_string_equal(options.as_given, "rbind,rro,nosuid");
    mount_options_free(&options);
}

/* runtime-spec config.md#linux-mount-options: for every recursive word there is the plain one, which means the same. */
static void each_word_has_a_recursive_one_that_means_the_same(void **state)
{
    (void)state;
    static const char *const words[] = {
        "ro",      "rw",       "suid",       "nosuid",      "dev",           "nodev",    "exec",       "noexec",    "atime",
        "noatime", "relatime", "norelatime", "strictatime", "nostrictatime", "diratime", "nodiratime", "symfollow", "nosymfollow"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        char longer[32];
        struct mount_options one, all;
        snprintf(longer, sizeof longer, "r%s", words[i]);
        json_t *plain cleanup_json = json_pack("[s]", words[i]), *recursive cleanup_json = json_pack("[s]", longer);
        mount_options_parse(plain, &one);
        mount_options_parse(recursive, &all);
        assert_null(one.data);
        assert_null(all.data);
        assert_true(one.set == all.recursive_set && one.clear == all.recursive_clear);
        assert_true(one.set | one.clear);
        assert_true(!one.recursive_set && !one.recursive_clear && !all.set && !all.clear);
        mount_options_free(&one);
        mount_options_free(&all);
    }
}

static void words_for_the_whole_file_system_are_kept_apart(void **state)
{
    (void)state;
    json_t *list cleanup_json = json("[\"sync\",\"size=1m\",\"silent\",\"dirsync\",\"lazytime\"]");
    struct mount_options options;
    mount_options_parse(list, &options);
    char *whole cleanup_free = strv_join(options.whole, " "), *data cleanup_free = strv_join(options.data, " ");
    assert_string_equal(whole, "sync dirsync lazytime");
    assert_string_equal(data, "size=1m");
    mount_options_free(&options);
}

/* A root with links that lead out of it: "out" to the host's /tmp/..., "up" through "..", "dangling" to nothing. */
struct hostile {
    char path[64], outside[64];
    int fd;
};

static int hostile_root(void **state)
{
    static struct hostile world;
    strcpy(world.path, "/tmp/slrt-root-XXXXXX");
    strcpy(world.outside, "/tmp/slrt-out-XXXXXX");
    assert_non_null(mkdtemp(world.path));
    assert_non_null(mkdtemp(world.outside));
    world.fd = open(world.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(symlinkat(world.outside, world.fd, "out"), 0);
    assert_int_equal(symlinkat("../../../../../..", world.fd, "up"), 0);
    assert_int_equal(symlinkat("nowhere", world.fd, "dangling"), 0);
    *state = &world;
    return 0;
}

static int hostile_root_gone(void **state)
{
    struct hostile *world = *state;
    close(world->fd);
    path_remove_tree(world->path, NULL);
    path_remove_tree(world->outside, NULL);
    return 0;
}

static bool is_empty(const char *path)
{
    DIR *dir = opendir(path);
    int count = 0;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count == 2;
}

static void targets_are_made_inside_the_root_whatever_links_it_holds(void **state)
{
    struct hostile *world = *state;
    struct error err = ERROR_INIT;
    static const char *const targets[] = {"/plain/a/b", "/up/inside", "//double//slash/", "/up/../etc"};
    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        int fd = root_make(world->fd, targets[i], false, 0755, &err);
        assert_true(fd >= 0);
        char link[64], where[256] = {0};
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        assert_true(readlink(link, where, sizeof where - 1) > 0);
        assert_true(str_starts(where, world->path));
        close(fd);
    }
    int fd = root_make(world->fd, "/plain/a/file", true, 0755, &err);
    struct stat status;
    assert_int_equal(fstat(fd, &status), 0);
    assert_true(S_ISREG(status.st_mode));
    close(fd);
}

static void a_link_out_of_the_root_makes_nothing_outside(void **state)
{
    struct hostile *world = *state;
    struct error err = ERROR_INIT;
    int fd = root_make(world->fd, "/out/evil", false, 0755, &err);
    if (fd >= 0)
        close(fd); /* the link's target was made inside, or refused: both are safe */
    assert_true(is_empty(world->outside));
    fd = root_make(world->fd, "/dangling/x", false, 0755, &err); /* where the link leads, inside */
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(faccessat(world->fd, "nowhere/x", F_OK, 0), 0);
    assert_int_equal(symlinkat("loop/x", world->fd, "loop"), 0);
    assert_int_equal(root_make(world->fd, "/loop/y", true, 0755, &err), -ELOOP);
    assert_int_equal(root_make(world->fd, "/nowhere/../loop", false, 0755, &err), -ELOOP);
    assert_true(is_empty(world->outside));
    assert_true(root_open(world->fd, "/up/../../../etc/passwd", O_PATH | O_CLOEXEC) == -ENOENT);
}

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

static void ids_are_mapped_by_range(void **state)
{
    (void)state;
    json_t *maps cleanup_json =
        json("[{\"containerID\":0,\"hostID\":100000,\"size\":10},{\"containerID\":10,\"hostID\":5,\"size\":1}]");
    assert_int_equal(namespace_outer_id(maps, 3), 100003);
    assert_int_equal(namespace_outer_id(maps, 10), 5);
    assert_int_equal(namespace_outer_id(maps, 11), 11);
    assert_string_equal(namespace_kind("network")->file, "net");
    assert_string_equal(namespace_kind("mnt")->name, "mount");
    assert_null(namespace_kind("weather"));
}

/* errno of a system call (0: it worked) made under the filter. */
static int under_filter(const struct seccomp_program *program, long number, long a)
{
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (seccomp_install(NULL, program, NULL) < 0)
            _exit(255);
        _exit(syscall(number, a, 0, 0, 0) < 0 ? errno : 0);
    }
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void the_default_profile_refuses_what_dockers_refuses(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct seccomp_program program;
    json_t *profile cleanup_json = runtime_default_seccomp(NULL);
    assert_int_equal(seccomp_compile(profile, NULL, &program, &err), 0);
    assert_int_equal(under_filter(&program, SYS_getpid, 0), 0);
    assert_int_equal(under_filter(&program, SYS_keyctl, 0), EPERM);
    assert_int_equal(under_filter(&program, SYS_unshare, 0), EPERM);
    assert_int_equal(under_filter(&program, SYS_clone3, 0), ENOSYS);
    assert_int_equal(under_filter(&program, SYS_personality, 0xffffffff), 0);
    assert_int_equal(under_filter(&program, SYS_personality, 0x1234), EPERM);
    assert_int_equal(under_filter(&program, 5000, 0), ENOSYS); /* newer than the profile */
    seccomp_program_free(&program);
    json_t *admin cleanup_json = json("[\"CAP_SYS_ADMIN\"]"), *wider cleanup_json = runtime_default_seccomp(admin);
    assert_int_equal(seccomp_compile(wider, NULL, &program, &err), 0);
    assert_int_equal(under_filter(&program, SYS_unshare, 0), 0);
    seccomp_program_free(&program);
}

static void a_sandbox_may_mount_but_not_load_bpf(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct seccomp_program program;
    json_t *profile cleanup_json = runtime_sandbox_seccomp();
    assert_int_equal(seccomp_compile(profile, NULL, &program, &err), 0);
    assert_int_equal(under_filter(&program, SYS_unshare, 0), 0);
    assert_int_equal(under_filter(&program, SYS_bpf, 0), EPERM);
    assert_int_equal(under_filter(&program, SYS_io_uring_setup, 0), EPERM);
    seccomp_program_free(&program);
}

static int cache(void **state)
{
    *state = mkdtemp(xstrdup("/tmp/slrt-cache-XXXXXX"));
    return *state ? 0 : -1;
}

static int cache_gone(void **state)
{
    path_remove_tree(*state, NULL);
    free(*state);
    return 0;
}

static void a_program_is_compiled_once_and_a_damaged_one_again(void **state)
{
    const char *directory = *state;
    struct error err = ERROR_INIT;
    struct seccomp_program first, second, third;
    json_t *profile cleanup_json = runtime_default_seccomp(NULL);
    assert_int_equal(seccomp_compile(profile, directory, &first, &err), 0);
    DIR *dir = opendir(directory);
    struct dirent *entry;
    char *path cleanup_free = NULL;
    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.') {
            assert_null(path); /* one profile, one file */
            path = path_join(directory, entry->d_name);
        }
    closedir(dir);
    assert_non_null(path);
    assert_int_equal(seccomp_compile(profile, directory, &second, &err), 0);
    assert_int_equal(first.count, second.count);
    assert_memory_equal(first.code, second.code, first.count * sizeof *first.code);
    const off_t lengths[] = {0, 13, sizeof *first.code, (first.count - 1) * (off_t)sizeof *first.code};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        assert_int_equal(truncate(path, lengths[i]), 0);
        assert_int_equal(seccomp_compile(profile, directory, &third, &err), 0);
        assert_int_equal(third.count, first.count);
        seccomp_program_free(&third);
    }
    seccomp_program_free(&first);
    seccomp_program_free(&second);
}

static void a_program_is_recalled_by_its_name_when_it_is_whole(void **state)
{
    const char *directory = *state;
    struct error err = ERROR_INIT;
    struct seccomp_program made, again;
    json_t *profile cleanup_json =
        json("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"],"
             "\"syscalls\":[{\"names\":[\"getpgid\",\"keyctl\",\"unshare\"],\"action\":\"SCMP_ACT_ERRNO\"}]}");
    assert_int_equal(seccomp_compile(profile, directory, &made, &err), 0);
    json_t *brief cleanup_json = seccomp_abridge(profile);
    assert_null(json_object_get(brief, "syscalls"));
    assert_true(seccomp_recall(brief, directory, made.name, &again));
    assert_int_equal(again.count, made.count);
    assert_int_equal(again.flags, made.flags);
    assert_memory_equal(again.code, made.code, made.count * sizeof *made.code);
    seccomp_program_free(&again);
    char *path cleanup_free = path_join(directory, made.name), *beside cleanup_free = path_join(directory, "x");
    assert_int_equal(link(path, beside), 0);
    assert_false(seccomp_recall(brief, directory, "x", &again));
    char *around cleanup_free = str_format("../%s/%s", strrchr(directory, '/') + 1, made.name);
    assert_false(seccomp_recall(brief, directory, around, &again));
    for (size_t i = made.count; i-- > 0;) {
        assert_int_equal(truncate(path, (off_t)(i * sizeof *made.code)), 0);
        assert_false(seccomp_recall(brief, directory, made.name, &again));
    }
    assert_int_equal(truncate(path, (off_t)(made.count * sizeof *made.code)), 0); /* zeros */
    assert_false(seccomp_recall(brief, directory, made.name, &again));
    seccomp_program_free(&made);
}

static void a_profile_itself_names_no_program(void **state)
{
    const char *directory = *state;
    struct error err = ERROR_INIT;
    struct seccomp_program lax, strict, again;
    json_t *everything cleanup_json = json("{\"defaultAction\":\"SCMP_ACT_ALLOW\"}");
    json_t *nothing cleanup_json = json("{\"defaultAction\":\"SCMP_ACT_ALLOW\","
                                        "\"syscalls\":[{\"names\":[\"getpgid\"],\"action\":\"SCMP_ACT_ERRNO\"}]}");
    assert_int_equal(seccomp_compile(everything, directory, &lax, &err), 0);
    assert_int_equal(seccomp_compile(nothing, directory, &strict, &err), 0);
    json_object_set_new(nothing, "org.slipway.program", json_string(lax.name));
    assert_int_equal(seccomp_compile(nothing, directory, &again, &err), 0);
    assert_int_equal(again.count, strict.count);
    assert_int_equal(under_filter(&again, SYS_getpgid, 0), EPERM);
    seccomp_program_free(&lax);
    seccomp_program_free(&strict);
    seccomp_program_free(&again);
}

static void a_profile_with_an_unknown_word_is_refused(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct seccomp_program program;
    static const char *const bad[] = {
        "{\"defaultAction\":\"SCMP_ACT_MAYBE\"}",
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SOME\"]}",
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\","
        "\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_ODD\"}]}]}",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        json_t *profile cleanup_json = json(bad[i]);
        assert_int_equal(seccomp_compile(profile, NULL, &program, &err), -EINVAL);
    }
    assert_int_equal(seccomp_compile(NULL, NULL, &program, &err), 0);
    assert_int_equal(program.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_says_what_was_done_and_how_it_ended),
        cmocka_unit_test(steps_of_a_child_are_in_the_log_of_its_parent_in_order_of_start),
        cmocka_unit_test(a_full_log_counts_what_it_drops),
        cmocka_unit_test(text_cut_inside_a_character_stays_valid),
        cmocka_unit_test(capability_sets_are_cut_down_to_what_the_machine_has),
        cmocka_unit_test(mount_options_fall_into_attributes_propagation_and_data),
        cmocka_unit_test(recursive_attributes_are_kept_apart),
        cmocka_unit_test(each_word_has_a_recursive_one_that_means_the_same),
        cmocka_unit_test(words_for_the_whole_file_system_are_kept_apart),
        cmocka_unit_test_setup_teardown(targets_are_made_inside_the_root_whatever_links_it_holds, hostile_root, hostile_root_gone),
        cmocka_unit_test_setup_teardown(a_link_out_of_the_root_makes_nothing_outside, hostile_root, hostile_root_gone),
        cmocka_unit_test(version_1_takes_limits_as_they_are),
        cmocka_unit_test(version_2_counts_swap_apart_and_weights_otherwise),
        cmocka_unit_test(unlimited_is_said_in_each_versions_words),
        cmocka_unit_test(the_root_group_is_never_acted_on),
        cmocka_unit_test(hierarchies_are_found_where_they_are_mounted),
        cmocka_unit_test(version_2_is_found_elsewhere_when_it_may_have_controllers),
        cmocka_unit_test(a_control_file_says_again_what_it_said),
        cmocka_unit_test(ids_are_mapped_by_range),
        cmocka_unit_test(the_default_profile_refuses_what_dockers_refuses),
        cmocka_unit_test(a_sandbox_may_mount_but_not_load_bpf),
        cmocka_unit_test_setup_teardown(a_program_is_compiled_once_and_a_damaged_one_again, cache, cache_gone),
        cmocka_unit_test_setup_teardown(a_program_is_recalled_by_its_name_when_it_is_whole, cache, cache_gone),
        cmocka_unit_test_setup_teardown(a_profile_itself_names_no_program, cache, cache_gone),
        cmocka_unit_test(a_profile_with_an_unknown_word_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
