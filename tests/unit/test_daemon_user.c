/* Users of an image, looked up in layers that may try to lead astray. */
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/spec.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

static char base[64];
static struct rootfs rootfs;

static void put(const char *layer, const char *name, const char *text)
{
    struct error err = ERROR_INIT;
    cleanup_free char *directory = str_format("%s/%s/etc", base, layer), *path = path_join(directory, name);
    assert_int_equal(path_make_dirs(directory, 0755, &err), 0);
    assert_int_equal(file_write(path, text, strlen(text), 0644, &err), 0);
}

static int set_up(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    strcpy(base, "/tmp/slt-user-XXXXXX");
    if (!mkdtemp(base))
        return -1;
    rootfs = (struct rootfs){.upper = path_join(base, "upper")};
    cleanup_free char *lower = path_join(base, "lower");
    strv_add(&rootfs.lower, lower);
    path_make_dirs(rootfs.upper, 0755, &err);
    put("lower", "passwd", "root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\nodd:x:nope:1::/:\n");
    put("lower", "group", "root:x:0:\nada:x:1000:\nstaff:x:50:root,ada\n");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    strv_free(rootfs.lower);
    free(rootfs.upper);
    path_remove_tree(base, NULL);
    return 0;
}

static struct user resolved(const char *text)
{
    struct error err = ERROR_INIT;
    struct user user;
    if (spec_user(&rootfs, text, NULL, &user, &err) < 0)
        fail_msg("%s", err.message);
    return user;
}

static void a_name_brings_its_groups_and_home(void **state)
{
    (void)state;
    struct user user = resolved("ada");
    assert_int_equal(user.uid, 1000);
    assert_int_equal(user.gid, 1000);
    assert_int_equal(user.group_count, 2);
    assert_int_equal(user.groups[1], 50);
    assert_string_equal(user.home, "/home/ada");
}

static void numbers_need_no_entry(void **state)
{
    (void)state;
    struct user user = resolved("4242:77");
    assert_int_equal(user.uid, 4242);
    assert_int_equal(user.gid, 77);
    assert_string_equal(user.home, "/");
}

static void nobody_said_is_root(void **state)
{
    (void)state;
    assert_int_equal(resolved("").uid, 0);
    assert_string_equal(resolved("").home, "/root");
}

static void a_group_may_be_named(void **state)
{
    (void)state;
    struct user user = resolved("ada:staff");
    assert_int_equal(user.gid, 50);
    assert_int_equal(user.group_count, 1);
}

static void the_unknown_is_an_error(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {{"bob", "unable to find user bob: no matching entries in passwd file"},
                 {"ada:nogroup", "unable to find group nogroup"},
                 {"odd", "malformed"},
                 {"-1", "unable to find user -1"},
                 {"99999999999", "unable to find user"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;
        struct user user;
        assert_true(spec_user(&rootfs, cases[i].text, NULL, &user, &err) < 0);
        assert_non_null(strstr(err.message, cases[i].message));
    }
}

static void the_upper_layer_wins(void **state)
{
    (void)state;
    put("upper", "passwd", "ada:x:7:7::/other:/bin/sh\n");
    assert_int_equal(resolved("ada").uid, 7);
}

static void a_whiteout_hides_what_is_below(void **state)
{
    (void)state;
    cleanup_free char *path = str_format("%s/upper/etc", base), *name = path_join(path, "passwd");
    struct error err = ERROR_INIT;
    struct user user;
    path_make_dirs(path, 0755, &err);
    if (mknod(name, S_IFCHR, makedev(0, 0)) < 0)
        skip();
    assert_true(spec_user(&rootfs, "ada", NULL, &user, &err) < 0);
}

static void a_link_does_not_lead_out_of_the_layer(void **state)
{
    (void)state;
    cleanup_free char *path = str_format("%s/upper/etc", base), *name = path_join(path, "passwd");
    struct error err = ERROR_INIT;
    path_make_dirs(path, 0755, &err);
    assert_int_equal(symlink("/etc/passwd", name), 0); /* to itself, below the root of the layer */
    assert_int_equal(resolved("ada").uid, 1000);
    unlink(name);
    assert_int_equal(symlink("../../../../../../etc/passwd", name), 0);
    assert_int_equal(resolved("ada").uid, 1000);
    unlink(name);
    assert_int_equal(mkfifo(name, 0644), 0); /* and a pipe does not hold us up */
    assert_int_equal(resolved("ada").uid, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_name_brings_its_groups_and_home, set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers_need_no_entry, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_said_is_root, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_group_may_be_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_unknown_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_upper_layer_wins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_whiteout_hides_what_is_below, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_does_not_lead_out_of_the_layer, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
