/* Privileges told: what a seccomp profile comes to call by call, and records of refused calls in the kernel's log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/seccomp_view.h"
#include "observe/denied.h"
#include "runtime/defaults.h"

#include <linux/seccomp.h>
#include <string.h>

static const char *answer(const json_t *view, const char *list, const char *call)
{
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(view, list), i, entry)
    {
        if (str_equal(json_str(entry, "name", ""), call))
            return json_str(entry, "answer", "");
    }
    return NULL;
}

static void the_default_profile_is_told_call_by_call(void **state)
{
    (void)state;
    cleanup_json json_t *profile = runtime_default_seccomp(NULL), *view = seccomp_view(profile);
    assert_string_equal(answer(view, "refused", "mount"), "EPERM");
    assert_string_equal(answer(view, "refused", "clone3"), "ENOSYS");
    assert_string_equal(answer(view, "conditional", "clone"), "EPERM");
    assert_null(answer(view, "refused", "read"));
    assert_null(answer(view, "conditional", "read"));
    assert_true(json_num(view, "allowed", 0) > 250);
    assert_string_equal(json_str(view, "newer", ""), "ENOSYS");
    assert_false(json_flag(view, "logged", true));
}

static void a_profile_that_allows_by_default_refuses_what_it_names(void **state)
{
    (void)state;
    static const char text[] =
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"],\"syscalls\":["
        "{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":13},"
        "{\"names\":[\"kill\"],\"action\":\"SCMP_ACT_KILL_PROCESS\"},"
        "{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":0,\"value\":2,\"op\":\"SCMP_CMP_EQ\"}]}]}";
    cleanup_json json_t *profile = json_parse(text, strlen(text), "test", NULL);
    cleanup_json json_t *view = seccomp_view(profile);
    assert_int_equal(json_array_size(json_object_get(view, "refused")), 2);
    assert_string_equal(answer(view, "refused", "mkdir"), "EACCES");
    assert_string_equal(answer(view, "refused", "kill"), "kill");
    assert_string_equal(answer(view, "conditional", "socket"), "EPERM");
    assert_true(json_is_null(json_object_get(view, "newer")));
    assert_true(json_flag(view, "logged", false));
}

static void no_profile_is_null(void **state)
{
    (void)state;
    cleanup_json json_t *view = seccomp_view(NULL);
    assert_true(json_is_null(view));
}

#define RECORD                                                                                                                     \
    "5,81953,6094513894,-;audit: type=1326 audit(1796058088.421:33): auid=4294967295 uid=0 gid=0 ses=4294967295 pid=20149 "

static void a_record_of_the_kernel_is_understood(void **state)
{
    (void)state;
    struct denied denied;
    assert_true(denied_parse(
        RECORD "comm=\"sh\" exe=\"/bin/busybox\" sig=0 arch=c000003e syscall=95 compat=0 ip=0x47b4f7 code=0x50000", &denied));
    assert_int_equal(denied.pid, 20149);
    assert_int_equal(denied.call, 95);
    assert_int_equal(denied.action, SECCOMP_RET_ERRNO);
    assert_string_equal(denied.command, "sh");
}

static void a_command_in_hexadecimal_is_decoded_without_control_characters(void **state)
{
    (void)state;
    struct denied denied;
    assert_true(
        denied_parse(RECORD "comm=61201B62 exe=\"/x\" sig=31 arch=c000003e syscall=83 compat=0 ip=0x0 code=0x80000000", &denied));
    assert_string_equal(denied.command, "a ?b");
    assert_true(denied.action == SECCOMP_RET_KILL_PROCESS);
}

static void records_that_the_kernel_did_not_write_or_that_say_something_else_are_left(void **state)
{
    (void)state;
    static const char *const records[] = {
        "",
        "5",
        ";audit: type=1326 pid=1 syscall=1 code=0x0",
        "12,1,1,-;audit: type=1326 audit(1:1): pid=1 comm=\"x\" syscall=1 code=0x50000", /* facility user */
        "5,1,1,-;audit: type=1300 audit(1:1): pid=1 comm=\"x\" syscall=1 code=0x50000",
        "5,1,1,-;audit: type=1326 audit(1:1): comm=\"x\" syscall=1 code=0x50000",
        "5,1,1,-;audit: type=1326 audit(1:1): pid=99999999999 comm=\"x\" syscall=1 code=0x50000",
        "5,1,1,-;audit: type=1326 audit(1:1): pid=1 comm=\"x\" syscall=-7 code=0x50000",
        "5,1,1,-;audit: type=1326 audit(1:1): pid=1 comm=",
    };
    struct denied denied;
    for (size_t i = 0; i < ARRAY_LEN(records); i++)
        if (denied_parse(records[i], &denied))
            fail_msg("taken for a refusal: %s", records[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_profile_is_told_call_by_call),
        cmocka_unit_test(a_profile_that_allows_by_default_refuses_what_it_names),
        cmocka_unit_test(no_profile_is_null),
        cmocka_unit_test(a_record_of_the_kernel_is_understood),
        cmocka_unit_test(a_command_in_hexadecimal_is_decoded_without_control_characters),
        cmocka_unit_test(records_that_the_kernel_did_not_write_or_that_say_something_else_are_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
