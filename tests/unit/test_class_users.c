/* Names of users and groups as numbers, whoever else asks at the same time. */
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_commands.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_user_is_a_number_or_a_name_of_this_machine(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    uint32_t uid;
    assert_int_equal(class_user("61039", &uid, &err), 0);
    assert_int_equal(uid, 61039);
    assert_int_equal(class_user("root", &uid, &err), 0);
    assert_int_equal(uid, 0);
    static const char *const nobodies[] = {"", "no-such-user", "-1", "4294967295"};
    for (size_t i = 0; i < ARRAY_LEN(nobodies); i++) {
        assert_int_equal(class_user(nobodies[i], &uid, &err), -ENOENT);
        assert_non_null(strstr(err.message, "there is no user"));
    }
}

static void a_group_has_a_number_and_a_list(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    cleanup_strv char **members = NULL;
    gid_t gid = 1;
    assert_int_equal(class_group("root", &gid, &members, &err), 0);
    assert_int_equal(gid, 0);
    assert_int_equal(class_group("no-such-group", &gid, &members, &err), -ENOENT);
    assert_string_equal(err.message, "there is no group no-such-group");
}

struct asking {
    const char *user;
    uint32_t uid;
    atomic_int wrong;
};

static void *ask_often(void *data)
{
    struct asking *asking = data;
    struct error err = ERROR_INIT;
    for (int i = 0; i < 2000; i++) {
        uint32_t uid;
        asking->wrong += class_user(asking->user, &uid, &err) < 0 || uid != asking->uid;
    }
    return NULL;
}

/* As a form is checked while a student is erased. */
static void two_who_ask_at_once_each_get_their_own_answer(void **state)
{
    (void)state;
    struct asking asking[2] = {{.user = "root", .uid = 0}, {.user = "daemon"}};
    pthread_t threads[2];
    struct error err = ERROR_INIT;
    assert_int_equal(class_user("daemon", &asking[1].uid, &err), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &asking[i]), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(asking[i].wrong, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_is_a_number_or_a_name_of_this_machine),
        cmocka_unit_test(a_group_has_a_number_and_a_list),
        cmocka_unit_test(two_who_ask_at_once_each_get_their_own_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
