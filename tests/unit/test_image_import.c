/* Importing a tar: what is kept, what is refused, and that a failure leaves nothing. */
#include "image_fixture.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <sys/xattr.h>

static int import_fd(struct fixture *f, int fd, char id[DIGEST_TEXT], struct error *err)
{
    return image_import(f->store, fd, "t:1", NULL, NULL, NULL, id, err);
}

static void every_compression_gives_the_same_layer(void **state)
{
    struct fixture *f = *state;
    const int filters[] = {ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD};
    char first[DIGEST_TEXT] = "";
    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        struct error err = ERROR_INIT;
        char id[DIGEST_TEXT];
        struct tar tar = tar_new(filters[i]);
        tar_dir(&tar, "etc");
        tar_file(&tar, "etc/greeting", "hello\n");
        cleanup_close int fd = tar_end(&tar);
        assert_int_equal(import_fd(f, fd, id, &err), 0);
        cleanup_json json_t *image = image_inspect(f->store, id, &err);
        const char *diff = json_string_value(json_array_get(json_at(image, "RootFS.Layers"), 0));
        if (!*first)
            snprintf(first, sizeof first, "%s", diff);
        assert_string_equal(diff, first);
        assert_int_equal(json_num(image, "Size", 0), 6);
    }
    /* Five images, one layer on disk. */
    assert_int_equal(image_count(f->store), 5);
    assert_int_equal(count_entries(f->root, "overlay2"), 2);
}

static void the_diff_id_is_the_digest_of_the_plain_tar(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT], digest[DIGEST_TEXT];
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    tar_file(&tar, "a", "x");
    cleanup_close int fd = tar_end(&tar);
    cleanup_free char *path = str_format("/proc/self/fd/%d", fd);
    /* Bytes after the end of the archive count too. */
    assert_int_equal(ftruncate(fd, lseek(fd, 0, SEEK_END) + 10240), 0);
    lseek(fd, 0, SEEK_SET);
    assert_int_equal(digest_file(path, digest, &err), 0);
    assert_int_equal(import_fd(f, fd, id, &err), 0);
    cleanup_json json_t *image = image_inspect(f->store, id, &err);
    assert_string_equal(json_string_value(json_array_get(json_at(image, "RootFS.Layers"), 0)), digest);
}

