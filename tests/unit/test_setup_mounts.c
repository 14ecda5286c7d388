/* config.mounts as the runtime takes it apart (runtime-spec config.md#mounts): what each option is, what contradicts itself. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/setup.h"

#include <errno.h>
#include <linux/mount.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct taken {
    json_t *config;
    struct setup setup;
    struct error err;
    int rc;
};

static struct taken take(const char *mount, unsigned long fresh)
{
    struct taken taken = {.err = ERROR_INIT};
    char *text cleanup_free =
        str_format("{\"mounts\":[%s],\"linux\":{\"uidMappings\":[{\"containerID\":0,\"hostID\":7,\"size\":1}],"
                   "\"gidMappings\":[{\"containerID\":0,\"hostID\":8,\"size\":1}]}}",
                   mount);
    taken.config = json_loads(text, 0, NULL);
    assert_non_null(taken.config);
    taken.setup = (struct setup){.config = taken.config, .fresh = fresh, .user_namespace = fresh & CLONE_NEWUSER};
    setup_none(&taken.setup);
    taken.rc = setup_mounts(&taken.setup, "/bundle", &taken.err);
    return taken;
}

static void drop(struct taken *taken)
{
    setup_free(&taken->setup);
    json_decref(taken->config);
}

static void words_of_the_runtime_are_no_options_of_the_mount(void **state)
{
    (void)state;
    static const struct {
        const char *word, *type;
        size_t flag;
    } rows[] = {
        {"remount", "tmpfs", offsetof(struct setup_mount, remount)},
        {"tmpcopyup", "tmpfs", offsetof(struct setup_mount, copy_up)},
        {"idmap", "bind", offsetof(struct setup_mount, idmap)},
        {"ridmap", "bind", offsetof(struct setup_mount, ridmap)},
        {"copy-symlink", "bind", offsetof(struct setup_mount, copy_link)},
        {"src-nofollow", "bind", offsetof(struct setup_mount, source_nofollow)},
        {"dest-nofollow", "bind", offsetof(struct setup_mount, destination_nofollow)},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char *mount cleanup_free =
            str_format("{\"destination\":\"/x\",\"type\":\"%s\",\"source\":\"/s\",\"options\":[\"nosuid\",\"%s\"]}", rows[i].type,
                       rows[i].word);
        struct taken taken = take(mount, CLONE_NEWUSER);
        char *shown cleanup_free = str_format("nosuid,%s", rows[i].word);
        assert_int_equal(taken.rc, 0);
        assert_true(*(bool *)((char *)taken.setup.mounts + rows[i].flag));
        assert_null(taken.setup.mounts->options.data);
        assert_true(taken.setup.mounts->options.set == MOUNT_ATTR_NOSUID);
        assert_string_equal(taken.setup.mounts->options.as_given, shown);
        drop(&taken);
    }
    for (int i = 0; runtime_mount_option_name(i); i++)
        assert_true(i < (int)ARRAY_LEN(rows)); /* a new word wants a row */
}

