/* How much lies in a directory tree: files with several names count once, however many of them there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "observe/sizes.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int set_up(void **state)
{
    char root[] = "/tmp/slt-sizes-XXXXXX";
    if (!mkdtemp(root))
        return -1;
    *state = xstrdup(root);
    return 0;
}

static int tear_down(void **state)
{
    int rc = path_remove_tree(*state, NULL);
    free(*state);
    return rc;
}

static void put(const char *root, const char *name, const char *text)
{
    cleanup_free char *path = path_join(root, name);
    assert_int_equal(file_write(path, text, strlen(text), 0644, NULL), 0);
}

static void link_to(const char *root, const char *name, const char *other)
{
    cleanup_free char *from = path_join(root, name), *to = path_join(root, other);
    assert_int_equal(link(from, to), 0);
}

static void a_file_with_several_names_counts_once(void **state)
{
    cleanup_free char *deeper = path_join(*state, "deeper");
    assert_int_equal(path_make_dirs(deeper, 0755, NULL), 0);
    put(*state, "alone", "12345");
    put(*state, "first", "1234567");
    link_to(*state, "first", "second");
    link_to(*state, "first", "deeper/third");
    struct tree_size size = sizes_of_tree(*state);
    assert_int_equal(size.bytes, 12);
    assert_int_equal(size.files, 5);
}

/* So many that the table of those met grows several times. */
static void each_of_many_files_with_several_names_counts_once(void **state)
{
    enum { PAIRS = 500 };
    for (int i = 0; i < PAIRS; i++) {
        cleanup_free char *name = str_format("%s/a%d", (const char *)*state, i),
                          *other = str_format("%s/b%d", (const char *)*state, i);
        cleanup_close int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        assert_int_equal(write(fd, "123", 3), 3);
        assert_int_equal(link(name, other), 0);
    }
    struct tree_size size = sizes_of_tree(*state);
    assert_int_equal(size.bytes, 3 * PAIRS);
    assert_int_equal(size.files, 2 * PAIRS);
}

static void a_tree_that_is_missing_is_empty(void **state)
{
    cleanup_free char *missing = path_join(*state, "missing");
    struct tree_size size = sizes_of_tree(missing);
    assert_int_equal(size.bytes, 0);
    assert_int_equal(size.files, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_with_several_names_counts_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_of_many_files_with_several_names_counts_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_tree_that_is_missing_is_empty, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