static void owners_modes_times_links_devices_and_attributes_are_kept(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT], value[16] = "";
    struct stat st, other;
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    struct archive_entry *entry = tar_entry("srv", S_IFDIR | 01777);
    archive_entry_set_uid(entry, 100);
    archive_entry_set_gid(entry, 200);
    tar_put(&tar, entry, NULL);
    entry = tar_entry("srv/tool", S_IFREG | 04755);
    archive_entry_xattr_add_entry(entry, "user.note", "kept", 4);
    archive_entry_xattr_add_entry(entry, "trusted.overlay.opaque", "y", 1);
    tar_put(&tar, entry, "data");
    tar_hard_link(&tar, "srv/again", "srv/tool");
    tar_link(&tar, "srv/out", "/etc/../../../passwd");
    entry = tar_entry("srv/null", S_IFCHR | 0666);
    archive_entry_set_rdev(entry, makedev(1, 3));
    tar_put(&tar, entry, NULL);
    tar_put(&tar, tar_entry("srv/pipe", S_IFIFO | 0600), NULL);
    tar_file(&tar, "srv/.wh.gone", "");
    tar_file(&tar, "srv/gr\303\274n", "umlaut");
    cleanup_close int fd = tar_end(&tar);
    if (import_fd(f, fd, id, &err) < 0)
        fail_msg("%s", err.message);
    cleanup_free char *layer = fixture_layer(f, id);
    assert_int_equal(chdir(layer), 0);
    assert_int_equal(lstat("srv", &st), 0);
    assert_int_equal(st.st_mode, S_IFDIR | 01777);
    assert_int_equal(st.st_uid, 100);
    assert_int_equal(st.st_gid, 200);
    assert_int_equal(st.st_mtime, 1500000000);
    assert_int_equal(lstat("srv/tool", &st), 0);
    assert_int_equal(st.st_mode, S_IFREG | 04755);
    assert_int_equal(lstat("srv/again", &other), 0);
    assert_true(st.st_ino == other.st_ino && st.st_nlink == 2);
    assert_int_equal(getxattr("srv/tool", "user.note", value, sizeof value), 4);
    assert_int_equal(getxattr("srv/tool", "trusted.overlay.opaque", value, sizeof value), -1);
    assert_int_equal(lstat("srv/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
    assert_int_equal(lstat("srv/pipe", &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    assert_int_equal(lstat("srv/gone", &st), 0); /* what a whiteout says is gone is the overlay's mark for it */
    assert_true(S_ISCHR(st.st_mode) && st.st_rdev == 0);
    assert_int_equal(lstat("srv/gr\303\274n", &st), 0);
    assert_true(readlink("srv/out", value, sizeof value) > 0);
    assert_int_equal(chdir("/"), 0);
}

/* One way out each; `victim` is a directory beside the store that has to stay as it is. */
static void put_dotdot(struct tar *tar, const char *victim)
{
    (void)victim;
    tar_file(tar, "a/../../../victim/evil", "x");
}
static void put_absolute(struct tar *tar, const char *victim)
{
    cleanup_free char *path = path_join(victim, "evil");
    tar_file(tar, path, "x");
}
static void put_through_link(struct tar *tar, const char *victim)
{
    tar_link(tar, "door", victim);
    tar_file(tar, "door/evil", "x");
}
static void put_hard_link_out(struct tar *tar, const char *victim)
{
    cleanup_free char *path = path_join(victim, "kept");
    tar_hard_link(tar, "mine", path);
}
static void put_hard_link_through_link(struct tar *tar, const char *victim)
{
    tar_link(tar, "door", victim);
    tar_hard_link(tar, "mine", "door/kept");
}

static void ways_out_are_refused_and_leave_nothing(void **state)
{
    struct fixture *f = *state;
    const struct {
        void (*put)(struct tar *, const char *);
        const char *says;
    } attacks[] = {{put_dotdot, "leads out by"},
                   {put_absolute, "is absolute"},
                   {put_through_link, "through symlink"},
                   {put_hard_link_out, "is absolute"},
                   {put_hard_link_through_link, "symlink"}};
    cleanup_free char *victim = path_join(f->root, "victim");
    cleanup_free char *kept = path_join(victim, "kept");
    assert_int_equal(mkdir(victim, 0755), 0);
    assert_int_equal(file_write(kept, "safe", 4, 0644, NULL), 0);
    for (size_t i = 0; i < ARRAY_LEN(attacks); i++) {
        struct error err = ERROR_INIT;
        char id[DIGEST_TEXT];
        struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
        attacks[i].put(&tar, victim);
        cleanup_close int fd = tar_end(&tar);
        assert_true(import_fd(f, fd, id, &err) < 0);
        if (!strstr(err.message, attacks[i].says))
            fail_msg("attack %zu: %s", i, err.message);
        assert_int_equal(count_entries(victim, "."), 1);
        struct stat st;
        assert_int_equal(stat(kept, &st), 0);
        assert_int_equal(st.st_nlink, 1);
        assert_store_empty(f);
    }
}

static void a_corrupt_tar_is_one_line_and_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    const int filters[] = {ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD};
    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        struct tar tar = tar_new(filters[i]);
        cleanup_free char *noise = xmalloc(100001);
        for (unsigned n = 0; n < 100000; n++)
            noise[n] = (char)('a' + (n * n / 7 + n) % 26);
        noise[100000] = 0;
        tar_dir(&tar, "d");
        tar_file(&tar, "d/first", "one");
        tar_file(&tar, "d/second", noise);
        cleanup_close int whole = tar_end(&tar);
        off_t size = lseek(whole, 0, SEEK_END);
        const off_t cuts[] = {0, 1, 100, size / 4, size / 2, size - 1200 > size / 2 ? size - 1200 : size * 3 / 4};
        for (size_t cut = 0; cut < ARRAY_LEN(cuts); cut++) {
            struct error err = ERROR_INIT;
            char id[DIGEST_TEXT];
            cleanup_close int part = memfd_create("part", MFD_CLOEXEC);
            cleanup_free char *bytes = xmalloc((size_t)size);
            assert_int_equal(pread(whole, bytes, (size_t)size, 0), size);
            assert_int_equal(write_full(part, bytes, (size_t)cuts[cut]), 0);
            lseek(part, 0, SEEK_SET);
            if (import_fd(f, part, id, &err) == 0)
                fail_msg("filter %d cut at %ld was accepted", filters[i], (long)cuts[cut]);
            assert_true(str_starts(err.message, "corrupt tar"));
            assert_null(strchr(err.message, '\n'));
            assert_store_empty(f);
        }
    }
}

static void noise_in_the_middle_of_a_compressed_tar_is_found(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    struct tar tar = tar_new(ARCHIVE_FILTER_GZIP);
    for (int i = 0; i < 200; i++) {
        cleanup_free char *name = str_format("file-%d", i);
        tar_file(&tar, name, name);
    }
    cleanup_close int fd = tar_end(&tar);
    assert_int_equal(pwrite(fd, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, lseek(fd, 0, SEEK_END) / 2), 8);
    lseek(fd, 0, SEEK_SET);
    assert_true(import_fd(f, fd, id, &err) < 0);
    assert_store_empty(f);
}

static void text_is_no_tar(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    cleanup_close int fd = memfd_create("text", MFD_CLOEXEC);
    for (int i = 0; i < 200; i++)
        assert_int_equal(write_full(fd, "this is no archive\n", 19), 0);
    lseek(fd, 0, SEEK_SET);
    assert_true(import_fd(f, fd, id, &err) < 0);
    assert_int_equal(err.code, EINVAL);
    assert_true(str_starts(err.message, "corrupt tar: "));
    assert_store_empty(f);
}

static void the_config_is_what_docker_import_writes(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT], found[DIGEST_TEXT];
    char *changes[] = {"CMD [\"cat\", \"/etc/web.conf\"]",
                       "ENV A=1 B=\"two words\"",
                       "env A=2",
                       "WORKDIR /srv",
                       "WORKDIR sub/../x",
                       "USER web",
                       "EXPOSE 80 53/udp",
                       "VOLUME /data",
                       "LABEL k=v",
                       "ENTRYPOINT run me",
                       NULL};
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    tar_file(&tar, "a", "x");
    cleanup_close int fd = tar_end(&tar);
    if (image_import(f->store, fd, "app", changes, "from export", NULL, id, &err) < 0)
        fail_msg("%s", err.message);
    cleanup_json json_t *config = NULL;
    assert_int_equal(image_find(f->store, "app:latest", found, &config, &err), 0);
    assert_string_equal(found, id);
    cleanup_free char *inner = json_text(json_object_get(config, "config"));
    assert_string_equal(inner,
                        "{\"Hostname\":\"\",\"Domainname\":\"\",\"User\":\"web\",\"AttachStdin\":false,\"AttachStdout\":false,"
                        "\"AttachStderr\":false,\"Tty\":false,\"OpenStdin\":false,\"StdinOnce\":false,\"Env\":[\"A=2\",\"B=two "
                        "words\"],\"Cmd\":[\"cat\",\"/etc/web.conf\"],\"Image\":\"\",\"Volumes\":{\"/data\":{}},\"WorkingDir\":"
                        "\"/srv/x\",\"Entrypoint\":[\"/bin/sh\",\"-c\",\"run me\"],\"OnBuild\":null,\"Labels\":{\"k\":\"v\"},"
                        "\"ExposedPorts\":{\"80/tcp\":{},\"53/udp\":{}}}");
    assert_string_equal(json_str(config, "comment", ""), "from export");
    assert_string_equal(json_str(config, "os", ""), "linux");
    cleanup_free char *path = str_format("%s/image/overlay2/imagedb/content/sha256/%s", f->root, id + 7);
    char digest[DIGEST_TEXT];
    assert_int_equal(digest_file(path, digest, &err), 0);
    assert_string_equal(digest, id);
}

