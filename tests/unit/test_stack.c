/* Stacks of image layers: what each layer adds, changes and removes, what lies hidden, and dive's efficiency, on small trees whose
 * figures can be worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "observe/layer_index.h"
#include "observe/stack.h"
#include "observe/stack_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

struct world {
    char root[64];
    char **layers;
};

static int setup(void **state)
{
    struct world *world = xcalloc(1, sizeof *world);
    strcpy(world->root, "/tmp/slt-stack-XXXXXX");
    *state = world;
    return mkdtemp(world->root) ? 0 : -1;
}

static int teardown(void **state)
{
    struct world *world = *state;
    path_remove_tree(world->root, NULL);
    strv_free(world->layers);
    free(world);
    return 0;
}

/* One more layer on top, from words: "dir/", "file=SIZE", "-gone", "!opaque/" (parents come first), "a~b" (b is a link to a). */
static void layer(struct world *world, const char *words)
{
    cleanup_free char *directory = str_format("%s/%zu", world->root, strv_len(world->layers) + 1);
    cleanup_strv char **list = str_split(words, ' ');
    assert_int_equal(mkdir(directory, 0755), 0);
    strv_add(&world->layers, directory);
    for (char **word = list; *word && **word; word++) {
        char *equals = strchr(*word, '='), *tilde = strchr(*word, '~');
        bool opaque = **word == '!', gone = **word == '-';
        if (equals || tilde)
            *(equals ? equals : tilde) = '\0';
        cleanup_free char *path = path_join(directory, *word + (opaque || gone));
        if (gone) {
            assert_int_equal(mknod(path, S_IFCHR, makedev(0, 0)), 0);
        } else if (tilde) {
            cleanup_free char *other = path_join(directory, tilde + 1);
            assert_int_equal(link(path, other), 0);
        } else if (equals) {
            int fd cleanup_close = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
            assert_int_equal(ftruncate(fd, atoi(equals + 1)), 0);
        } else {
            assert_int_equal(mkdir(path, 0755), 0);
            if (opaque)
                assert_int_equal(setxattr(path, "trusted.overlay.opaque", "y", 1, 0), 0);
        }
    }
}

static json_t *figures(struct world *world)
{
    struct error err = ERROR_INIT;
    json_t *doc = stack_figures(world->layers, &err);
    if (!doc)
        fail_msg("%s", err.message);
    return doc;
}

/* "A /x;D /y" of the layer with this number */
static char *changes(struct world *world, size_t number)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *doc = stack_changes(world->layers, number, 0, 100, &err);
    struct buf out = BUF_INIT;
    size_t i;
    json_t *each;
    if (!doc)
        fail_msg("%s", err.message);
    json_array_foreach(json_object_get(doc, "changes"), i, each)
    {
        buf_printf(&out, "%s%s %s", i ? ";" : "", json_str(each, "kind", "?"), json_str(each, "path", "?"));
    }
    return buf_take(&out);
}

static void assert_changes(struct world *world, size_t number, const char *wanted)
{
    cleanup_free char *seen = changes(world, number);
    assert_string_equal(seen, wanted);
}

static void assert_efficiency(const json_t *doc, double wanted)
{
    double seen = json_real_value(json_object_get(doc, "efficiency"));
    if (fabs(seen - wanted) > 1e-9)
        fail_msg("efficiency %f, wanted %f", seen, wanted);
}

static void one_layer_adds_all_and_wastes_nothing(void **state)
{
    layer(*state, "etc/ etc/passwd=10 bin=90");
    cleanup_json json_t *doc = figures(*state);
    assert_changes(*state, 1, "A /bin;A /etc;A /etc/passwd");
    assert_int_equal(json_num(doc, "waste.bytes", -1), 0);
    assert_int_equal(json_num(doc, "size", -1), 100);
    assert_efficiency(doc, 1.0);
}

