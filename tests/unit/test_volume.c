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

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_volume_is_a_directory_that_stays),
        TEST(without_a_name_one_is_drawn),
        TEST(removing_takes_its_files_and_the_next_time_it_is_missing),
        TEST(names_cannot_leave_the_directory),
        TEST(what_a_killed_removal_left_is_cleared_by_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
