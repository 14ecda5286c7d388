/* Names of images: the grammar, tags, look-ups, the answers of the API, and removal with its conflicts. */
#include "image_fixture.h"

#include "image/reference.h"

#include <errno.h>
#include <stdio.h>

static void references_are_normalised(void **state)
{
    (void)state;
    const struct {
        const char *text, *name, *shown;
    } good[] = {
        {"busybox", "docker.io/library/busybox", "busybox:latest"},
        {"busybox:1.36", "docker.io/library/busybox", "busybox:1.36"},
        {"docker.io/busybox", "docker.io/library/busybox", "busybox:latest"},
        {"index.docker.io/library/busybox", "docker.io/library/busybox", "busybox:latest"},
        {"slipway/lab", "docker.io/slipway/lab", "slipway/lab:latest"},
        {"localhost/a", "localhost/a", "localhost/a:latest"},
        {"localhost:5000/sl-my-image", "localhost:5000/sl-my-image", "localhost:5000/sl-my-image:latest"},
        {"[::1]:5000/name", "[::1]:5000/name", "[::1]:5000/name:latest"},
        {"[fd00::1F]/a/name:2", "[fd00::1F]/a/name", "[fd00::1F]/a/name:2"},
        {"ghcr.io/a/b_c/d__e-f--g.h:v1.0_x-y", "ghcr.io/a/b_c/d__e-f--g.h", "ghcr.io/a/b_c/d__e-f--g.h:v1.0_x-y"},
        {"Host/a:1", "Host/a", "Host/a:1"},
        {"a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "docker.io/library/a",
         "a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct reference reference;
        struct error err = ERROR_INIT;
        if (reference_parse(good[i].text, &reference, &err) < 0)
            fail_msg("%s: %s", good[i].text, err.message);
        cleanup_free char *shown = reference_text(&reference);
        assert_string_equal(reference.name, good[i].name);
        assert_string_equal(shown, good[i].shown);
        reference_clear(&reference);
    }
}

static void bad_references_are_refused_in_dockers_words(void **state)
{
    (void)state;
    const struct {
        const char *text, *says;
    } bad[] = {
        {"", "invalid reference format"},
        {":tag", "invalid reference format"},
        {"a:", "invalid reference format"},
        {"a::b", "invalid reference format"},
        {"a b", "invalid reference format"},
        {"a/", "invalid reference format"},
        {"/a", "invalid reference format"},
        {"a//b", "invalid reference format"},
        {"a..b", "invalid reference format"},
        {"a___b", "invalid reference format"},
        {"-a", "invalid reference format"},
        {"a-", "invalid reference format"},
        {"a@sha256:12", "invalid reference format"},
        {"a@md5:0123456789abcdef0123456789abcdef", "invalid reference format"},
        {"a:.x", "invalid reference format"},
        {"../../etc", "invalid reference format"},
        {"Bad:Name", "invalid reference format: repository name must be lowercase"},
        {"x.io/A", "invalid reference format: repository name must be lowercase"},
        {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
         "invalid repository name (0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef), cannot specify 64-byte "
         "hexadecimal "
         "strings"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct reference reference;
        struct error err = ERROR_INIT;
        if (reference_parse(bad[i].text, &reference, &err) == 0)
            fail_msg("\"%s\" was accepted as %s", bad[i].text, reference.name);
        assert_int_equal(err.code, EINVAL);
        assert_string_equal(err.message, bad[i].says);
        reference_clear(&reference);
    }
    struct reference reference;
    struct error err = ERROR_INIT;
    char longest[300];
    memset(longest, 'a', sizeof longest);
    longest[299] = 0;
    assert_int_equal(reference_parse(longest, &reference, &err), -EINVAL);
    assert_string_equal(err.message, "repository name must not be more than 255 characters");
    reference_clear(&reference);
}

static void an_image_is_found_by_name_id_and_prefix(void **state)
{
    struct fixture *f = *state;
    char id[DIGEST_TEXT], found[DIGEST_TEXT], prefix[16];
    struct error err = ERROR_INIT;
    fixture_image(f, "app:1", "one", id);
    snprintf(prefix, sizeof prefix, "%.12s", id + 7);
    const char *names[] = {"app:1", "docker.io/library/app:1", id, id + 7, prefix};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (image_find(f->store, names[i], found, NULL, &err) < 0)
            fail_msg("%s: %s", names[i], err.message);
        assert_string_equal(found, id);
    }
    assert_int_equal(image_find(f->store, "app", found, NULL, &err), -ENOENT);
    assert_string_equal(err.message, "No such image: app:latest");
    assert_null(image_inspect(f->store, "nosuch", &err));
    assert_string_equal(err.message, "no such image: nosuch: No such image: nosuch:latest");
    assert_int_equal(image_find(f->store, "App", found, NULL, &err), -EINVAL);
}

static void the_answers_have_dockers_shapes(void **state)
{
    struct fixture *f = *state;
    char id[DIGEST_TEXT], dangling[DIGEST_TEXT];
    struct error err = ERROR_INIT;
    fixture_image(f, NULL, "zero", dangling);
    fixture_image(f, "app:1", "one", id);
    assert_int_equal(image_tag(f->store, "app:1", "localhost:5000/app", &err), 0);
    assert_int_equal(image_tag(f->store, "app:1", "another", &err), 0);
    cleanup_json json_t *list = image_list(f->store);
    assert_int_equal(json_array_size(list), 2);
    cleanup_json json_t *first = json_deep_copy(json_array_get(list, 0));
    json_object_del(first, "Created");
    cleanup_free char *text = json_text(first);
    cleanup_free char *wanted = str_format(
        "{\"Containers\":-1,\"Id\":\"%s\",\"Labels\":null,\"ParentId\":\"\",\"RepoDigests\":null,\"RepoTags\":[\"another:latest\","
        "\"app:1\",\"localhost:5000/app:latest\"],\"SharedSize\":-1,\"Size\":3,\"VirtualSize\":3}",
        id);
    assert_string_equal(text, wanted);
    cleanup_free char *tags = json_text(json_object_get(json_array_get(list, 1), "RepoTags"));
    cleanup_free char *digests = json_text(json_object_get(json_array_get(list, 1), "RepoDigests"));
    assert_string_equal(tags, "[\"<none>:<none>\"]");
    assert_string_equal(digests, "[\"<none>@<none>\"]");
    cleanup_json json_t *history = image_history(f->store, "app:1", &err);
    assert_int_equal(json_array_size(history), 1);
    assert_string_equal(json_str(json_array_get(history, 0), "Comment", ""), "Imported from -");
    assert_string_equal(json_str(json_array_get(history, 0), "Id", ""), id);
    assert_int_equal(json_num(json_array_get(history, 0), "Size", 0), 3);
    cleanup_json json_t *inspect = image_inspect(f->store, "app:1", &err);
    const char *const keys[] = {"Id",        "RepoTags",        "RepoDigests", "Parent",       "Comment",      "Created",
                                "Container", "ContainerConfig", "Author",      "Config",       "Architecture", "Os",
                                "Size",      "RootFS",          "GraphDriver", "DockerVersion"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (!json_object_get(inspect, keys[i]))
            fail_msg("inspect lacks %s", keys[i]);
    assert_string_not_equal(json_str(inspect, "Metadata.LastTagTime", ""), CLOCK_ZERO);
    fixture_reopen(f);
    cleanup_json json_t *again = image_inspect(f->store, "app:1", &err);
    assert_true(json_equal(inspect, again));
}

static void a_list_is_narrowed_to_the_names_that_match(void **state)
{
    struct fixture *f = *state;
    char one[DIGEST_TEXT], two[DIGEST_TEXT];
    fixture_image(f, "busybox", "one", one);
    fixture_image(f, NULL, "two", two);
    assert_int_equal(image_tag(f->store, "busybox", "sl-my-image:v1", NULL), 0);
    assert_int_equal(image_tag(f->store, "busybox", "localhost:5000/sl-my-image", NULL), 0);
    const struct {
        const char *pattern, *left;
    } cases[] = {{"sl-my-image", "[\"sl-my-image:v1\"]"},
                 {"busybox:latest", "[\"busybox:latest\"]"},
                 {"*/*my-image*", "[\"localhost:5000/sl-my-image:latest\"]"},
                 {"*", "[\"busybox:latest\",\"sl-my-image:v1\"]"},
                 {"nosuch", "none"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_json json_t *list = image_list(f->store);
        cleanup_strv char **patterns = str_split(cases[i].pattern, ' ');
        assert_int_equal(image_list_narrow(list, patterns, NULL), 0);
        cleanup_free char *left =
            json_array_size(list) == 1 ? json_text(json_object_get(json_array_get(list, 0), "RepoTags")) : xstrdup("none");
        assert_string_equal(left, cases[i].left);
    }
}

static void importing_over_a_name_leaves_the_old_image_dangling(void **state)
{
    struct fixture *f = *state;
    char old[DIGEST_TEXT], new[DIGEST_TEXT], found[DIGEST_TEXT];
    fixture_image(f, "app", "one", old);
    fixture_image(f, "app", "two", new);
    assert_int_equal(image_find(f->store, "app", found, NULL, NULL), 0);
    assert_string_equal(found, new);
    assert_int_equal(image_count(f->store), 2);
}

struct users {
    bool used, running;
};

static bool in_use(const char *id, struct image_user *user, void *data)
{
    const struct users *users = data;
    (void)id;
    snprintf(user->container, sizeof user->container, "c0ffee123456789");
    user->running = users->running;
    return users->used;
}

/* "untagged app:1, deleted sha256:..": with ids shortened to their kind. */
static char *removed(struct fixture *f, const char *name, bool force, struct users users, struct error *err)
{
    cleanup_json json_t *records = image_remove(f->store, name, force, in_use, &users, err);
    struct buf out = BUF_INIT;
    size_t i;
    json_t *each;
    if (!records)
        return str_format("error %d", err->code);
    json_array_foreach(records, i, each)
    {
        const char *untagged = json_str(each, "Untagged", NULL);
        buf_printf(&out, "%s%s%s", i ? " " : "", untagged ? "-" : "deleted", str_or(untagged, ""));
    }
    return buf_take(&out);
}

#define assert_removed(f, name, force, used, running, wanted)                                                                      \
    do {                                                                                                                           \
        err = ERROR_INIT;                                                                                                          \
        cleanup_free char *got_ = removed(f, name, force, (struct users){used, running}, &err);                                    \
        assert_string_equal(got_, wanted);                                                                                         \
    } while (0)

static void the_last_name_takes_the_image_and_its_layer_along(void **state)
{
    struct fixture *f = *state;
    struct error err;
    char id[DIGEST_TEXT];
    fixture_image(f, "app:1", "one", id);
    assert_int_equal(image_tag(f->store, id, "app:2", NULL), 0);
    assert_removed(f, "app:1", false, false, false, "-app:1");
    assert_removed(f, "app:1", false, false, false, "error 2");
    assert_string_equal(err.message, "No such image: app:1");
    assert_removed(f, "app:2", false, false, false, "-app:2 deleted deleted");
    assert_store_empty(f);
    fixture_reopen(f);
    assert_store_empty(f);
}

static void an_image_in_use_is_kept(void **state)
{
    struct fixture *f = *state;
    struct error err;
    char id[DIGEST_TEXT];
    struct rootfs rootfs;
    fixture_image(f, "app", "one", id);
    assert_int_equal(rootfs_create(f->store, "c1", id, &rootfs, NULL), 0);
    rootfs_clear(&rootfs);
    assert_removed(f, "app", false, true, false, "error 16");
    cleanup_free char *wanted =
        str_format("conflict: unable to remove repository reference \"app\" (must force) - container c0ffee123456 is "
                   "using its referenced image %.12s",
                   id + 7);
    assert_string_equal(err.message, wanted);
    assert_removed(f, id, true, true, true, "error 16");
    cleanup_free char *hard =
        str_format("conflict: unable to delete %.12s (cannot be forced) - image is being used by running container "
                   "c0ffee123456",
                   id + 7);
    assert_string_equal(err.message, hard);
    assert_removed(f, id, false, true, false, "error 16");
    /* By force the image goes, but a stopped container keeps the layer until it goes itself. */
    assert_removed(f, "app", true, true, false, "-app:latest deleted");
    assert_int_equal(image_count(f->store), 0);
    assert_int_equal(rootfs_open(f->store, "c1", &rootfs, NULL), 0);
    cleanup_free char *tool = path_join(rootfs.lower[1], "bin/true");
    assert_true(path_exists(tool));
    rootfs_clear(&rootfs);
    fixture_reopen(f);
    assert_true(path_exists(tool));
    assert_int_equal(rootfs_remove(f->store, "c1", NULL), 0);
    assert_store_empty(f);
}

static void a_running_container_loses_only_the_name(void **state)
{
    struct fixture *f = *state;
    struct error err;
    char id[DIGEST_TEXT];
    fixture_image(f, "app", "one", id);
    assert_removed(f, "app", true, true, true, "-app:latest");
    assert_int_equal(image_count(f->store), 1);
}

static void an_id_with_several_names_needs_force(void **state)
{
    struct fixture *f = *state;
    struct error err;
    char id[DIGEST_TEXT];
    fixture_image(f, "a", "one", id);
    assert_int_equal(image_tag(f->store, "a", "b", NULL), 0);
    assert_removed(f, id, false, false, false, "error 16");
    cleanup_free char *wanted =
        str_format("conflict: unable to delete %.12s (must be forced) - image is referenced in multiple repositories", id + 7);
    assert_string_equal(err.message, wanted);
    assert_removed(f, id, true, false, false, "-a:latest -b:latest deleted deleted");
    assert_store_empty(f);
}

static void tags_are_checked(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT];
    fixture_image(f, "a", "one", id);
    assert_int_equal(image_tag(f->store, "nope", "x:y", &err), -ENOENT);
    assert_string_equal(err.message, "No such image: nope:latest");
    assert_int_equal(image_tag(f->store, "a", "B", &err), -EINVAL);
    assert_int_equal(image_tag(f->store, "a", "sha256", &err), -EINVAL);
    assert_string_equal(err.message, "refusing to create an ambiguous tag using digest algorithm as name");
    assert_int_equal(image_tag(f->store, "a", "scratch", &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
        cmocka_unit_test(references_are_normalised),
        cmocka_unit_test(bad_references_are_refused_in_dockers_words),
        TEST(an_image_is_found_by_name_id_and_prefix),
        TEST(the_answers_have_dockers_shapes),
        TEST(a_list_is_narrowed_to_the_names_that_match),
        TEST(importing_over_a_name_leaves_the_old_image_dangling),
        TEST(the_last_name_takes_the_image_and_its_layer_along),
        TEST(an_image_in_use_is_kept),
        TEST(a_running_container_loses_only_the_name),
        TEST(an_id_with_several_names_needs_force),
        TEST(tags_are_checked),
    };
    if (geteuid() != 0) {
        puts("skip - the image store needs root");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