static void a_changed_file_hides_the_older_one(void **state)
{
    layer(*state, "etc/ etc/a=100 etc/b=50");
    layer(*state, "etc/ etc/a=20");
    cleanup_json json_t *doc = figures(*state);
    const json_t *layers = json_object_get(doc, "layers"), *worst = json_array_get(json_at(doc, "waste.largest"), 0);
    assert_changes(*state, 2, "C /etc/a");
    assert_int_equal(json_num(json_array_get(layers, 0), "added", -1), 3);
    assert_int_equal(json_num(json_array_get(layers, 0), "hidden", -1), 100);
    assert_int_equal(json_num(json_array_get(layers, 1), "changed", -1), 1);
    assert_string_equal(json_str(worst, "path", ""), "/etc/a");
    assert_int_equal(json_num(worst, "bytes", -1), 100);
    assert_int_equal(json_num(worst, "layer", -1) * 10 + json_num(worst, "by", -1), 12);
    assert_efficiency(doc, (20.0 + 50) / (120 + 50)); /* the smallest of each path, of all that is stored */
}

static void a_removed_file_is_all_waste(void **state)
{
    layer(*state, "a=100 b=300");
    layer(*state, "-a");
    cleanup_json json_t *doc = figures(*state);
    assert_changes(*state, 2, "D /a");
    assert_int_equal(json_num(doc, "waste.bytes", -1), 100);
    assert_efficiency(doc, 300.0 / 400);
}

/* dive gives a removed directory the size of what was in it, twice: once as what was stored, once as what is needed. */
static void a_removed_directory_is_waste_at_its_path_but_not_for_dive(void **state)
{
    layer(*state, "cache/ cache/x=40 cache/deep/ cache/deep/y=60 keep=100");
    layer(*state, "-cache");
    cleanup_json json_t *doc = figures(*state);
    const json_t *worst = json_array_get(json_at(doc, "waste.largest"), 0);
    assert_changes(*state, 2, "D /cache");
    assert_string_equal(json_str(worst, "path", ""), "/cache");
    assert_int_equal(json_num(worst, "bytes", -1), 100);
    assert_int_equal(json_num(worst, "files", -1), 2);
    assert_efficiency(doc, 1.0);
}

static void an_opaque_directory_removes_what_it_does_not_have_again(void **state)
{
    layer(*state, "d/ d/a=1 d/b=2 d/s/ d/s/x=4 d/t/ d/t/y=8");
    layer(*state, "!d/ d/a=16 d/s/ d/s/z=32");
    cleanup_json json_t *doc = figures(*state);
    assert_int_equal(json_num(doc, "waste.bytes", -1), 15);
    cleanup_free char *seen = changes(*state, 2);
    cleanup_strv char **list = str_split(seen, ';');
    static const char *const wanted[] = {"C /d/a", "C /d/s", "A /d/s/z", "D /d/b", "D /d/s/x", "D /d/t"};
    assert_int_equal(strv_len(list), ARRAY_LEN(wanted));
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        if (!strv_has(list, wanted[i]))
            fail_msg("no %s in %s", wanted[i], seen);
}

static void what_was_removed_and_comes_again_is_added(void **state)
{
    layer(*state, "a=5");
    layer(*state, "-a");
    layer(*state, "a=7");
    cleanup_json json_t *doc = figures(*state);
    assert_changes(*state, 3, "A /a");
    assert_int_equal(json_num(doc, "waste.bytes", -1), 5);
    assert_efficiency(doc, 0.0 / 12);
}

static void a_directory_that_becomes_a_file_hides_all_of_it(void **state)
{
    layer(*state, "d/ d/a=5 d/b=6");
    layer(*state, "d=1");
    layer(*state, "d/ d/a=2");
    cleanup_json json_t *doc = figures(*state);
    assert_changes(*state, 2, "C /d");
    assert_changes(*state, 3, "C /d;A /d/a");
    assert_int_equal(json_num(doc, "waste.bytes", -1), 12);
}

