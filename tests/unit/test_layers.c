/* Layers staged, images assembled, and a layer's tar given back bit for bit. */
#include "image_fixture.h"

#include "base/digest.h"
#include "image/layer.h"
#include "image/saved.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

static struct staged *stage(struct fixture *f, int fd)
{
    struct error err = ERROR_INIT;
    struct staged *staged = NULL;
    if (layer_stage(f->store, fd, &staged, &err) < 0)
        fail_msg("%s", err.message);
    return staged;
}

static char *config_of(struct staged *const *staged, size_t count)
{
    json_t *diffs = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(diffs, json_string(staged_diff_id(staged[i])));
    cleanup_json json_t *config = json_pack("{s:s,s:s,s:{},s:{s:s,s:o}}", "architecture", "amd64", "os", "linux", "config",
                                            "rootfs", "type", "layers", "diff_ids", diffs);
    return json_text(config);
}

static int assemble(struct fixture *f, struct staged *const *staged, size_t count, const char *config, const char *name,
                    char id[DIGEST_TEXT], struct error *err)
{
    char *names[] = {(char *)name, NULL};
    return image_assemble(
        f->store,
        &(struct assembly){.config = config, .config_len = strlen(config), .staged = staged, .count = count, .names = names}, id,
        err);
}

static struct staged *small_layer(struct fixture *f, const char *path, const char *text)
{
    struct tar tar = tar_new(ARCHIVE_FILTER_GZIP);
    tar_file(&tar, path, text);
    cleanup_close int fd = tar_end(&tar);
    return stage(f, fd);
}

/* An image of the one layer in `fd`; gives the layer's chain ID. */
static void keep(struct fixture *f, int fd, char chain[DIGEST_TEXT])
{
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    struct staged *staged = stage(f, fd);
    cleanup_free char *config = config_of(&staged, 1);
    snprintf(chain, DIGEST_TEXT, "%s", staged_diff_id(staged));
    if (assemble(f, &staged, 1, config, "kept:1", id, &err) < 0)
        fail_msg("%s", err.message);
    staged_free(f->store, staged);
}

static char *read_tar(struct fixture *f, const char *chain, size_t *len, int *result, struct error *err)
{
    struct layer_tar tar;
    cleanup_buf struct buf bytes = BUF_INIT;
    char block[65536];
    ssize_t got;
    if (layer_tar_open(f->store, chain, &tar, err) < 0)
        fail_msg("%s", err->message);
    while ((got = read(tar.fd, block, sizeof block)) > 0)
        buf_add(&bytes, block, (size_t)got);
    int64_t told = tar.size;
    *result = layer_tar_close(&tar, err);
    *len = bytes.len;
    if (*result == 0)
        assert_int_equal(told, *len);
    return buf_take(&bytes);
}

static void assert_comes_back(struct fixture *f, int fd)
{
    struct error err = ERROR_INIT;
    char chain[DIGEST_TEXT];
    int result;
    size_t len, given;
    keep(f, fd, chain);
    cleanup_free char *path = str_format("/proc/self/fd/%d", fd);
    cleanup_free char *before = file_read(path, &given, &err);
    cleanup_free char *after = read_tar(f, chain, &len, &result, &err);
    assert_int_equal(result, 0);
    assert_int_equal(len, given);
    assert_memory_equal(before, after, len);
}

static void a_layer_comes_back_bit_for_bit(void **state)
{
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    cleanup_free char *large = xmalloc(700001);
    memset(large, 'x', 700000);
    large[700000] = 0;
    tar_dir(&tar, "etc");
    tar_file(&tar, "etc/greeting", "hello\n");
    tar_file(&tar, "etc/empty", "");
    tar_file(&tar, "etc/large", large);
    tar_link(&tar, "etc/link", "/nowhere");
    tar_hard_link(&tar, "etc/again", "etc/greeting");
    tar_file(&tar, "etc/.wh.gone", "");
    tar_file(&tar, "etc/gr\303\274n", "umlaut");
    tar_file(&tar, "etc/quote\"back\\slash", "odd");
    cleanup_free char *deep = str_format("etc/%0150d/%0150d", 1, 2);
    tar_file(&tar, deep, "a name that needs a header of its own");
    cleanup_close int fd = tar_end(&tar);
    /* What follows the end of the archive is part of the layer, too. */
    assert_int_equal(ftruncate(fd, lseek(fd, 0, SEEK_END) + 10240), 0);
    lseek(fd, 0, SEEK_SET);
    assert_comes_back(*state, fd);
}

