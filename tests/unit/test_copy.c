/* Where a copy goes, without a container: paths of both sides, the plan of a copy, what a writable layer changes, and tars put into
 * a directory. */
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/copy_path.h"
#include "image/archive_job.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#define assert_text(wanted, made)                                                                                                  \
    do {                                                                                                                           \
        char *made_ = (made);                                                                                                      \
        assert_string_equal(made_, wanted);                                                                                        \
        free(made_);                                                                                                               \
    } while (0)

static void paths_in_a_container_are_cleaned_but_keep_their_end(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", "/"},          {"/", "/"},       {".", "/."},       {"a", "/a"},    {"/a/../..", "/"},   {"a//b/./c", "/a/b/c"},
        {"/a/b/", "/a/b/"}, {"/a/.", "/a/."}, {"../../a", "/a"}, {"/a/..", "/"}, {"/a./b.", "/a./b."}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_text(rows[i][1], path_absolute(rows[i][0]));
}

static void the_last_name_is_go_s(void **state)
{
    (void)state;
    char room[64];
    assert_string_equal(path_base("/", room), "/");
    assert_string_equal(path_base("/a/b/", room), "b");
    assert_string_equal(path_base("/a/.", room), ".");
    assert_string_equal(path_base("/a", room), "a");
    assert_text("/", copy_base("///"));
    assert_text(".", copy_base(""));
    assert_text("b", copy_base("a/b//"));
}

static void local_paths_clean_as_go_cleans_them(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"", "."},     {"a/../b", "b"},         {"../a", "../a"}, {"/../a", "/a"},
                                          {"a/..", "."}, {"../../x/..", "../.."}, {"/", "/"},       {"a//b/", "a/b"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_text(rows[i][1], copy_clean(rows[i][0]));
}

/* source, is a directory; destination, exists, is a directory; into, from, to (NULL: the error). */
static void a_copy_is_named_by_what_the_destination_is(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        bool directory;
        const char *destination;
        bool exists, into_directory;
        const char *into, *from, *to, *error;
    } rows[] = {
        {"/s/f", false, "/d", true, true, "/d", NULL, NULL, NULL},
        {"/s/f", false, "/d/g", true, false, "/d", "f", "g", NULL},
        {"/s/f", false, "/d/g", false, false, "/d", "f", "g", NULL},
        {"/s/f", false, "/d/g/", false, false, NULL, NULL, NULL, "no such directory"},
        {"/s/t", true, "/d/g", true, false, NULL, NULL, NULL, "cannot copy directory"},
        {"/s/t", true, "/d/g", false, false, "/d", "t", "g", NULL},
        {"/s/t/.", true, "/d/g", false, false, "/d", ".", "g", NULL},
        {"/", true, "/d/g", false, false, "/d", "", "g", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct error err = ERROR_INIT;
        struct copy_plan plan;
        const struct copy_end source = {.path = (char *)rows[i].source, .exists = true, .directory = rows[i].directory};
        const struct copy_end end = {
            .path = (char *)rows[i].destination, .exists = rows[i].exists, .directory = rows[i].into_directory};
        int r = copy_plan(&source, &end, &plan, &err);
        if (rows[i].error) {
            assert_int_not_equal(r, 0);
            assert_string_equal(err.message, rows[i].error);
        } else {
            assert_int_equal(r, 0);
            assert_string_equal(plan.directory, rows[i].into);
            assert_true(str_equal(plan.from, rows[i].from));
            assert_true(str_equal(plan.to, rows[i].to));
        }
        copy_plan_clear(&plan);
    }
}

static int note_change(void *data, char kind, int at, const char *name, const char *path, const struct stat *st, bool same,
                       struct error *err)
{
    (void)at;
    (void)name;
    (void)st;
    (void)err;
    buf_printf(data, "%c%s%s ", kind, path, same ? "=" : "");
    return 0;
}

static void touch(int at, const char *name) { fd_close(openat(at, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0644)); }

static void a_layer_is_compared_with_those_below_it(void **state)
{
    (void)state;
    char top[] = "/tmp/test-copy-XXXXXX";
    struct error err = ERROR_INIT;
    cleanup_buf struct buf seen = BUF_INIT;
    if (getuid() != 0)
        skip();
    assert_non_null(mkdtemp(top));
    cleanup_close int at = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    static const char *const directories[] = {"up",       "up/same",    "up/opaque", "up/new",   "low",
                                              "low/same", "low/opaque", "base",      "base/same"};
    static const char *const files[] = {"low/same/kept",    "low/same/changed", "up/same/changed", "up/new/f",  "low/opaque/hidden",
                                        "low/opaque/again", "up/opaque/again",  "base/same/deep",  "base/gone", "base/never"};
    for (size_t i = 0; i < ARRAY_LEN(directories); i++)
        assert_int_equal(mkdirat(at, directories[i], 0755), 0);
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        touch(at, files[i]);
    assert_int_equal(mknodat(at, "up/gone", S_IFCHR, 0), 0);
    assert_int_equal(mknodat(at, "low/never", S_IFCHR, 0), 0);
    assert_int_equal(mknodat(at, "up/never", S_IFCHR, 0), 0);
    assert_int_equal(symlinkat("/etc", at, "base/link"), 0);
    assert_int_equal(mkdirat(at, "up/link", 0755), 0);
    touch(at, "up/link/passwd");
    cleanup_close int upper = openat(at, "up", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cleanup_close int opaque = openat(at, "up/opaque", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int marked = fsetxattr(opaque, "trusted.overlay.opaque", "y", 1, 0);
    int lowers[2] = {openat(at, "low", O_RDONLY | O_DIRECTORY | O_CLOEXEC), openat(at, "base", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    assert_int_equal(upper_walk(upper, lowers, 2, &(struct upper_visitor){note_change, &seen, false}, &err), 0);
    if (marked == 0)
        assert_string_equal(seen.data,
                            "Dgone Clink Alink/passwd Anew Anew/f Copaque= Dopaque/hidden Copaque/again Csame= Csame/changed ");
    fd_close(lowers[0]);
    fd_close(lowers[1]);
    path_remove_tree(top, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_in_a_container_are_cleaned_but_keep_their_end),
        cmocka_unit_test(the_last_name_is_go_s),
        cmocka_unit_test(local_paths_clean_as_go_cleans_them),
        cmocka_unit_test(a_copy_is_named_by_what_the_destination_is),
        cmocka_unit_test(a_layer_is_compared_with_those_below_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
