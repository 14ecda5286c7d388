/* The layers of an overlay as a person wants them told: what is where, and what was added, changed, deleted. The upper layer is
 * written by the kernel, through a real mount. */
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

struct overlay {
    char root[64];
    char *image, *init, *upper, *work, *merged;
    const char *lowers[3];
};

static char *make_dir(const struct overlay *overlay, const char *name)
{
    char *path = path_join(overlay->root, name);
    assert_int_equal(path_make_dirs(path, 0755, NULL), 0);
    return path;
}

static void put(const char *directory, const char *name, const char *text)
{
    cleanup_free char *path = path_join(directory, name);
    assert_int_equal(file_write(path, text, strlen(text), 0644, NULL), 0);
}

static void put_dir(const char *directory, const char *name)
{
    cleanup_free char *path = path_join(directory, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static int overlay_setup(void **state)
{
    struct overlay *overlay = xcalloc(1, sizeof *overlay);
    strcpy(overlay->root, "/tmp/slt-layers-XXXXXX");
    if (!mkdtemp(overlay->root))
        return -1;
    overlay->image = make_dir(overlay, "image/diff");
    overlay->init = make_dir(overlay, "c1-init/diff");
    overlay->upper = make_dir(overlay, "c1/diff");
    overlay->work = make_dir(overlay, "c1/work");
    overlay->merged = make_dir(overlay, "c1/merged");
    overlay->lowers[0] = overlay->init;
    overlay->lowers[1] = overlay->image;
    put_dir(overlay->image, "etc");
    put(overlay->image, "etc/passwd", "root");
    put(overlay->image, "etc/group", "root");
    put_dir(overlay->image, "root");
    put(overlay->image, "root/.profile", "x");
    put(overlay->image, "root/notes", "x");
    put_dir(overlay->image, "srv");
    put(overlay->init, ".dockerenv", "");
    *state = overlay;
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return -1;
    cleanup_free char *options =
        str_format("lowerdir=%s:%s,upperdir=%s,workdir=%s", overlay->init, overlay->image, overlay->upper, overlay->work);
    return mount("overlay", overlay->merged, "overlay", 0, options);
}

static int overlay_teardown(void **state)
{
    struct overlay *overlay = *state;
    umount2(overlay->merged, MNT_DETACH);
    path_remove_tree(overlay->root, NULL);
    free(overlay->image);
    free(overlay->init);
    free(overlay->upper);
    free(overlay->work);
    free(overlay->merged);
    free(overlay);
    return 0;
}

/* "C /etc;D /etc/passwd" */
static char *changes(const struct overlay *overlay, long long *total)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *doc = observe_layers(0, overlay->lowers, overlay->upper, overlay->work, overlay->merged, &err);
    struct buf out = BUF_INIT;
    size_t i;
    json_t *each;
    if (!doc)
        fail_msg("%s", err.message);
    json_array_foreach(json_object_get(doc, "changes"), i, each)
    {
        buf_printf(&out, "%s%s %s", i ? ";" : "", json_str(each, "kind", "?"), json_str(each, "path", "?"));
    }
    if (total)
        *total = json_num(doc, "changes_total", -1);
    return buf_take(&out);
}

static void run(const struct overlay *overlay, const char *command)
{
    cleanup_free char *line = str_format("cd %s && %s", overlay->merged, command);
    assert_int_equal(system(line), 0);
}

static void an_untouched_container_has_no_changes(void **state)
{
    cleanup_free char *seen = changes(*state, NULL);
    assert_string_equal(seen, "");
}

static void additions_changes_and_deletions_are_told_apart(void **state)
{
    struct overlay *overlay = *state;
    long long total;
    run(overlay, "echo x >new && rm etc/passwd && echo more >>etc/group && mkdir bin2 && chmod 700 srv");
    cleanup_free char *seen = changes(overlay, &total);
    assert_string_equal(seen, "A /bin2;C /etc;C /etc/group;D /etc/passwd;A /new;C /srv");
    assert_int_equal(total, 6);
}

static void a_directory_made_anew_hides_what_it_had(void **state)
{
    struct overlay *overlay = *state;
    run(overlay, "rm -r root && mkdir root && echo y >root/notes && rm .dockerenv");
    cleanup_free char *seen = changes(overlay, NULL);
    assert_string_equal(seen, "D /.dockerenv;C /root;D /root/.profile;C /root/notes");
}

static void whiteouts_of_user_namespaces_count_too(void **state)
{
    struct overlay *overlay = *state;
    put_dir(overlay->upper, "etc");
    put(overlay->upper, "etc/passwd", "");
    cleanup_free char *path = path_join(overlay->upper, "etc/passwd");
    assert_int_equal(setxattr(path, "user.overlay.whiteout", "y", 1, 0), 0);
    cleanup_free char *seen = changes(overlay, NULL);
    assert_string_equal(seen, "C /etc;D /etc/passwd");
}

static void the_list_ends_at_500_and_the_count_goes_on(void **state)
{
    struct overlay *overlay = *state;
    long long total;
    run(overlay, "mkdir many && cd many && for i in $(seq 1000 1599); do : >$i; done");
    cleanup_free char *seen = changes(overlay, &total);
    assert_int_equal(total, 601);
    assert_true(str_starts(seen, "A /many;A /many/1000;"));
    assert_true(str_ends(seen, "A /many/1498"));
}

static void roles_sizes_and_places_are_given(void **state)
{
    struct overlay *overlay = *state;
    struct error err = ERROR_INIT;
    put(overlay->upper, "big", "0123456789");
    cleanup_json json_t *doc = observe_layers(getpid(), overlay->lowers, overlay->upper, overlay->work, overlay->merged, &err);
    json_t *layers = json_object_get(doc, "layers");
    const char *const roles[] = {"upper", "init", "lower"};
    const long long sizes[] = {10, 0, 10}, files[] = {1, 1, 7};
    assert_int_equal(json_array_size(layers), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(json_str(json_array_get(layers, i), "role", ""), roles[i]);
        assert_int_equal(json_num(json_array_get(layers, i), "size", -1), sizes[i]);
        assert_int_equal(json_num(json_array_get(layers, i), "files", -1), files[i]);
    }
    assert_string_equal(json_str(json_array_get(layers, 0), "directory", ""), overlay->upper);
    assert_string_equal(json_str(doc, "merged", ""), overlay->merged);
    assert_true(strlen(json_str(doc, "mount", "")) > 0);
}

static void a_missing_upper_layer_is_an_error(void **state)
{
    struct overlay *overlay = *state;
    struct error err = ERROR_INIT;
    assert_null(observe_layers(0, overlay->lowers, "/nowhere", overlay->work, overlay->merged, &err));
    assert_string_equal(err.message, "upper layer /nowhere: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, overlay_setup, overlay_teardown)
        TEST(an_untouched_container_has_no_changes),      TEST(additions_changes_and_deletions_are_told_apart),
        TEST(a_directory_made_anew_hides_what_it_had),    TEST(whiteouts_of_user_namespaces_count_too),
        TEST(the_list_ends_at_500_and_the_count_goes_on), TEST(roles_sizes_and_places_are_given),
        TEST(a_missing_upper_layer_is_an_error),
    };
    if (geteuid() != 0) {
        puts("skip - mounting an overlay needs root");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