static void bad_changes_and_names_are_refused_before_anything_is_made(void **state)
{
    struct fixture *f = *state;
    const struct {
        char *change;
        const char *reference, *says;
    } bad[] = {{"RUN true", "a", "RUN is not a valid change command"},
               {"FOO bar", "a", "dockerfile parse error line 1: unknown instruction: FOO"},
               {"EXPOSE 99999", "a", "invalid containerPort: 99999"},
               {"ENV novalue", "a", "Syntax error - can't find = in \"novalue\". Must be of the form: name=value"},
               {"ENV a=\"x", "a", "ENV: unexpected end of statement while looking for matching quote"},
               {"USER", "a", "USER requires exactly one argument"},
               {"CMD x", "A", "invalid reference format: repository name (library/A) must be lowercase"},
               {"CMD x", "a:b:c", "invalid reference format"}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct error err = ERROR_INIT;
        char id[DIGEST_TEXT];
        char *changes[] = {bad[i].change, NULL};
        struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
        tar_file(&tar, "a", "x");
        cleanup_close int fd = tar_end(&tar);
        assert_int_equal(image_import(f->store, fd, bad[i].reference, changes, NULL, NULL, id, &err), -EINVAL);
        assert_string_equal(err.message, bad[i].says);
        assert_store_empty(f);
    }
}

static void a_hard_link_with_data_does_not_write_through_a_device(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    struct stat st;
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    struct archive_entry *entry = tar_entry("dev", S_IFCHR | 0666);
    archive_entry_set_rdev(entry, makedev(1, 7)); /* full: a write to it fails */
    tar_put(&tar, entry, NULL);
    entry = tar_entry("again", S_IFREG | 0644);
    archive_entry_set_hardlink(entry, "dev");
    tar_put(&tar, entry, NULL);
    cleanup_close int fd = tar_end(&tar);
    if (import_fd(f, fd, id, &err) < 0)
        fail_msg("%s", err.message);
    cleanup_free char *layer = fixture_layer(f, id);
    cleanup_free char *again = path_join(layer, "again");
    assert_int_equal(lstat(again, &st), 0);
    assert_true(S_ISCHR(st.st_mode));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
        TEST(every_compression_gives_the_same_layer),
        TEST(the_diff_id_is_the_digest_of_the_plain_tar),
        TEST(owners_modes_times_links_devices_and_attributes_are_kept),
        TEST(ways_out_are_refused_and_leave_nothing),
        TEST(a_corrupt_tar_is_one_line_and_leaves_nothing),
        TEST(noise_in_the_middle_of_a_compressed_tar_is_found),
        TEST(text_is_no_tar),
        TEST(the_config_is_what_docker_import_writes),
        TEST(bad_changes_and_names_are_refused_before_anything_is_made),
        TEST(a_hard_link_with_data_does_not_write_through_a_device),
    };
    if (geteuid() != 0) {
        puts("skip - the image store needs root");
        return 0;
    }
    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
