/* Importing a tar: what is kept, what is refused, and that a failure leaves nothing. */
#include "image_fixture.h"

#include "image/layer.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <sys/resource.h>
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
                   {put_through_link, "through symlink"},
                   {put_hard_link_out, "No such file"},
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

/* Some programs that make images write them so, and Docker takes them. */
static void names_from_the_top_are_below_the_layer(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    struct stat st;
    char id[DIGEST_TEXT], digest[DIGEST_TEXT], *changes[] = {NULL};
    cleanup_free char *victim = path_join(f->root, "victim"), *outside = path_join(victim, "made");
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    tar_file(&tar, outside, "x");
    tar_hard_link(&tar, "/again", outside);
    cleanup_close int fd = tar_end(&tar);
    if (image_import(f->store, fd, "t:1", changes, NULL, NULL, id, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(stat(victim, &st), -1);
    cleanup_free char *layer = fixture_layer(f, id), *inside = str_format("%s/%s", layer, outside);
    assert_int_equal(stat(inside, &st), 0);
    assert_int_equal(st.st_nlink, 2);
    /* And the tar is given back as it came. */
    struct image_layer *layers;
    size_t count;
    struct layer_tar back;
    assert_int_equal(image_layers(f->store, id, &layers, &count, &err), 0);
    assert_int_equal(layer_tar_open(f->store, layers[0].chain, &back, &err), 0);
    cleanup_free char *path = str_format("/proc/self/fd/%d", back.fd);
    assert_int_equal(digest_file(path, digest, &err), 0);
    assert_int_equal(layer_tar_close(&back, &err), 0);
    assert_string_equal(digest, layers[0].diff);
    image_layers_free(f->store, layers, count);
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

/* A tar that another program made of what `script` leaves in its directory. */
static char *layer_of_script(struct fixture *f, const char *script, const char *pack)
{
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    cleanup_free char *command =
        str_format("cd %s && rm -rf src && mkdir src && cd src && %s && %s >../src.tar", f->root, script, pack);
    cleanup_free char *path = path_join(f->root, "src.tar");
    if (system(command) != 0)
        fail_msg("%s", command);
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (import_fd(f, fd, id, &err) < 0)
        fail_msg("%s: %s", command, err.message);
    return fixture_layer(f, id);
}

/* As some make them so that each file can be read by itself; and padding behind the end is nothing. */
static void a_gzip_stream_may_have_several_members(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    cleanup_free char *layer =
        layer_of_script(f, "seq 200000 >a && cp a b",
                        "(tar c . >../whole; head -c 5000 ../whole | gzip; tail -c +5001 ../whole | head -c 700000 | gzip -1;"
                        " tail -c +705001 ../whole | gzip -9; head -c 3000 /dev/zero)");
    cleanup_free char *path = path_join(layer, "b");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 1288895);
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
               {"CMD x", "A", "invalid reference format: repository name must be lowercase"},
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

static char *imported_layer(struct fixture *f, struct tar *tar)
{
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    cleanup_close int fd = tar_end(tar);
    if (import_fd(f, fd, id, &err) < 0)
        fail_msg("%s", err.message);
    return fixture_layer(f, id);
}

static bool is_opaque(const char *layer, const char *directory)
{
    char value[4];
    cleanup_free char *path = path_join(layer, directory);
    return getxattr(path, "trusted.overlay.opaque", value, sizeof value) == 1 && value[0] == 'y';
}

static void whiteouts_are_what_the_overlay_has(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    tar_file(&tar, "a/.wh.gone", "");
    tar_file(&tar, "before/.wh..wh..opq", "");
    tar_file(&tar, "before/new", "x");
    tar_dir(&tar, "after");
    tar_file(&tar, "after/new", "x");
    tar_file(&tar, "after/.wh..wh..opq", "");
    tar_file(&tar, ".wh..wh..opq", "");
    cleanup_free char *layer = imported_layer(f, &tar);
    cleanup_free char *gone = path_join(layer, "a/gone"), *sign = path_join(layer, "a/.wh.gone"),
                      *new = path_join(layer, "before/new");
    assert_int_equal(lstat(gone, &st), 0);
    assert_true(S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0));
    assert_int_equal(lstat(sign, &st), -1);
    assert_true(is_opaque(layer, "before") && is_opaque(layer, "after") && is_opaque(layer, "."));
    assert_false(is_opaque(layer, "a"));
    assert_int_equal(lstat(new, &st), 0);
}

/* The sign is about the layers below, wherever in the tar it stands: what this layer has itself stays. */
static void a_layer_may_delete_a_name_and_have_it(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    tar_file(&tar, "file-first", "x");
    tar_file(&tar, ".wh.file-first", "");
    tar_file(&tar, ".wh.file-last", "");
    tar_file(&tar, "file-last", "x");
    tar_file(&tar, "dir-first/x", "x");
    tar_file(&tar, ".wh.dir-first", "");
    tar_file(&tar, ".wh.dir-last", "");
    tar_dir(&tar, "dir-last");
    cleanup_free char *layer = imported_layer(f, &tar);
    const char *const names[] = {"file-first", "file-last", "dir-first/x", "dir-last"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        cleanup_free char *path = path_join(layer, names[i]);
        assert_int_equal(lstat(path, &st), 0);
        assert_false(S_ISCHR(st.st_mode));
    }
    assert_true(is_opaque(layer, "dir-first") && is_opaque(layer, "dir-last"));
}

static void leftovers_of_aufs_are_passed_over(void **state)
{
    struct fixture *f = *state;
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    tar_dir(&tar, ".wh..wh.plnk");
    tar_file(&tar, ".wh..wh.plnk/123.4", "x");
    tar_file(&tar, ".wh..wh.aufs", "");
    tar_dir(&tar, ".wh..wh.orph");
    tar_file(&tar, "a", "x");
    cleanup_free char *layer = imported_layer(f, &tar);
    assert_int_equal(count_entries(layer, "."), 1);
}

static void bad_whiteouts_are_refused(void **state)
{
    struct fixture *f = *state;
    const char *const names[] = {".wh.", "a/.wh.", ".wh..", ".wh...", "d/.wh..wh", ".wh..wh"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct error err = ERROR_INIT;
        char id[DIGEST_TEXT];
        struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
        tar_file(&tar, names[i], "");
        cleanup_close int fd = tar_end(&tar);
        bool fine = i >= 4; /* ".wh" is a name like any other */
        assert_int_equal(import_fd(f, fd, id, &err) == 0, fine);
        if (!fine)
            assert_non_null(strstr(err.message, "no such whiteout can be kept"));
    }
}

static void capabilities_are_kept_and_foreign_marks_are_not(void **state)
{
    struct fixture *f = *state;
    static const unsigned char capability[20] = {1, 0, 0, 2, 0, 4}; /* CAP_NET_BIND_SERVICE, VFS_CAP_REVISION_2 */
    static const char *const foreign[] = {"trusted.overlay.opaque", "trusted.overlay.redirect", "user.overlay.opaque",
                                          "trusted.other", "security.selinux"};
    char value[64];
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    const mode_t kinds[] = {S_IFREG | 0755, S_IFDIR | 0755};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct archive_entry *entry = tar_entry(i ? "d" : "f", kinds[i]);
        archive_entry_set_uid(entry, 1000);
        archive_entry_xattr_add_entry(entry, "user.kept", "yes", 3);
        if (i == 0)
            archive_entry_xattr_add_entry(entry, "security.capability", capability, sizeof capability);
        for (size_t k = 0; k < ARRAY_LEN(foreign); k++)
            archive_entry_xattr_add_entry(entry, foreign[k], "y", 1);
        tar_put(&tar, entry, i ? NULL : "x");
    }
    cleanup_free char *layer = imported_layer(f, &tar);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        cleanup_free char *path = path_join(layer, i ? "d" : "f");
        assert_int_equal(getxattr(path, "user.kept", value, sizeof value), 3);
        assert_int_equal(getxattr(path, "security.capability", value, sizeof value), i ? -1 : (int)sizeof capability);
        for (size_t k = 0; k < ARRAY_LEN(foreign); k++)
            assert_int_equal(getxattr(path, foreign[k], value, sizeof value), -1);
    }
}

