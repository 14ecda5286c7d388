/* Local volumes: made, found, listed, removed; names that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "volume/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int setup(void **state)
{
    char *root = xstrdup("/tmp/slt-volume-XXXXXX");
    *state = root;
    return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state)
{
    path_remove_tree(*state, NULL);
    free(*state);
    return 0;
}

static void a_volume_is_a_directory_that_stays(void **state)
{
    const char *root = *state;
    struct error err = ERROR_INIT;
    cleanup_free char *named = NULL, *mountpoint = NULL, *again = NULL;
    assert_int_equal(volume_ensure(root, "data_volume", &named, &mountpoint, &err), 0);
    cleanup_free char *wanted = str_format("%s/volumes/data_volume/_data", root);
    assert_string_equal(named, "data_volume");
    assert_string_equal(mountpoint, wanted);
    cleanup_free char *file = path_join(mountpoint, "kept");
    assert_int_equal(file_write(file, "x", 1, 0644, NULL), 0);
    assert_int_equal(volume_ensure(root, "data_volume", NULL, &again, &err), 0);
    assert_string_equal(again, mountpoint);
    assert_true(path_exists(file));
    cleanup_json json_t *volume = volume_inspect(root, "data_volume", &err);
    json_object_del(volume, "CreatedAt");
    cleanup_free char *text = json_text(volume);
    cleanup_free char *shape =
        str_format("{\"Driver\":\"local\",\"Labels\":null,\"Mountpoint\":\"%s\",\"Name\":\"data_volume\",\"Options\":null,"
                   "\"Scope\":\"local\"}",
                   wanted);
    assert_string_equal(text, shape);
}

static void without_a_name_one_is_drawn(void **state)
{
    struct error err = ERROR_INIT;
    cleanup_free char *one = NULL, *two = NULL;
    assert_int_equal(volume_ensure(*state, NULL, &one, NULL, &err), 0);
    assert_int_equal(volume_ensure(*state, "", &two, NULL, &err), 0);
    assert_int_equal(strlen(one), 64);
    assert_string_not_equal(one, two);
    cleanup_json json_t *list = volume_list(*state);
    assert_int_equal(json_array_size(list), 2);
}

static void removing_takes_its_files_and_the_next_time_it_is_missing(void **state)
{
    struct error err = ERROR_INIT;
    cleanup_free char *mountpoint = NULL;
    assert_int_equal(volume_ensure(*state, "v1", NULL, &mountpoint, &err), 0);
    assert_int_equal(volume_remove(*state, "v1", &err), 0);
    assert_false(path_exists(mountpoint));
    assert_int_equal(volume_remove(*state, "v1", &err), -ENOENT);
    assert_string_equal(err.message, "get v1: no such volume");
    assert_null(volume_inspect(*state, "v1", &err));
    cleanup_json json_t *list = volume_list(*state);
    assert_int_equal(json_array_size(list), 0);
}

static void names_cannot_leave_the_directory(void **state)
{
    struct error err = ERROR_INIT;
    const char *bad[] = {"bad/name", "..", ".hidden", "-x", "a b", "../../etc"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(volume_ensure(*state, bad[i], NULL, NULL, &err), -EINVAL);
        assert_int_equal(volume_remove(*state, bad[i], &err), -ENOENT);
    }
    assert_int_equal(volume_ensure(*state, "bad/name", NULL, NULL, &err), -EINVAL);
    assert_string_equal(err.message,
                        "create bad/name: \"bad/name\" includes invalid characters for a local volume name, only "
                        "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path");
    assert_int_equal(volume_ensure(*state, "x", NULL, NULL, &err), -EINVAL);
    assert_string_equal(err.message, "create x: volume name is too short, names should be at least two alphanumeric characters");
    cleanup_json json_t *list = volume_list(*state);
    assert_int_equal(json_array_size(list), 0);
}

static void what_a_killed_removal_left_is_cleared_by_the_next(void **state)
{
    struct error err = ERROR_INIT;
    cleanup_free char *left = str_format("%s/volumes/.gone-abc/_data/x", (char *)*state);
    assert_int_equal(path_make_dirs(left, 0755, &err), 0);
    assert_int_equal(volume_ensure(*state, "v1", NULL, NULL, &err), 0);
    assert_int_equal(volume_remove(*state, "v1", &err), 0);
    assert_false(path_exists(left));
}

/* A directory with a file of two names, a link and a mode of its own; gives a descriptor. */
static int make_source(const char *root)
{
    cleanup_free char *from = path_join(root, "from"), *one = path_join(from, "one"), *deep = path_join(from, "deep"),
                      *two = path_join(deep, "two"), *link = path_join(from, "link");
    assert_int_equal(path_make_dirs(deep, 0755, NULL), 0);
    assert_int_equal(file_write(one, "1", 1, 0640, NULL), 0);
    unlink(two);
    unlink(link);
    assert_int_equal(linkat(AT_FDCWD, one, AT_FDCWD, two, 0), 0);
    assert_int_equal(symlink("/etc/passwd", link), 0);
    assert_int_equal(chmod(from, 01770), 0);
    return open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void an_empty_volume_is_filled_with_all_that_is_there(void **state)
{
    struct error err = ERROR_INIT;
    struct stat one, two, all, link;
    for (int shared = 0; shared < 2; shared++) {
        const char *name = shared ? "shared" : "own";
        cleanup_free char *place = NULL;
        int from cleanup_close = make_source(*state);
        assert_int_equal(volume_ensure(*state, name, NULL, &place, &err), 0);
        assert_true(volume_is_empty(*state, name));
        assert_int_equal(stat(place, &all), 0);
        ino_t inode = all.st_ino;
        assert_int_equal(volume_fill(*state, name, NULL, from, shared, &err), 0);
        int to cleanup_close = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(fstat(to, &all) | fstatat(to, "one", &one, 0) | fstatat(to, "deep/two", &two, 0), 0);
        assert_int_equal(fstatat(to, "link", &link, AT_SYMLINK_NOFOLLOW), 0);
        assert_int_equal(all.st_mode & 07777, 01770);
        assert_int_equal(one.st_mode & 07777, 0640);
        assert_int_equal(one.st_ino, two.st_ino);
        assert_true(S_ISLNK(link.st_mode));
        if (shared) /* somebody may have it mounted */
            assert_int_equal(all.st_ino, inode);
        assert_int_equal(unlinkat(to, "one", 0), 0);
        assert_int_equal(volume_fill(*state, name, NULL, from, shared, &err), 0);
        assert_int_equal(faccessat(to, "one", F_OK, 0), -1); /* what has content is left alone */
    }
}

static bool nobody(const char *name, void *data)
{
    (void)name;
    (void)data;
    return false;
}

static void an_interrupted_filling_leaves_an_empty_volume(void **state)
{
    struct error err = ERROR_INIT;
    cleanup_free char *half = str_format("%s/volumes/v1/fill/sub", (char *)*state);
    assert_int_equal(volume_ensure(*state, "v1", NULL, NULL, &err), 0);
    assert_int_equal(path_make_dirs(half, 0755, &err), 0);
    volume_recover(*state, nobody, NULL);
    assert_false(path_exists(half));
    assert_true(volume_is_empty(*state, "v1"));
}

/* Killed between the copy being whole and its being in place: the next start finishes it. */
static void an_interrupted_move_is_finished(void **state)
{
    struct error err = ERROR_INIT;
    cleanup_free char *own = str_format("%s/volumes/v1", (char *)*state);
    cleanup_free char *whole = path_join(own, "filled"), *deep = path_join(own, "_data/in/here"), *one = path_join(deep, "one"),
                      *note = path_join(own, "fill-place");
    assert_int_equal(volume_ensure(*state, "v1", NULL, NULL, &err), 0);
    assert_int_equal(path_make_dirs(deep, 0755, &err), 0);
    assert_int_equal(path_make_dirs(whole, 0755, &err), 0);
    cleanup_free char *moved = path_join(whole, "one");
    assert_int_equal(file_write(moved, "1", 1, 0640, NULL), 0);
    assert_int_equal(file_write(note, "in/here", 7, 0600, NULL), 0);
    volume_recover(*state, nobody, NULL);
    assert_true(path_exists(one));
    assert_false(path_exists(whole));
    assert_false(path_exists(note));
}

static void a_half_made_volume_is_cleared_away(void **state)
{
    struct error err = ERROR_INIT;
    cleanup_free char *half = str_format("%s/volumes/half", (char *)*state);
    assert_int_equal(path_make_dirs(half, 0755, &err), 0);
    volume_recover(*state, nobody, NULL);
    assert_false(path_exists(half));
}

static void a_directory_in_a_volume_is_filled_and_none_outside(void **state)
{
    struct error err = ERROR_INIT;
    cleanup_free char *place = NULL;
    int from cleanup_close = make_source(*state);
    assert_int_equal(volume_ensure(*state, "v1", NULL, &place, &err), 0);
    cleanup_free char *sub = path_join(place, "a/b"), *one = path_join(sub, "one"), *out = path_join(place, "out"),
                      *outside = path_join(*state, "outside"), *stolen = path_join(outside, "one");
    assert_int_equal(path_make_dirs(sub, 0755, &err), 0);
    assert_int_equal(path_make_dirs(outside, 0755, &err), 0);
    assert_int_equal(symlink(outside, out), 0);
    assert_int_equal(volume_fill(*state, "v1", "a/b", from, false, &err), 0);
    assert_true(path_exists(one));
    static const char *const bad[] = {"out", "../../../outside", "missing"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(volume_fill(*state, "v1", bad[i], from, false, &err), 0);
    assert_false(path_exists(stolen));
}

static void a_bottomless_directory_is_refused(void **state)
{
    struct error err = ERROR_INIT;
    cleanup_buf struct buf path = BUF_INIT;
    buf_printf(&path, "%s/from", (char *)*state);
    cleanup_free char *top = xstrdup(path.data);
    for (int i = 0; i < 230; i++)
        buf_puts(&path, "/d");
    assert_int_equal(path_make_dirs(path.data, 0755, &err), 0);
    int from cleanup_close = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(volume_ensure(*state, "v1", NULL, NULL, &err), 0);
    assert_int_equal(volume_fill(*state, "v1", NULL, from, false, &err), -ELOOP);
    assert_true(volume_is_empty(*state, "v1"));
}

static void options_are_checked_before_anything_is_made(void **state)
{
    static const struct {
        const char *options, *message;
    } cases[] = {{"{\"foo\":\"1\"}", "create v1: invalid option: \"foo\""},
                 {"{\"type\":\"tmpfs\"}", "create v1: missing required option: \"device\""},
                 {"{\"o\":\"size=1\",\"type\":\"tmpfs\"}", "create v1: missing required option: \"device\""},
                 {"{\"type\":{}}", "create v1: invalid option: \"type\""},
                 {"{\"size\":\"many\"}", "create v1: invalid size: 'many'"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;
        bool made;
        cleanup_json json_t *options = json_loads(cases[i].options, 0, NULL);
        assert_int_equal(volume_create(*state, "v1", NULL, options, NULL, &made, &err), -EINVAL);
        assert_string_equal(err.message, cases[i].message);
    }
    cleanup_json json_t *list = volume_list(*state);
    assert_int_equal(json_array_size(list), 0);
}

static void labels_and_options_are_kept(void **state)
{
    struct error err = ERROR_INIT;
    bool made;
    cleanup_json json_t *labels = json_pack("{s:s}", "a", "b"),
                        *options = json_pack("{s:s,s:s}", "type", "tmpfs", "device", "tmpfs");
    assert_int_equal(volume_create(*state, "v1", labels, options, NULL, &made, &err), 0);
    assert_true(made);
    assert_int_equal(volume_create(*state, "v1", NULL, NULL, NULL, &made, &err), 0);
    assert_false(made);
    cleanup_json json_t *volume = volume_inspect(*state, "v1", &err);
    assert_true(json_equal(json_object_get(volume, "Labels"), labels));
    assert_true(json_equal(json_object_get(volume, "Options"), options));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_volume_is_a_directory_that_stays),
        TEST(without_a_name_one_is_drawn),
        TEST(removing_takes_its_files_and_the_next_time_it_is_missing),
        TEST(names_cannot_leave_the_directory),
        TEST(an_empty_volume_is_filled_with_all_that_is_there),
        TEST(an_interrupted_filling_leaves_an_empty_volume),
        TEST(an_interrupted_move_is_finished),
        TEST(a_half_made_volume_is_cleared_away),
        TEST(a_directory_in_a_volume_is_filled_and_none_outside),
        TEST(a_bottomless_directory_is_refused),
        TEST(options_are_checked_before_anything_is_made),
        TEST(labels_and_options_are_kept),
        TEST(what_a_killed_removal_left_is_cleared_by_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