static void a_bind_mount_is_known_by_its_option_or_its_type(void **state)
{
    (void)state;
    static const struct {
        const char *type, *options;
        bool bind, recursive;
    } rows[] = {
        {"bind", "", true, true},
        {"bind", "\"bind\"", true, false},
        {"none", "\"rbind\"", true, true},
        {"none", "\"bind\"", true, false},
        {"tmpfs", "", false, false},
        {"bind", "\"rbind\",\"bind\"", true, true},
        {"bind", "\"remount\"", false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char *mount cleanup_free = str_format("{\"destination\":\"/x\",\"type\":\"%s\",\"source\":\"here\",\"options\":[%s]}",
                                              rows[i].type, rows[i].options);
        struct taken taken = take(mount, 0);
        assert_int_equal(taken.rc, 0);
        assert_int_equal(taken.setup.mounts->options.bind, rows[i].bind);
        assert_int_equal(taken.setup.mounts->options.recursive_bind, rows[i].recursive);
        assert_string_equal(taken.setup.mounts->from, "/bundle/here");
        drop(&taken);
    }
}

static void owners_are_mapped_as_the_mount_says_or_as_the_container(void **state)
{
    (void)state;
    static const char own[] = "{\"destination\":\"/x\",\"source\":\"/s\",\"options\":[\"bind\"],"
                              "\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":2}],"
                              "\"gidMappings\":[{\"containerID\":0,\"hostID\":3,\"size\":4}]}";
    struct taken taken = take(own, CLONE_NEWUSER);
    assert_int_equal(taken.rc, 0);
    assert_true(taken.setup.mounts->idmap && !taken.setup.mounts->ridmap);
    assert_int_equal(json_num(json_array_get(taken.setup.mounts->uids, 0), "hostID", 0), 1);
    assert_int_equal(json_num(json_array_get(taken.setup.mounts->gids, 0), "hostID", 0), 3);
    drop(&taken);
    taken = take("{\"destination\":\"/x\",\"source\":\"/s\",\"options\":[\"bind\",\"ridmap\"]}", CLONE_NEWUSER);
    assert_int_equal(taken.rc, 0);
    assert_true(taken.setup.mounts->ridmap && !taken.setup.mounts->idmap);
    assert_int_equal(json_num(json_array_get(taken.setup.mounts->uids, 0), "hostID", 0), 7);
    assert_int_equal(json_num(json_array_get(taken.setup.mounts->gids, 0), "hostID", 0), 8);
    drop(&taken);
}

static void what_contradicts_itself_is_refused_with_the_reason(void **state)
{
    (void)state;
    static const struct {
        const char *mount, *why;
    } rows[] = {
        {"{\"type\":\"tmpfs\"}", "mounts[0]: no destination"},
        {"7", "mounts[0]: no destination"},
        {"{\"destination\":\"/x\"}", "mount on /x: neither a type nor \"bind\""},
        {"{\"destination\":\"/x\",\"type\":\"bind\"}", "mount on /x: a bind mount needs a source"},
        {"{\"destination\":\"/x\",\"type\":\"proc\",\"options\":[\"tmpcopyup\"]}", "mount on /x: \"tmpcopyup\" is for a tmpfs"},
        {"{\"destination\":\"/x\",\"type\":\"tmpfs\",\"options\":[\"copy-symlink\"]}",
         "mount on /x: \"copy-symlink\" is for bind mounts"},
        {"{\"destination\":\"/x\",\"type\":\"tmpfs\",\"options\":[\"src-nofollow\"]}",
         "mount on /x: \"src-nofollow\" is for bind mounts"},
        {"{\"destination\":\"/x\",\"type\":\"tmpfs\",\"options\":{}}", "mount on /x: options is no list"},
        {"{\"destination\":\"/x\",\"type\":\"tmpfs\",\"options\":[[]]}", "mount on /x: options[0] is no text"},
        {"{\"destination\":\"/x\",\"source\":\"/s\",\"options\":[\"bind\",\"idmap\"]}",
         "mount on /x: idmap without uidMappings and gidMappings needs a user namespace of the container"},
        {"{\"destination\":\"/x\",\"source\":\"/s\",\"options\":[\"bind\"],\"gidMappings\":[{}]}",
         "mount on /x: uidMappings and gidMappings are needed together"},
        {"{\"destination\":\"/x\",\"source\":\"/s\",\"options\":[\"bind\"],\"uidMappings\":[7],\"gidMappings\":[{}]}",
         "mount on /x: uidMappings[0] needs containerID, hostID and size"},
        {"{\"destination\":\"/x\",\"source\":\"/s\",\"options\":[\"bind\"],\"uidMappings\":[{\"containerID\":0,\"hostID\":0,"
         "\"size\":4294967296}],\"gidMappings\":[{}]}",
         "mount on /x: uidMappings[0] needs containerID, hostID and size"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct taken taken = take(rows[i].mount, 0);
        assert_int_equal(taken.rc, -EINVAL);
        assert_string_equal(taken.err.message, rows[i].why);
        drop(&taken);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_the_runtime_are_no_options_of_the_mount),
        cmocka_unit_test(a_bind_mount_is_known_by_its_option_or_its_type),
        cmocka_unit_test(owners_are_mapped_as_the_mount_says_or_as_the_container),
        cmocka_unit_test(what_contradicts_itself_is_refused_with_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