static void sparse_files_keep_their_holes_and_contents(void **state)
{
    struct fixture *f = *state;
    const char *const packs[] = {"tar cS --format=gnu .", "tar cS --format=posix .", "tar c --format=posix ."};
    for (size_t i = 0; i < ARRAY_LEN(packs); i++) {
        struct stat st;
        char bytes[4];
        cleanup_free char *layer = layer_of_script(f,
                                                   "printf one | dd of=s bs=1 seek=5000000 status=none && printf end | dd of=s "
                                                   "bs=1 seek=20000000 status=none && truncate -s 30M s",
                                                   packs[i]);
        cleanup_free char *path = path_join(layer, "s");
        cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_size, 30 << 20);
        assert_true(st.st_blocks * 512 < 1 << 20);
        assert_int_equal(pread(fd, bytes, 3, 5000000), 3);
        assert_memory_equal(bytes, "one", 3);
        assert_int_equal(pread(fd, bytes, 3, 20000000), 3);
        assert_memory_equal(bytes, "end", 3);
    }
}

static void long_names_are_kept(void **state)
{
    struct fixture *f = *state;
    const char *const formats[] = {"gnu", "posix"};
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        struct stat st;
        cleanup_free char *pack = str_format("tar c --format=%s .", formats[i]);
        cleanup_free char *layer = layer_of_script(f,
                                                   "d=$(printf %0200d 1)/$(printf %0200d 2) && mkdir -p $d && echo x >$d/$(printf "
                                                   "%0250d 3) && ln -s $d/$(printf %0250d 3) l",
                                                   pack);
        cleanup_free char *path = path_join(layer, "l");
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_size, 2);
    }
}

