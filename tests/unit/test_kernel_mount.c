/* engine/kernel/mount/: what mount options mean, and paths below a hostile root. */
#include "json_text.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/mount/mount.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mount_options_fall_into_attributes_propagation_and_data),
        cmocka_unit_test(recursive_attributes_are_kept_apart),
        cmocka_unit_test(each_word_has_a_recursive_one_that_means_the_same),
        cmocka_unit_test(words_for_the_whole_file_system_are_kept_apart),
        cmocka_unit_test_setup_teardown(targets_are_made_inside_the_root_whatever_links_it_holds, hostile_root, hostile_root_gone),
        cmocka_unit_test_setup_teardown(a_link_out_of_the_root_makes_nothing_outside, hostile_root, hostile_root_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