/* By GNU tar in each of its formats: other headers, other padding, sparse files. */
static void tars_of_other_programs_come_back_bit_for_bit(void **state)
{
    struct fixture *f = *state;
    static const char *const formats[] = {"gnu --sparse", "pax --sparse", "oldgnu --sparse", "gnu", "pax", "ustar", "v7"};
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        cleanup_free char *out = str_format("%s/%zu.tar", f->root, i);
        cleanup_free char *command =
            str_format("mkdir -p %s/src && cd %s/src && printf data >file && ln -sf file link && ln -f file hard && "
                       "truncate -s 1M hole && printf x >>hole && tar --format=%s -cf %s .",
                       f->root, f->root, formats[i], out);
        assert_int_equal(WEXITSTATUS(system(command)), 0);
        cleanup_close int fd = open(out, O_RDONLY | O_CLOEXEC);
        assert_comes_back(f, fd);
    }
}

static void a_layer_that_was_changed_on_disk_is_told(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char chain[DIGEST_TEXT];
    int result;
    size_t len;
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    tar_file(&tar, "a", "as it was");
    cleanup_close int fd = tar_end(&tar);
    keep(f, fd, chain);
    cleanup_free char *files = fixture_layer(f, "kept:1"), *path = path_join(files, "a");
    assert_int_equal(file_write(path, "not so  ", 8, 0644, &err), 0);
    cleanup_free char *bytes = read_tar(f, chain, &len, &result, &err);
    assert_int_equal(result, -EBADMSG);
    assert_non_null(strstr(err.message, "file a of the layer"));
    /* Nor is a link that took its place followed out of the layer. */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/etc/hostname", path), 0);
    cleanup_free char *linked = read_tar(f, chain, &len, &result, &err);
    assert_int_equal(result, -EBADMSG);
}

static void a_reader_may_leave_early(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char chain[DIGEST_TEXT];
    struct layer_tar out;
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    cleanup_free char *large = xmalloc(4000001);
    memset(large, 'y', 4000000);
    large[4000000] = 0;
    tar_file(&tar, "large", large);
    cleanup_close int fd = tar_end(&tar);
    keep(f, fd, chain);
    assert_int_equal(layer_tar_open(f->store, chain, &out, &err), 0);
    assert_int_equal(layer_tar_close(&out, &err), -EPIPE);
}

static void layers_of_several_images_are_stored_once(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT], other[DIGEST_TEXT];
    struct staged *first[] = {small_layer(f, "a", "1"), small_layer(f, "b", "2")};
    cleanup_free char *config = config_of(first, 2);
    assert_int_equal(assemble(f, first, 2, config, "one:1", id, &err), 0);
    struct staged *second[] = {small_layer(f, "a", "1"), small_layer(f, "c", "3")};
    cleanup_free char *config2 = config_of(second, 2);
    char *diffs[] = {xstrdup(staged_diff_id(second[0])), xstrdup(staged_diff_id(second[1])), NULL};
    assert_int_equal(layers_hold(f->store, diffs, 2), 1);
    staged_free(f->store, move_ptr(second[0]));
    assert_int_equal(assemble(f, second, 2, config2, "two:1", other, &err), 0);
    layers_release(f->store, diffs, 1);
    staged_free(f->store, first[0]);
    staged_free(f->store, first[1]);
    staged_free(f->store, second[1]);
    assert_int_equal(count_entries(f->root, "image/overlay2/layerdb/sha256"), 3);
    assert_int_equal(count_entries(f->root, "overlay2"), 4);
    fixture_reopen(f);
    assert_int_equal(image_count(f->store), 2);
    free(diffs[0]);
    free(diffs[1]);
}

static void held_layers_stay_until_they_are_released(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    struct staged *staged = small_layer(f, "a", "1");
    cleanup_free char *config = config_of(&staged, 1);
    char *diffs[] = {xstrdup(staged_diff_id(staged)), NULL};
    assert_int_equal(assemble(f, &staged, 1, config, "one:1", id, &err), 0);
    staged_free(f->store, staged);
    assert_int_equal(layers_hold(f->store, diffs, 1), 1);
    json_decref(image_remove(f->store, "one:1", false, NULL, NULL, &err));
    assert_int_equal(count_entries(f->root, "image/overlay2/layerdb/sha256"), 1);
    layers_release(f->store, diffs, 1);
    assert_store_empty(f);
    free(diffs[0]);
}