static void names_that_are_too_long_are_an_error(void **state)
{
    struct fixture *f = *state;
    char name[300], deep[6000] = "";
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    while (strlen(deep) < sizeof deep - 200)
        snprintf(deep + strlen(deep), sizeof deep - strlen(deep), "%.100s/", name);
    const char *const names[] = {name, deep};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct error err = ERROR_INIT;
        char id[DIGEST_TEXT];
        struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
        tar_file(&tar, names[i], "x");
        cleanup_close int fd = tar_end(&tar);
        assert_true(import_fd(f, fd, id, &err) < 0);
        assert_non_null(strstr(err.message, "File name too long"));
        assert_store_empty(f);
    }
}

static void what_is_there_gives_way_only_where_the_tar_can_be_given_back(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    tar_link(&tar, "link", "elsewhere");
    tar_file(&tar, "link", "now a file");
    tar_dir(&tar, "empty");
    tar_link(&tar, "empty", "elsewhere");
    tar_file(&tar, "nothing", "");
    tar_dir(&tar, "nothing");
    tar_file(&tar, "nothing/x", "x");
    tar_dir(&tar, "again");
    tar_dir(&tar, "again");
    cleanup_free char *layer = imported_layer(f, &tar);
    cleanup_free char *link = path_join(layer, "link"), *empty = path_join(layer, "empty"), *inner = path_join(layer, "nothing/x");
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISREG(st.st_mode) && st.st_size == 10);
    assert_int_equal(lstat(empty, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(lstat(inner, &st), 0);
    const struct {
        const char *first, *second, *says;
    } refused[] = {
        {"a", "a", "duplicates of file paths"}, {"a/b", "a", "would replace the directory"}, {"a", "a/b", "is no directory"}};
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct error err = ERROR_INIT;
        char id[DIGEST_TEXT];
        struct tar bad = tar_new(ARCHIVE_FILTER_NONE);
        tar_file(&bad, refused[i].first, "one");
        tar_file(&bad, refused[i].second, "two");
        cleanup_close int fd = tar_end(&bad);
        assert_true(import_fd(f, fd, id, &err) < 0);
        if (!strstr(err.message, refused[i].says))
            fail_msg("%s", err.message);
    }
}

