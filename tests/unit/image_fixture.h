/* A temporary image store, and tars made entry by entry, for the tests of engine/image. Needs root, as the store does. */
#ifndef SLIPWAY_TESTS_IMAGE_FIXTURE_H
#define SLIPWAY_TESTS_IMAGE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/image.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct fixture {
    char root[64];
    struct image_store *store;
};

__attribute__((unused)) static int fixture_open(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    struct error err = ERROR_INIT;
    strcpy(f->root, "/tmp/slt-image-XXXXXX");
    if (geteuid() != 0 || !mkdtemp(f->root))
        return -1;
    f->store = image_store_open(f->root, &err);
    if (!f->store)
        print_message("%s\n", err.message);
    *state = f;
    return f->store ? 0 : -1;
}

__attribute__((unused)) static int fixture_close(void **state)
{
    struct fixture *f = *state;
    image_store_close(f->store);
    path_remove_tree(f->root, NULL);
    free(f);
    return 0;
}

__attribute__((unused)) static void fixture_reopen(struct fixture *f)
{
    struct error err = ERROR_INIT;
    image_store_close(f->store);
    f->store = image_store_open(f->root, &err);
    if (!f->store)
        fail_msg("%s", err.message);
}

/* A tar under construction, in memory. `filter` is one of libarchive's ARCHIVE_FILTER_ codes. */
struct tar {
    struct archive *archive;
    int fd;
};

__attribute__((unused)) static struct tar tar_new(int filter)
{
    struct tar tar = {archive_write_new(), memfd_create("tar", MFD_CLOEXEC)};
    archive_write_add_filter(tar.archive, filter);
    archive_write_set_format_pax_restricted(tar.archive);
    archive_write_set_bytes_in_last_block(tar.archive, 1);
    assert_int_equal(archive_write_open_fd(tar.archive, tar.fd), ARCHIVE_OK);
    return tar;
}

__attribute__((unused)) static struct archive_entry *tar_entry(const char *path, mode_t mode)
{
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, path);
    archive_entry_set_mode(entry, mode);
    archive_entry_set_mtime(entry, 1500000000, 0);
    archive_entry_set_uid(entry, 0);
    archive_entry_set_gid(entry, 0);
    return entry;
}

/* Takes `entry`; `text` may be NULL. */
__attribute__((unused)) static void tar_put(struct tar *tar, struct archive_entry *entry, const char *text)
{
    if (text)
        archive_entry_set_size(entry, (la_int64_t)strlen(text));
    assert_int_equal(archive_write_header(tar->archive, entry), ARCHIVE_OK);
    if (text)
        archive_write_data(tar->archive, text, strlen(text));
    archive_entry_free(entry);
}

__attribute__((unused)) static void tar_dir(struct tar *tar, const char *path)
{
    tar_put(tar, tar_entry(path, S_IFDIR | 0755), NULL);
}

__attribute__((unused)) static void tar_file(struct tar *tar, const char *path, const char *text)
{
    tar_put(tar, tar_entry(path, S_IFREG | 0644), text);
}

__attribute__((unused)) static void tar_link(struct tar *tar, const char *path, const char *target)
{
    struct archive_entry *entry = tar_entry(path, S_IFLNK | 0777);
    archive_entry_set_symlink(entry, target);
    tar_put(tar, entry, NULL);
}

__attribute__((unused)) static void tar_hard_link(struct tar *tar, const char *path, const char *target)
{
    struct archive_entry *entry = tar_entry(path, S_IFREG | 0644);
    archive_entry_set_hardlink(entry, target);
    tar_put(tar, entry, NULL);
}

/* Ends the tar; gives a descriptor at its beginning. */
__attribute__((unused)) static int tar_end(struct tar *tar)
{
    assert_int_equal(archive_write_close(tar->archive), ARCHIVE_OK);
    archive_write_free(tar->archive);
    lseek(tar->fd, 0, SEEK_SET);
    return tar->fd;
}

/* A small root filesystem under `reference`. */
__attribute__((unused)) static void fixture_image(struct fixture *f, const char *reference, const char *marker,
                                                  char id[DIGEST_TEXT])
{
    struct error err = ERROR_INIT;
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    tar_dir(&tar, "bin");
    tar_file(&tar, "bin/true", marker);
    cleanup_close int fd = tar_end(&tar);
    if (image_import(f->store, fd, reference, NULL, NULL, NULL, id, &err) < 0)
        fail_msg("%s", err.message);
}

/* The directory in which the only layer of image `id` lies. */
__attribute__((unused)) static char *fixture_layer(struct fixture *f, const char *id)
{
    cleanup_json json_t *image = image_inspect(f->store, id, NULL);
    return xstrdup(json_str(image, "GraphDriver.Data.UpperDir", ""));
}

__attribute__((unused)) static size_t count_entries(const char *root, const char *directory)
{
    cleanup_free char *path = path_join(root, directory);
    cleanup_dir DIR *dir = opendir(path);
    size_t count = 0;
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        count += !str_equal(entry->d_name, ".") && !str_equal(entry->d_name, "..");
    return count;
}

/* Nothing but what an empty store has. */
__attribute__((unused)) static void assert_store_empty(struct fixture *f)
{
    assert_int_equal(image_count(f->store), 0);
    assert_int_equal(count_entries(f->root, "overlay2"), 1);
    assert_int_equal(count_entries(f->root, "overlay2/l"), 0);
    assert_int_equal(count_entries(f->root, "image/overlay2/layerdb/sha256"), 0);
    assert_int_equal(count_entries(f->root, "image/overlay2/layerdb/tmp"), 0);
    assert_int_equal(count_entries(f->root, "image/overlay2/imagedb/content/sha256"), 0);
}

#endif
