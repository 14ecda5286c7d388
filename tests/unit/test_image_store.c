/* The store when the machine is short of something: what cannot be read for now is not lost, and a layer's files go while others
 * can work. */
#include "image_fixture.h"

#include "image/layer.h"
#include "image/store.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

/* No more than `most` descriptors beyond the ones that are open. */
static rlim_t allow(rlim_t most)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = most;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return before;
}

static rlim_t lowest_free(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(fd);
    return (rlim_t)fd;
}

static void opening_short_of_descriptors_loses_nothing(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    struct rootfs rootfs;
    size_t refused = 0;
    fixture_image(f, "kept:1", "one", id);
    fixture_image(f, "kept:2", "two", id);
    assert_int_equal(rootfs_create(f->store, "c1", id, &rootfs, &err), 0);
    rootfs_clear(&rootfs);
    image_store_close(move_ptr(f->store));
    rlim_t begin = lowest_free();
    for (rlim_t more = 1; more < 16; more++) {
        rlim_t before = allow(begin + more);
        err = ERROR_INIT;
        struct image_store *store = image_store_open(f->root, &err);
        allow(before);
        refused += store == NULL;
        if (!store)
            assert_string_not_equal(err.message, "");
        image_store_close(store);
        f->store = image_store_open(f->root, &err);
        assert_non_null(f->store);
        assert_int_equal(image_count(f->store), 2);
        assert_int_equal(image_find(f->store, "kept:1", NULL, NULL, &err), 0);
        assert_int_equal(rootfs_open(f->store, "c1", &rootfs, &err), 0);
        rootfs_clear(&rootfs);
        image_store_close(move_ptr(f->store));
    }
    assert_true(refused > 1);
    f->store = image_store_open(f->root, &err);
}

static void what_cannot_be_read_is_named_and_left(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    fixture_image(f, "kept:1", "one", id);
    cleanup_json json_t *image = image_inspect(f->store, id, NULL);
    cleanup_free char *diff = xstrdup(json_string_value(json_array_get(json_at(image, "RootFS.Layers"), 0)));
    cleanup_free char *word = str_format("%s/image/overlay2/layerdb/sha256/%s/size", f->root, diff + strlen("sha256:"));
    image_store_close(move_ptr(f->store));
    /* A name that stands for a device with nothing behind it cannot be opened: ENXIO, as good as EIO. */
    cleanup_free char *aside = str_format("%s.aside", word);
    assert_int_equal(rename(word, aside), 0);
    assert_int_equal(mknod(word, S_IFCHR | 0600, makedev(250, 77)), 0);
    assert_null(image_store_open(f->root, &err));
    assert_non_null(strstr(err.message, diff + strlen("sha256:")));
    assert_non_null(strstr(err.message, "left as it is"));
    assert_int_equal(rename(aside, word), 0);
    f->store = image_store_open(f->root, &err);
    assert_int_equal(image_count(f->store), 1);
}

static void a_container_keeps_its_layers_when_its_files_cannot_be_read(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    struct rootfs rootfs;
    fixture_image(f, NULL, "one", id);
    cleanup_free char *layer = fixture_layer(f, id);
    assert_int_equal(rootfs_create(f->store, "c1", id, &rootfs, &err), 0);
    rootfs_clear(&rootfs);
    rlim_t before = allow(lowest_free());
    json_t *records = image_remove(f->store, id, IMAGE_FORCE, NULL, NULL, &err);
    allow(before);
    assert_non_null(records);
    json_decref(records);
    assert_int_equal(image_count(f->store), 0);
    assert_true(path_exists(layer));
    assert_int_equal(rootfs_remove(f->store, "c1", &err), 0);
    for (int tries = 0; tries < 600 && path_exists(layer); tries++) /* whoever prepares the next container may be at it still */
        usleep(50000);
    for (int tries = 0; tries < 600 && count_entries(f->root, "overlay2") > 1; tries++)
        usleep(50000);
    assert_false(path_exists(layer));
    assert_store_empty(f);
}

static size_t count_names(struct fixture *f, const char *prefix)
{
    cleanup_free char *path = path_join(f->root, "overlay2");
    cleanup_strv char **names = NULL;
    size_t count = 0;
    assert_int_equal(directory_names(path, &names, NULL), 0);
    for (char **name = names; name && *name; name++)
        count += str_starts(*name, prefix);
    return count;
}