static void a_hard_link_needs_its_target_first(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    struct stat st;
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    tar_hard_link(&tar, "early", "late");
    tar_file(&tar, "late", "x");
    cleanup_close int fd = tar_end(&tar);
    assert_true(import_fd(f, fd, id, &err) < 0);
    assert_non_null(strstr(err.message, "early"));
    /* In another directory, to a link, and to a link that leads nowhere. */
    tar = tar_new(ARCHIVE_FILTER_NONE);
    tar_link(&tar, "nowhere", "/no/such");
    tar_file(&tar, "x/file", "x");
    tar_hard_link(&tar, "y/z/file", "./x/file");
    tar_hard_link(&tar, "also", "nowhere");
    cleanup_free char *layer = imported_layer(f, &tar);
    cleanup_free char *file = path_join(layer, "y/z/file"), *also = path_join(layer, "also");
    assert_int_equal(lstat(file, &st), 0);
    assert_int_equal(st.st_nlink, 2);
    assert_int_equal(lstat(also, &st), 0);
    assert_true(S_ISLNK(st.st_mode) && st.st_nlink == 2);
}

/* 400 MB of zeros in 400 kB: no room is taken, and no memory. */
static void zeros_take_no_room(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    cleanup_free char *layer = layer_of_script(f, "truncate -s 400M big && truncate -s 1M a b c", "tar c . | gzip -1");
    cleanup_free char *path = path_join(layer, "big");
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size == 400 << 20 && st.st_blocks * 512 < 1 << 20);
}

/* Headers alone are 20 MB here. */
static void very_many_files_take_no_memory(void **state)
{
    enum { FILES = 40000 };
    struct fixture *f = *state;
    struct rusage children;
    struct tar tar = tar_new(ARCHIVE_FILTER_GZIP);
    for (int i = 0; i < FILES; i++) {
        char name[32];
        snprintf(name, sizeof name, "d%d/f%d", i / 1000, i);
        tar_file(&tar, name, "");
    }
    cleanup_free char *layer = imported_layer(f, &tar);
    assert_int_equal(count_entries(layer, "d39"), 1000);
    getrusage(RUSAGE_CHILDREN, &children);
#if !defined(__SANITIZE_ADDRESS__)
    assert_true(children.ru_maxrss < 26 << 10);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
        TEST(every_compression_gives_the_same_layer),
        TEST(the_diff_id_is_the_digest_of_the_plain_tar),
        TEST(owners_modes_times_links_devices_and_attributes_are_kept),
        TEST(ways_out_are_refused_and_leave_nothing),
        TEST(names_from_the_top_are_below_the_layer),
        TEST(a_corrupt_tar_is_one_line_and_leaves_nothing),
        TEST(noise_in_the_middle_of_a_compressed_tar_is_found),
        TEST(text_is_no_tar),
        TEST(a_gzip_stream_may_have_several_members),
        TEST(the_config_is_what_docker_import_writes),
        TEST(bad_changes_and_names_are_refused_before_anything_is_made),
        TEST(a_hard_link_with_data_does_not_write_through_a_device),
        TEST(whiteouts_are_what_the_overlay_has),
        TEST(a_layer_may_delete_a_name_and_have_it),
        TEST(leftovers_of_aufs_are_passed_over),
        TEST(bad_whiteouts_are_refused),
        TEST(capabilities_are_kept_and_foreign_marks_are_not),
        TEST(sparse_files_keep_their_holes_and_contents),
        TEST(long_names_are_kept),
        TEST(names_that_are_too_long_are_an_error),
        TEST(what_is_there_gives_way_only_where_the_tar_can_be_given_back),
        TEST(a_hard_link_needs_its_target_first),
        TEST(zeros_take_no_room),
        TEST(very_many_files_take_no_memory),
    };
    if (geteuid() != 0) {
        puts("skip - the image store needs root");
        return 0;
    }
    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