static void a_whiteout_over_nothing_is_nothing(void **state)
{
    layer(*state, "a=5");
    layer(*state, "-b");
    cleanup_json json_t *doc = figures(*state);
    assert_changes(*state, 2, "");
    assert_efficiency(doc, 1.0);
}

static void hard_links_and_attributes_count_once(void **state)
{
    struct world *world = *state;
    layer(world, "a=10 a~b d/");
    layer(world, "d/");
    cleanup_free char *directory = path_join(world->layers[1], "d");
    assert_int_equal(chmod(directory, 0700), 0);
    cleanup_json json_t *doc = figures(world);
    assert_changes(world, 2, "C /d");
    assert_int_equal(json_num(doc, "size", -1), 10);
    assert_int_equal(json_num(json_array_get(json_object_get(doc, "layers"), 0), "files", -1), 3);
}

static void changes_come_in_pages(void **state)
{
    struct error err = ERROR_INIT;
    struct world *world = *state;
    layer(world, "a=1 b=1 c=1 d=1 e=1");
    cleanup_json json_t *doc = stack_changes(world->layers, 1, 3, 10, &err);
    assert_int_equal(json_num(doc, "total", -1), 5);
    assert_int_equal(json_array_size(json_object_get(doc, "changes")), 2);
    assert_string_equal(json_str(json_array_get(json_object_get(doc, "changes"), 0), "path", ""), "/d");
    assert_null(stack_changes(world->layers, 2, 0, 10, &err));
    assert_string_equal(err.message, "no layer 2: there are 1, the lowest is 1");
}

/* Looked up by what it is, not by where it was: a list of a directory that is gone and another with its name differ. */
static void a_list_is_kept_for_its_directory_alone(void **state)
{
    struct world *world = *state;
    layer(world, "a=1");
    const struct layer_index *one = layer_index_get(world->layers[0], NULL), *again = layer_index_get(world->layers[0], NULL);
    assert_ptr_equal(one, again);
    assert_int_equal(path_remove_tree(world->layers[0], NULL), 0);
    assert_int_equal(mkdir(world->layers[0], 0755), 0);
    const struct layer_index *other = layer_index_get(world->layers[0], NULL);
    assert_int_equal(other->files, 0);
    assert_int_equal(one->files, 1);
    layer_index_put(one);
    layer_index_put(again);
    layer_index_put(other);
}

/* "name type size layer" of each entry, with "<was" and "-gone" */
static void assert_directory(struct world *world, const char *upper, const struct stack_look *look, const char *wanted)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *doc = stack_directory(world->layers, upper, look, &err);
    cleanup_buf struct buf out = BUF_INIT;
    size_t i;
    json_t *each;
    if (!doc)
        fail_msg("%s", err.message);
    json_array_foreach(json_object_get(doc, "entries"), i, each)
    {
        buf_printf(&out, "%s%s %s %lld %lld", i ? ";" : "", json_str(each, "name", "?"), json_str(each, "type", "?"),
                   json_num(each, "size", -1), json_num(each, "layer", -1));
        if (json_object_get(each, "was"))
            buf_printf(&out, "<%lld", json_num(each, "was", -1));
        if (json_object_get(each, "gone"))
            buf_printf(&out, "-%lld", json_num(each, "gone", -1));
    }
    assert_string_equal(out.data ? out.data : "", wanted);
}

