/* A container's layers: what is made, what it is stacked over, what goes away, what survives a crash; and how long it takes. */
#include "image_fixture.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>

static void layers_are_laid_out_as_overlay2_has_them(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    struct rootfs rootfs;
    struct stat st;
    fixture_image(f, "img", "one", id);
    if (rootfs_create(f->store, "c1", id, &rootfs, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(strv_len(rootfs.lower), 2);
    cleanup_free char *hosts = path_join(rootfs.lower[0], "etc/hosts"), *tool = path_join(rootfs.lower[1], "bin/true");
    assert_true(path_exists(hosts) && path_exists(tool));
    cleanup_free char *file = str_format("%s/overlay2/c1/lower", f->root);
    cleanup_free char *lower = file_read(file, NULL, &err);
    assert_int_equal(strlen(lower), 28 * 2 + 1);
    assert_true(str_starts(lower, "l/") && lower[28] == ':');
    assert_int_equal(stat(rootfs.upper, &st), 0);
    assert_int_equal(st.st_mode, S_IFDIR | 0755);
    assert_true(path_exists(rootfs.work) && path_exists(rootfs.merged));
    cleanup_free char *env = str_format("%s/overlay2/c1-init/diff/.dockerenv", f->root);
    cleanup_free char *bin = str_format("%s/overlay2/c1-init/diff/bin", f->root);
    assert_true(path_exists(env));
    assert_false(path_exists(bin));
    struct rootfs again;
    assert_int_equal(rootfs_open(f->store, "c1", &again, &err), 0);
    assert_string_equal(again.lower[1], rootfs.lower[1]);
    assert_string_equal(again.upper, rootfs.upper);
    cleanup_json json_t *driver = rootfs_graph_driver(f->store, "c1", &err);
    assert_true(strstr(json_str(driver, "Data.LowerDir", ""), "/overlay2/c1-init/diff:") != NULL);
    rootfs_clear(&rootfs);
    rootfs_clear(&again);
    assert_int_equal(rootfs_create(f->store, "c1", id, &rootfs, &err), -EEXIST);
    assert_int_equal(rootfs_remove(f->store, "c1", &err), 0);
    assert_int_equal(rootfs_remove(f->store, "c1", &err), 0);
    assert_int_equal(rootfs_open(f->store, "c1", &again, &err), -ENOENT);
    assert_int_equal(count_entries(f->root, "overlay2"), 2);
    assert_int_equal(count_entries(f->root, "overlay2/l"), 1);
}

static void what_the_image_has_is_not_covered(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    struct rootfs rootfs;
    struct stat st;
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    tar_put(&tar, tar_entry(".", S_IFDIR | 0711), NULL);
    tar_put(&tar, tar_entry("etc", S_IFDIR | 0750), NULL);
    tar_file(&tar, "etc/hosts", "mine");
    tar_dir(&tar, "proc");
    tar_link(&tar, "dev", "elsewhere");
    cleanup_close int fd = tar_end(&tar);
    if (image_import(f->store, fd, "img", NULL, NULL, NULL, id, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(rootfs_create(f->store, "c1", id, &rootfs, &err), 0);
    cleanup_free char *etc = path_join(rootfs.lower[0], "etc"), *hosts = path_join(etc, "hosts"), *mtab = path_join(etc, "mtab");
    cleanup_free char *proc = path_join(rootfs.lower[0], "proc"), *dev = path_join(rootfs.lower[0], "dev");
    assert_int_equal(lstat(etc, &st), 0);
    assert_int_equal(st.st_mode, S_IFDIR | 0750);
    assert_false(path_exists(hosts));
    assert_true(path_exists(mtab));
    assert_false(path_exists(proc));
    assert_false(path_exists(dev));
    assert_int_equal(stat(rootfs.upper, &st), 0);
    assert_int_equal(st.st_mode, S_IFDIR | 0711);
    rootfs_clear(&rootfs);
}

static void the_layers_mount_as_one_tree(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    struct rootfs rootfs;
    fixture_image(f, "img", "one", id);
    assert_int_equal(rootfs_create(f->store, "c1", id, &rootfs, &err), 0);
    cleanup_free char *lower = strv_join(rootfs.lower, ":");
    cleanup_free char *options = str_format("lowerdir=%s,upperdir=%s,workdir=%s", lower, rootfs.upper, rootfs.work);
    assert_int_equal(unshare(CLONE_NEWNS), 0);
    assert_int_equal(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
    assert_int_equal(mount("overlay", rootfs.merged, "overlay", 0, options), 0);
    cleanup_free char *tool = path_join(rootfs.merged, "bin/true"), *hosts = path_join(rootfs.merged, "etc/hosts");
    cleanup_free char *text = file_read(tool, NULL, &err);
    assert_string_equal(text, "one");
    assert_true(path_exists(hosts));
    assert_int_equal(umount(rootfs.merged), 0);
    rootfs_clear(&rootfs);
}

static void a_crash_leaves_nothing_after_the_next_start(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    struct rootfs rootfs;
    fixture_image(f, "img", "one", id);
    assert_int_equal(rootfs_create(f->store, "whole", id, &rootfs, &err), 0);
    rootfs_clear(&rootfs);
    assert_int_equal(rootfs_create(f->store, "half", id, &rootfs, &err), 0);
    rootfs_clear(&rootfs);
    /* Half made: the last file is missing. An import that was killed: its temporary directory. A layer without a record. */
    cleanup_free char *lower = str_format("%s/overlay2/half/lower", f->root);
    cleanup_free char *temporary = str_format("%s/overlay2/tmp-abc/diff/etc", f->root);
    cleanup_free char *unknown = str_format("%s/overlay2/0123456789abcdef/diff", f->root);
    cleanup_free char *record = str_format("%s/image/overlay2/layerdb/tmp/x", f->root);
    cleanup_free char *dangling = str_format("%s/overlay2/l/AAAAAAAAAAAAAAAAAAAAAAAAAA", f->root);
    assert_int_equal(unlink(lower), 0);
    assert_int_equal(path_make_dirs(temporary, 0755, &err), 0);
    assert_int_equal(path_make_dirs(unknown, 0755, &err), 0);
    assert_int_equal(path_make_dirs(record, 0755, &err), 0);
    assert_int_equal(symlink("../nowhere/diff", dangling), 0);
    fixture_reopen(f);
    assert_int_equal(count_entries(f->root, "overlay2"), 4); /* l, the layer, whole, whole-init */
    assert_int_equal(count_entries(f->root, "overlay2/l"), 3);
    assert_int_equal(count_entries(f->root, "image/overlay2/layerdb/tmp"), 0);
    assert_int_equal(rootfs_open(f->store, "whole", &rootfs, &err), 0);
    rootfs_clear(&rootfs);
    assert_int_equal(image_count(f->store), 1);
    assert_int_equal(image_find(f->store, "img", NULL, NULL, &err), 0);
}

static bool wants_kept(const char *id, void *data)
{
    (void)data;
    return str_equal(id, "kept");
}

static void a_sweep_takes_the_layers_of_forgotten_containers(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    struct rootfs rootfs;
    fixture_image(f, "img", "one", id);
    const char *names[] = {"kept", "forgotten"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_int_equal(rootfs_create(f->store, names[i], id, &rootfs, &err), 0);
        rootfs_clear(&rootfs);
    }
    rootfs_sweep(f->store, wants_kept, NULL);
    assert_int_equal(rootfs_open(f->store, "kept", &rootfs, &err), 0);
    rootfs_clear(&rootfs);
    assert_int_equal(rootfs_open(f->store, "forgotten", &rootfs, &err), -ENOENT);
    assert_int_equal(image_count(f->store), 1);
}

static void a_damaged_image_is_dropped_not_fatal(void **state)
{
    struct fixture *f = *state;
    char good[DIGEST_TEXT], bad[DIGEST_TEXT];
    fixture_image(f, "good", "one", good);
    fixture_image(f, "spoilt", "two", bad); /* no name that could begin an ID */
    cleanup_free char *config = str_format("%s/image/overlay2/imagedb/content/sha256/%s", f->root, bad + 7);
    assert_int_equal(file_write(config, "{", 1, 0600, NULL), 0);
    fixture_reopen(f);
    assert_int_equal(image_count(f->store), 1);
    assert_int_equal(image_find(f->store, "good", NULL, NULL, NULL), 0);
    assert_int_equal(image_find(f->store, "spoilt", NULL, NULL, NULL), -ENOENT);
    assert_int_equal(count_entries(f->root, "overlay2"), 2);
}

static void ids_cannot_leave_the_store(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    struct rootfs rootfs;
    fixture_image(f, "img", "one", id);
    const char *bad[] = {"", "..", "a/b", "../../x", "l."};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(rootfs_create(f->store, bad[i], id, &rootfs, &err), -EINVAL);
    assert_int_equal(rootfs_create(f->store, "c", "nope", &rootfs, &err), -ENOENT);
}

static void making_one_is_quick(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    enum { ROUNDS = 100 };
    int64_t best = INT64_MAX, start = clock_mono_ns();
    fixture_image(f, "img", "one", id);
    for (int i = 0; i < ROUNDS; i++) {
        struct rootfs rootfs;
        cleanup_free char *name = str_format("c%d", i);
        int64_t began = clock_mono_ns();
        assert_int_equal(rootfs_create(f->store, name, id, &rootfs, &err), 0);
        int64_t took = clock_mono_ns() - began;
        best = took < best ? took : best;
        rootfs_clear(&rootfs);
    }
    print_message("rootfs_create: best %.3f ms, mean %.3f ms\n", (double)best / 1e6,
                  (double)(clock_mono_ns() - start) / 1e6 / ROUNDS);
    assert_true(best < 3000000); /* a fifth of a millisecond where nothing else runs */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
        TEST(layers_are_laid_out_as_overlay2_has_them),
        TEST(what_the_image_has_is_not_covered),
        TEST(the_layers_mount_as_one_tree),
        TEST(a_crash_leaves_nothing_after_the_next_start),
        TEST(a_sweep_takes_the_layers_of_forgotten_containers),
        TEST(a_damaged_image_is_dropped_not_fatal),
        TEST(ids_cannot_leave_the_store),
        TEST(making_one_is_quick),
    };
    if (geteuid() != 0) {
        puts("skip - the image store needs root");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