static void files_of_a_dropped_layer_go_when_the_store_is_unlocked(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    fixture_image(f, "gone:1", "one", id);
    cleanup_free char *layer = fixture_layer(f, id);
    pthread_mutex_lock(&f->store->lock);
    assert_int_equal(image_drop_locked(f->store, image_by_id_locked(f->store, id), &err), 0);
    layers_collect_locked(f->store, NULL);
    assert_false(path_exists(layer)); /* not under its name any more, */
    assert_int_equal(count_names(f, "tmp-"), 1);
    store_unlock(f->store);
    assert_int_equal(count_names(f, "tmp-"), 0);
    assert_store_empty(f);
}

static void layers_over_one_another_go_together(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    struct staged *staged[2] = {NULL, NULL};
    json_t *diffs = json_array();
    for (int i = 0; i < 2; i++) {
        struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
        tar_file(&tar, i ? "b" : "a", "x");
        cleanup_close int fd = tar_end(&tar);
        assert_int_equal(layer_stage(f->store, fd, &staged[i], &err), 0);
        json_array_append_new(diffs, json_string(staged_diff_id(staged[i])));
    }
    cleanup_json json_t *doc = json_pack("{s:{},s:{s:s,s:o}}", "config", "rootfs", "type", "layers", "diff_ids", diffs);
    cleanup_free char *config = json_text(doc);
    const struct assembly assembly = {.config = config, .config_len = strlen(config), .staged = staged, .count = 2};
    assert_int_equal(image_assemble(f->store, &assembly, id, &err), 0);
    staged_free(f->store, staged[0]);
    staged_free(f->store, staged[1]);
    json_decref(image_remove(f->store, id, 0, NULL, NULL, &err));
    assert_store_empty(f);
}

/* As `save` does, while somebody removes the image. */
static void a_layer_that_was_read_goes_after_its_reader(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT], chunk[4096];
    struct layer_tar tar = {.fd = -1};
    fixture_image(f, "gone:1", "one", id);
    cleanup_json json_t *image = image_inspect(f->store, id, NULL);
    assert_int_equal(layer_tar_open(f->store, json_string_value(json_array_get(json_at(image, "RootFS.Layers"), 0)), &tar, &err),
                     0);
    json_decref(image_remove(f->store, "gone:1", 0, NULL, NULL, &err));
    while (read(tar.fd, chunk, sizeof chunk) > 0)
        ;
    assert_int_equal(layer_tar_close(&tar, &err), 0);
    assert_store_empty(f);
}

/* A layer that went and came anew while the disk was being waited for keeps its mark: what was synced were other files. */
static void a_mark_is_about_the_files_that_are_there(void **state)
{
    struct fixture *f = *state;
    char id[DIGEST_TEXT];
    fixture_image(f, "again:1", "one", id);
    struct layer *layer = f->store->layers[0];
    cleanup_free char *mark = str_format("%s/image/overlay2/layerdb/sha256/%s/unsynced", f->root, layer->chain + strlen("sha256:"));
    char *chains[] = {layer->chain, NULL};
    pthread_mutex_lock(&f->store->lock); /* also against the thread that would do this by itself in a moment */
    assert_int_equal(file_write(mark, "", 0, 0644, NULL), 0);
    layer->unsynced = true;
    durable_settle_locked(f->store, chains, true);
    assert_true(path_exists(mark));
    layer->unsynced = false;
    durable_settle_locked(f->store, chains, false);
    assert_true(path_exists(mark) && layer->unsynced);
    layer->unsynced = false;
    durable_settle_locked(f->store, chains, true);
    assert_false(path_exists(mark));
    pthread_mutex_unlock(&f->store->lock);
    assert_int_equal(image_count(f->store), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(opening_short_of_descriptors_loses_nothing),
        TEST(what_cannot_be_read_is_named_and_left),
        TEST(a_container_keeps_its_layers_when_its_files_cannot_be_read),
        TEST(files_of_a_dropped_layer_go_when_the_store_is_unlocked),
        TEST(layers_over_one_another_go_together),
        TEST(a_layer_that_was_read_goes_after_its_reader),
        TEST(a_mark_is_about_the_files_that_are_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