static void what_does_not_fit_together_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    struct staged *layers[] = {small_layer(f, "a", "1"), small_layer(f, "b", "2")};
    struct staged *swapped[] = {layers[1], layers[0]}, *one_missing[] = {layers[0], NULL};
    cleanup_free char *config = config_of(layers, 2);
    assert_int_equal(assemble(f, swapped, 2, config, "x:1", id, &err), -EINVAL);
    assert_non_null(strstr(err.message, "layer 1 has the digest sha256:"));
    assert_int_equal(assemble(f, one_missing, 2, config, "x:1", id, &err), -EINVAL);
    assert_non_null(strstr(err.message, "is missing"));
    assert_int_equal(assemble(f, layers, 2, "{nonsense", "x:1", id, &err), -EINVAL);
    staged_free(f->store, layers[0]);
    staged_free(f->store, layers[1]);
    assert_store_empty(f);
}

static void a_file_that_is_in_the_tar_twice_is_refused(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    struct staged *staged = NULL;
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    tar_file(&tar, "a", "first");
    tar_file(&tar, "./a", "second");
    cleanup_close int fd = tar_end(&tar);
    assert_int_equal(layer_stage(f->store, fd, &staged, &err), -EINVAL);
    assert_non_null(strstr(err.message, "duplicates of file paths not supported"));
    assert_store_empty(f);
}

static char *record_file(struct fixture *f, const char *chain, const char *name)
{
    return str_format("%s/image/overlay2/layerdb/sha256/%s/%s", f->root, chain + strlen("sha256:"), name);
}

/* A layer that was not synced yet when the machine went down: kept when it is whole, dropped when it is not. */
static void layers_of_another_boot_are_checked(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char chain[DIGEST_TEXT];
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    tar_file(&tar, "a", "on its way to the disk");
    cleanup_close int fd = tar_end(&tar);
    keep(f, fd, chain);
    cleanup_free char *mark = record_file(f, chain, "unsynced"), *files = fixture_layer(f, "kept:1"), *path = path_join(files, "a");
    assert_int_equal(file_write_atomic(mark, "another boot", 12, 0644, false, &err), 0);
    fixture_reopen(f);
    assert_int_equal(image_count(f->store), 1);
    assert_int_equal(file_write_atomic(mark, "another boot", 12, 0644, false, &err), 0);
    assert_int_equal(truncate(path, 0), 0);
    fixture_reopen(f);
    assert_store_empty(f);
}

static void the_mark_goes_when_the_layer_is_on_the_disk(void **state)
{
    struct fixture *f = *state;
    char chain[DIGEST_TEXT];
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    tar_file(&tar, "a", "x");
    cleanup_close int fd = tar_end(&tar);
    keep(f, fd, chain);
    cleanup_free char *mark = record_file(f, chain, "unsynced");
    assert_true(path_exists(mark));
    for (int tries = 0; tries < 600 && path_exists(mark); tries++)
        usleep(50000);
    assert_false(path_exists(mark));
}

static void an_image_without_layers_can_be_kept(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    cleanup_free char *config = config_of(NULL, 0);
    assert_int_equal(assemble(f, NULL, 0, config, "scratch-like:1", id, &err), 0);
    fixture_reopen(f);
    cleanup_json json_t *image = image_inspect(f->store, "scratch-like:1", &err);
    assert_non_null(image);
    assert_int_equal(json_array_size(json_at(image, "RootFS.Layers")), 0);
}

static void digests_are_names_too(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    char *names[] = {"one:1", "one@sha256:1111111111111111111111111111111111111111111111111111111111111111", NULL};
    cleanup_free char *config = config_of(NULL, 0);
    const struct assembly assembly = {.config = config, .config_len = strlen(config), .names = names};
    assert_int_equal(image_assemble(f->store, &assembly, id, &err), 0);
    cleanup_json json_t *image = image_inspect(f->store, names[1], &err);
    assert_string_equal(json_string_value(json_array_get(json_object_get(image, "RepoTags"), 0)), names[0]);
    assert_string_equal(json_string_value(json_array_get(json_object_get(image, "RepoDigests"), 0)), names[1]);
    assert_int_equal(json_array_size(json_object_get(image, "RepoTags")), 1);
}

/* More names than we read of what the unpacking process says: it must not be waited for while it waits for us. */
static void too_many_opaque_directories_are_refused(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    struct staged *staged = NULL;
    struct buf path = BUF_INIT;
    struct tar tar = tar_new(ARCHIVE_FILTER_GZIP);
    while (path.len < 3900)
        buf_printf(&path, "%0200d/", 0);
    buf_printf(&path, ".wh..wh..opq");
    for (int i = 0; i < 4600; i++)
        tar_file(&tar, path.data, "");
    buf_free(&path);
    cleanup_close int fd = tar_end(&tar);
    alarm(40);
    assert_int_equal(layer_stage(f->store, fd, &staged, &err), -EFBIG);
    alarm(0);
    assert_non_null(strstr(err.message, "too many opaque directories"));
    assert_store_empty(f);
}

