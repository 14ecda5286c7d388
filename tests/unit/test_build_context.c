/* Contexts of builds as clients send them. */
#include "build/build.h"
#include "image_fixture.h"

/* A tar of which `cut` bytes at the end are missing; the last file has 700 bytes and takes two blocks. */
static int cut_tar(off_t *contents_end)
{
    char text[701];
    memset(text, 'x', 700);
    text[700] = 0;
    struct tar tar = tar_new(ARCHIVE_FILTER_NONE);
    tar_file(&tar, "Dockerfile", "FROM scratch\n");
    tar_file(&tar, "last", text);
    int fd = tar_end(&tar);
    *contents_end = 512 + 512 + 512 + 700;
    return fd;
}

static int take(int fd, const char *parent, struct build_context *out, struct error *err)
{
    lseek(fd, 0, SEEK_SET);
    return build_context_tar(parent, fd, out, err);
}

static void the_last_file_need_not_fill_its_block(void **state)
{
    struct fixture *f = *state;
    off_t end;
    cleanup_close int fd = cut_tar(&end);
    struct build_context context;
    struct error err = ERROR_INIT;
    struct stat st;
    assert_int_equal(ftruncate(fd, end), 0);
    if (take(fd, f->root, &context, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(fstatat(context.fd, "last", &st, 0), 0);
    assert_int_equal(st.st_size, 700);
    build_context_remove(&context);
}

static void a_file_that_is_cut_off_is_an_error(void **state)
{
    struct fixture *f = *state;
    off_t end;
    cleanup_close int fd = cut_tar(&end);
    for (off_t missing = 1; missing < 700; missing += 233) {
        struct build_context context;
        struct error err = ERROR_INIT;
        assert_int_equal(ftruncate(fd, end - missing), 0);
        assert_int_not_equal(take(fd, f->root, &context, &err), 0);
        assert_non_null(strstr(err.message, "corrupt tar after entry 2 (last)"));
        build_context_remove(&context);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
int main(void)
{
    const struct CMUnitTest tests[] = {TEST(the_last_file_need_not_fill_its_block), TEST(a_file_that_is_cut_off_is_an_error)};
    if (geteuid() != 0) {
        puts("skip - contexts need root");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
