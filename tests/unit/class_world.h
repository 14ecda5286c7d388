/* A school's database in a temporary directory with a clock that tests turn, for the tests of slipway-classd. */
#ifndef SLIPWAY_TESTS_CLASS_WORLD_H
#define SLIPWAY_TESTS_CLASS_WORLD_H

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/requests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct class_world {
    char dir[64];
    char *db;
    struct store store;
};

static struct time_now class_now = {.real_ms = 1700000000000, .boot_ms = 5000000, .boot_id = "boot-one"};

static void class_time(struct time_now *out) { *out = class_now; }

__attribute__((unused)) static void class_pass(int64_t ms)
{
    class_now.real_ms += ms;
    class_now.boot_ms += ms;
}

static void class_open(struct class_world *world)
{
    struct error err = ERROR_INIT;
    if (store_open(&world->store, world->db, &err) < 0)
        fail_msg("%s", err.message);
    world->store.time = class_time;
}

static int class_setup(void **state)
{
    struct class_world *world = xcalloc(1, sizeof *world);
    strcpy(world->dir, "/tmp/test_class-XXXXXX");
    if (!mkdtemp(world->dir))
        return -1;
    world->db = path_join(world->dir, "class.db");
    class_open(world);
    *state = world;
    return 0;
}

static int class_teardown(void **state)
{
    struct class_world *world = *state;
    if (world->store.db)
        store_close(&world->store);
    path_remove_tree(world->dir, NULL);
    free(world->db);
    free(world);
    return 0;
}

/* One request of `uid` in a transaction of its own; the reply is the caller's. `request` is consumed. */
__attribute__((unused)) static json_t *class_ask_as(struct class_world *world, uid_t uid, json_t *request)
{
    struct error err = ERROR_INIT;
    cleanup_free char *text = json_text(request);
    json_decref(request);
    assert_int_equal(store_begin(&world->store, &err), 0);
    json_t *reply = request_serve(&world->store, uid, 4242, text, strlen(text));
    if (store_commit(&world->store, &err) < 0)
        fail_msg("%s", err.message);
    return reply;
}

__attribute__((unused)) static json_t *class_ask(struct class_world *world, json_t *request)
{
    return class_ask_as(world, 1000, request);
}

/* The same for what has to succeed. */
__attribute__((unused)) static json_t *class_get(struct class_world *world, json_t *request)
{
    json_t *reply = class_ask(world, request);
    if (!json_flag(reply, "ok", false))
        fail_msg("%s", json_str(reply, "error", "?"));
    return reply;
}

__attribute__((unused)) static void class_bank(struct class_world *world, const char *text)
{
    cleanup_free char *path = path_join(world->dir, "bank.md");
    struct error err = ERROR_INIT;
    if (file_write(path, text, strlen(text), 0600, &err) < 0)
        fail_msg("%s", err.message);
    json_decref(class_get(world, json_pack("{s:s,s:s}", "op", "bank.import", "path", path)));
}

#endif