/* The unpacker knows why; that the tar broke off is only what followed. */
static void why_a_layer_could_not_be_copied_is_told(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    struct staged *staged = NULL, *copy = NULL;
    struct rlimit before;
    char chain[DIGEST_TEXT];
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    cleanup_free char *large = xmalloc(16000001);
    memset(large, 'y', 16000000);
    large[16000000] = 0;
    tar_file(&tar, "large", large);
    cleanup_close int fd = tar_end(&tar);
    keep(f, fd, chain);
    lseek(fd, 0, SEEK_SET);
    staged = stage(f, fd);
    getrlimit(RLIMIT_FSIZE, &before);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){1 << 20, before.rlim_max});
    int known = layer_stage_known(f->store, chain, &copy, &err);
    cleanup_free char *why_known = xstrdup(err.message);
    int copied = layer_stage_copy(f->store, staged, &copy, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(known, -EINVAL);
    assert_non_null(strstr(why_known, strsignal(SIGXFSZ)));
    assert_int_equal(copied, -EINVAL);
    assert_non_null(strstr(err.message, strsignal(SIGXFSZ)));
    staged_free(f->store, staged);
}

static void sizes_that_do_not_add_up_are_refused(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    struct staged *staged = NULL;
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    struct archive_entry *entry = tar_entry("hole", S_IFREG | 0644);
    tar_file(&tar, "a", "some bytes, so that the sum is more than a number can be");
    archive_entry_set_size(entry, INT64_MAX - 10);
    archive_entry_sparse_add_entry(entry, 0, 1);
    assert_int_equal(archive_write_header(tar.archive, entry), ARCHIVE_OK);
    archive_write_data(tar.archive, "x", 1);
    archive_entry_free(entry);
    tar_file(&tar, "b", "");
    cleanup_close int fd = tar_end(&tar);
    assert_int_equal(layer_stage(f->store, fd, &staged, &err), -EFBIG);
    assert_non_null(strstr(err.message, "the files in the tar take more than"));
    assert_store_empty(f);
}

static void say_nothing(void *data, const char *line) { (void)data, (void)line; }
static void tell_nothing(void *data, const char *diff_id, int64_t bytes) { (void)data, (void)diff_id, (void)bytes; }

/* A layer's own configuration in an archive from before manifest.json may be any JSON. */
static void a_legacy_configuration_that_is_no_object_is_refused(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[65];
    const struct image_loading loading = {.say = say_nothing, .layer = tell_nothing, .loaded = say_nothing, .client = -1};
    memset(id, 'a', 64);
    id[64] = 0;
    cleanup_free char *config = str_format("%s/json", id), *layer = str_format("%s/layer.tar", id),
                      *repositories = str_format("{\"old\":{\"1\":\"%s\"}}", id);
    struct tar inner = tar_new(ARCHIVE_FILTER_NONE);
    tar_file(&inner, "a", "1");
    cleanup_close int inner_fd = tar_end(&inner);
    size_t len;
    cleanup_free char *path = str_format("/proc/self/fd/%d", inner_fd), *bytes = file_read(path, &len, &err);
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    tar_file(&tar, config, "[]");
    struct archive_entry *entry = tar_entry(layer, S_IFREG | 0644);
    archive_entry_set_size(entry, (la_int64_t)len);
    assert_int_equal(archive_write_header(tar.archive, entry), ARCHIVE_OK);
    archive_write_data(tar.archive, bytes, len);
    archive_entry_free(entry);
    tar_file(&tar, "repositories", repositories);
    cleanup_close int fd = tar_end(&tar);
    assert_int_equal(image_load(f->store, fd, &loading, &err), -EINVAL);
    assert_non_null(strstr(err.message, "/json is no JSON object"));
    assert_store_empty(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_layer_comes_back_bit_for_bit, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(tars_of_other_programs_come_back_bit_for_bit, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(a_layer_that_was_changed_on_disk_is_told, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(a_reader_may_leave_early, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(layers_of_several_images_are_stored_once, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(held_layers_stay_until_they_are_released, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(what_does_not_fit_together_leaves_nothing, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(a_file_that_is_in_the_tar_twice_is_refused, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(layers_of_another_boot_are_checked, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(the_mark_goes_when_the_layer_is_on_the_disk, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(an_image_without_layers_can_be_kept, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(too_many_opaque_directories_are_refused, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(why_a_layer_could_not_be_copied_is_told, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(sizes_that_do_not_add_up_are_refused, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(a_legacy_configuration_that_is_no_object_is_refused, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(digests_are_names_too, fixture_open, fixture_close),
    };
    setlocale(LC_CTYPE, "C.UTF-8"); /* libarchive writes names in the locale's encoding */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