static void the_merged_tree_says_which_layer_each_thing_is_from(void **state)
{
    struct world *world = *state;
    layer(world, "etc/ etc/a=100 etc/b=50 etc/c=7 opt/ opt/x=1 old/ old/deep=9");
    layer(world, "etc/ etc/a=20 -etc/c -old !opt/ opt/y=3");
    layer(world, "etc/ etc/c=8 new=5");
    const struct stack_look root = {"/", false, 0, 100}, etc = {"/etc/", false, 0, 100}, opt = {"/opt", false, 0, 100};
    assert_directory(world, NULL, &root, "etc d 78 1;new f 5 3;old d 0 1-2;opt d 3 1");
    assert_directory(world, NULL, &etc, "a f 20 2<1;b f 50 1;c f 8 3"); /* removed, and there again: new */
    assert_directory(world, NULL, &opt, "x f 0 1-2;y f 3 2");
    struct error err = ERROR_INIT;
    cleanup_json json_t *doc = stack_directory(world->layers, NULL, &root, &err);
    const json_t *old = json_array_get(json_object_get(doc, "entries"), 2);
    assert_int_equal(json_num(doc, "size", -1), 86);
    assert_int_equal(json_num(doc, "files", -1), 5);
    assert_int_equal(json_num(doc, "largest", -1), 78);
    assert_int_equal(json_num(json_array_get(json_object_get(doc, "entries"), 0), "newest", -1), 3);
    assert_int_equal(json_num(old, "hides", -1), 9);
}

static void the_tree_comes_by_size_and_in_pages(void **state)
{
    struct world *world = *state;
    layer(world, "a=1 b=30 c=20 d=30 e=5");
    layer(world, "-c");
    const struct stack_look first = {"/", true, 0, 2}, rest = {"/", true, 2, 9};
    assert_directory(world, NULL, &first, "b f 30 1;d f 30 1");
    assert_directory(world, NULL, &rest, "e f 5 1;a f 1 1;c f 0 1-2"); /* what is gone has no size */
}

/* The upper layer changes while it is looked at, and may hold links to anywhere. */
static void the_upper_layer_is_read_anew_and_no_link_is_followed(void **state)
{
    struct world *world = *state;
    layer(world, "etc/ etc/a=1");
    cleanup_free char *upper = path_join(world->root, "upper"), *file = path_join(upper, "x"), *out = path_join(upper, "out");
    const struct stack_look root = {"/", false, 0, 100}, through = {"/out", false, 0, 100}, up = {"/..", false, 0, 100};
    assert_int_equal(mkdir(upper, 0755), 0);
    assert_directory(world, upper, &root, "etc d 1 1");
    assert_int_equal(file_write(file, "abc", 3, 0644, NULL), 0);
    assert_directory(world, upper, &root, "etc d 1 1;x f 3 2");
    assert_int_equal(file_write(file, "abcde", 5, 0644, NULL), 0);
    assert_directory(world, upper, &root, "etc d 1 1;x f 5 2");
    assert_int_equal(symlink("/", out), 0);
    assert_directory(world, upper, &root, "etc d 1 1;out l 0 2;x f 5 2");
    struct error err = ERROR_INIT;
    assert_null(stack_directory(world->layers, upper, &through, &err));
    assert_int_equal(err.code, EINVAL);
    assert_null(stack_directory(world->layers, upper, &up, &err));
    assert_int_equal(err.code, ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(one_layer_adds_all_and_wastes_nothing),
        TEST(a_changed_file_hides_the_older_one),
        TEST(a_removed_file_is_all_waste),
        TEST(a_removed_directory_is_waste_at_its_path_but_not_for_dive),
        TEST(an_opaque_directory_removes_what_it_does_not_have_again),
        TEST(what_was_removed_and_comes_again_is_added),
        TEST(a_directory_that_becomes_a_file_hides_all_of_it),
        TEST(a_whiteout_over_nothing_is_nothing),
        TEST(hard_links_and_attributes_count_once),
        TEST(changes_come_in_pages),
        TEST(a_list_is_kept_for_its_directory_alone),
        TEST(the_merged_tree_says_which_layer_each_thing_is_from),
        TEST(the_tree_comes_by_size_and_in_pages),
        TEST(the_upper_layer_is_read_anew_and_no_link_is_followed),
    };
    if (geteuid() != 0) {
        puts("skip - whiteouts need root");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
