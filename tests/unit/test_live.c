/* Following an upper layer that the kernel writes through a real overlay: what is told, from which layer, and when it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "observe/live.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

struct world {
    char root[64];
    char *lowers[3]; /* top first */
    char *upper, *merged;
    struct live *live;
};

static void run(const struct world *world, const char *command)
{
    cleanup_free char *line = str_format("cd %s && %s", world->merged, command);
    assert_int_equal(system(line), 0);
}

static int setup(void **state)
{
    struct world *world = xcalloc(1, sizeof *world);
    strcpy(world->root, "/tmp/slt-live-XXXXXX");
    *state = world;
    if (!mkdtemp(world->root) || unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return -1;
    cleanup_free char *make = str_format("cd %s && mkdir -p one/etc one/deep/er two/etc up work all && echo 1 >one/etc/a && "
                                         "echo 22 >two/etc/b && echo x >one/deep/er/f",
                                         world->root);
    if (system(make) != 0)
        return -1;
    world->lowers[0] = path_join(world->root, "two");
    world->lowers[1] = path_join(world->root, "one");
    world->upper = path_join(world->root, "up");
    world->merged = path_join(world->root, "all");
    cleanup_free char *options =
        str_format("lowerdir=%s:%s,upperdir=%s,workdir=%s/work", world->lowers[0], world->lowers[1], world->upper, world->root);
    return mount("overlay", world->merged, "overlay", 0, options);
}

static int teardown(void **state)
{
    struct world *world = *state;
    live_free(world->live);
    umount2(world->merged, MNT_DETACH);
    path_remove_tree(world->root, NULL);
    free(world->lowers[0]);
    free(world->lowers[1]);
    free(world->upper);
    free(world->merged);
    free(world);
    return 0;
}

static void follow(struct world *world)
{
    struct error err = ERROR_INIT;
    world->live = live_open((const char *const *)world->lowers, world->upper, &err);
    if (!world->live)
        fail_msg("%s", err.message);
}

/* The next change of this path, however long it takes (half a minute is for ever). */
static json_t *news_of(struct world *world, const char *kind, const char *path)
{
    for (int i = 0; i < 600; i++) {
        struct pollfd fd = {.fd = live_fd(world->live), .events = POLLIN};
        int timeout = live_timeout_ms(world->live);
        poll(&fd, 1, timeout < 0 || timeout > 50 ? 50 : timeout);
        cleanup_json json_t *changes = live_read(world->live);
        size_t at;
        json_t *change;
        json_array_foreach(changes, at, change)
        {
            if (str_equal(json_str(change, "path", ""), path) && str_equal(json_str(change, "kind", ""), kind))
                return json_incref(change);
        }
    }
    fail_msg("nobody told of %s %s", kind, path);
    return NULL;
}

static void a_copy_up_is_told_with_its_layer(void **state)
{
    follow(*state);
    run(*state, "echo more >>etc/a && echo more >>etc/b");
    cleanup_json json_t *a = news_of(*state, "C", "/etc/a");
    assert_int_equal(json_num(a, "from", -1), 1);
    assert_int_equal(json_num(a, "was", -1), 2);
    assert_int_equal(json_num(a, "size", -1), 7);
    assert_true(json_flag(a, "copied_up", false));
    run(*state, "chmod 600 etc/b");
    cleanup_json json_t *b = news_of(*state, "C", "/etc/b");
    assert_int_equal(json_num(b, "from", -1), 2);
}

static void what_is_new_what_goes_and_what_comes_back(void **state)
{
    follow(*state);
    run(*state, "mkdir -p new/deep && echo x >new/deep/file && rm etc/a");
    cleanup_json json_t *file = news_of(*state, "A", "/new/deep/file");
    assert_null(json_object_get(file, "from"));
    run(*state, "mv new old");
    cleanup_json json_t *moved = news_of(*state, "A", "/old/deep/file");
    run(*state, "echo y >>old/deep/file"); /* the directory is watched under its new name */
    cleanup_json json_t *again = news_of(*state, "A", "/old/deep/file");
    assert_int_equal(json_num(again, "size", -1), 4);
    run(*state, "rm -r old");
    cleanup_json json_t *gone = news_of(*state, "-", "/old");
}

static void a_deleted_file_is_told_with_its_layer(void **state)
{
    follow(*state);
    run(*state, "rm deep/er/f");
    cleanup_json json_t *change = news_of(*state, "D", "/deep/er/f");
    assert_int_equal(json_num(change, "from", -1), 1);
    assert_false(json_flag(change, "copied_up", true));
}

static void nothing_is_told_while_nothing_happens(void **state)
{
    struct world *world = *state;
    follow(world);
    struct pollfd fd = {.fd = live_fd(world->live), .events = POLLIN};
    run(world, "cat etc/a >/dev/null && ls -lR >/dev/null");
    assert_int_equal(live_timeout_ms(world->live), -1);
    assert_int_equal(poll(&fd, 1, 100), 0);
}

static void too_much_at_once_asks_for_a_look_at_the_whole(void **state)
{
    struct world *world = *state;
    follow(world);
    run(world, "mkdir many && cd many && for i in $(seq 3000); do : >$i; done");
    cleanup_json json_t *changes = live_read(world->live);
    assert_null(changes);
    run(world, "echo z >after");
    cleanup_json json_t *after = news_of(world, "A", "/after");
}

static void directories_without_a_watch_are_walked(void **state)
{
    struct world *world = *state;
    cleanup_free char *make = str_format("cd %s && seq %d | sed s,^,many/, | xargs mkdir -p", world->upper, LIVE_WATCHES_MOST + 50);
    assert_int_equal(system(make), 0);
    follow(world);
    assert_false(live_watched(world->live));
    for (int i = 1; i <= LIVE_WATCHES_MOST + 50; i += LIVE_WATCHES_MOST / 4) {
        cleanup_free char *path = str_format("/many/%d/here", i), *command = str_format("echo 1 >.%s", path);
        run(world, command);
        cleanup_json json_t *change = news_of(world, "A", path);
    }
}

static void it_ends_with_the_layer(void **state)
{
    struct world *world = *state;
    follow(world);
    assert_false(live_gone(world->live));
    umount2(world->merged, MNT_DETACH);
    assert_int_equal(path_remove_tree(world->upper, NULL), 0);
    for (int i = 0; i < 600 && !live_gone(world->live); i++) {
        cleanup_json json_t *changes = live_read(world->live);
    }
    assert_true(live_gone(world->live));
}

static void followers_are_bounded(void **state)
{
    struct world *world = *state;
    struct error err = ERROR_INIT;
    struct live *all[LIVE_FOLLOWERS_MOST] = {NULL};
    int count = 0;
    while (count < LIVE_FOLLOWERS_MOST && (all[count] = live_open((const char *const *)world->lowers, world->upper, &err)))
        count++;
    bool refused = count < LIVE_FOLLOWERS_MOST || !live_open((const char *const *)world->lowers, world->upper, &err);
    while (count)
        live_free(all[--count]);
    assert_true(refused);
    follow(world); /* and there is room again */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_copy_up_is_told_with_its_layer),
        TEST(what_is_new_what_goes_and_what_comes_back),
        TEST(a_deleted_file_is_told_with_its_layer),
        TEST(nothing_is_told_while_nothing_happens),
        TEST(too_much_at_once_asks_for_a_look_at_the_whole),
        TEST(directories_without_a_watch_are_walked),
        TEST(it_ends_with_the_layer),
        TEST(followers_are_bounded),
    };
    if (geteuid() != 0) {
        puts("skip - mounting an overlay needs root");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
