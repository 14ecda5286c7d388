/* Seccomp profiles in Docker's form: what is resolved for whom, and dockerd's sentence for each thing that is wrong. */
#include "base/json.h"
#include "base/json_syntax.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/seccomp.h"
#include "runtime/defaults.h"
#include "runtime/seccomp_profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static json_t *resolve(const char *text, const char *capabilities)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *list = json_loads(capabilities, 0, NULL);
    json_t *profile = runtime_seccomp_profile(text, list, &err);
    if (!profile)
        fail_msg("%s", err.message);
    return profile;
}

static void assert_resolves(const char *text, const char *capabilities, const char *expected)
{
    cleanup_json json_t *profile = resolve(text, capabilities), *wanted = json_loads(expected, JSON_DECODE_ANY, NULL);
    cleanup_free char *got = json_dumps(profile, JSON_COMPACT | JSON_ENCODE_ANY);
    assert_non_null(wanted);
    if (!json_equal(profile, wanted))
        fail_msg("%s\nbecame %s", text, got);
}

#define ALLOW      "{\"defaultAction\":\"SCMP_ACT_ALLOW\","
#define CALL(more) ALLOW "\"syscalls\":[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_ERRNO\"" more "}]}"
#define KEPT       ALLOW "\"architectures\":[],\"syscalls\":[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_ERRNO\"}]}"
#define GONE       ALLOW "\"architectures\":[],\"syscalls\":[]}"

static void rules_depend_on_capabilities(void **state)
{
    (void)state;
    assert_resolves(CALL(""), "[]", KEPT);
    assert_resolves(CALL(",\"includes\":{}"), "[]", KEPT);
    assert_resolves(CALL(",\"includes\":{\"caps\":[\"CAP_X\"]}"), "[]", GONE);
    assert_resolves(CALL(",\"includes\":{\"caps\":[\"CAP_X\"]}"), "[\"CAP_X\"]", KEPT);
    assert_resolves(CALL(",\"includes\":{\"caps\":[\"CAP_X\",\"CAP_Y\"]}"), "[\"CAP_X\"]", GONE);
    assert_resolves(CALL(",\"excludes\":{\"caps\":[\"CAP_X\",\"CAP_Y\"]}"), "[\"CAP_Y\"]", GONE);
    assert_resolves(CALL(",\"excludes\":{\"caps\":[\"CAP_X\"]}"), "[\"CAP_Y\"]", KEPT);
}

static void rules_depend_on_processor_and_kernel(void **state)
{
    (void)state;
    assert_resolves(CALL(",\"includes\":{\"arches\":[\"vax\"]}"), "[]", GONE);
    assert_resolves(CALL(",\"excludes\":{\"arches\":[\"vax\"]}"), "[]", KEPT);
    assert_resolves(CALL(",\"includes\":{\"arches\":[\"amd64\",\"arm64\"]}"), "[]", KEPT);
    assert_resolves(CALL(",\"excludes\":{\"arches\":[\"amd64\",\"arm64\"]}"), "[]", GONE);
    assert_resolves(CALL(",\"includes\":{\"minKernel\":\"4.8\"}"), "[]", KEPT);
    assert_resolves(CALL(",\"includes\":{\"minKernel\":\"400.8\"}"), "[]", GONE);
    assert_resolves(CALL(",\"excludes\":{\"minKernel\":\"4.8\"}"), "[]", GONE);
}

static void kernels_are_compared_by_number(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    assert_true(seccomp_kernel_reaches("4.8", "4.8.0", &err));
    assert_true(seccomp_kernel_reaches("4.8", "4.10", &err));
    assert_true(seccomp_kernel_reaches("4.8", "6.1.0-18-amd64", &err));
    assert_false(seccomp_kernel_reaches("4.8", "4.7.9", &err));
    assert_int_equal(err.code, 0);
    static const char *const bad[] = {"", "4", "4.", "x", "4.8.1", "4.8x", "0.0"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        err = ERROR_INIT;
        assert_false(seccomp_kernel_reaches(bad[i], "6.1", &err));
        assert_non_null(strstr(err.message, "invalid kernel version"));
    }
}

static void what_is_said_is_kept(void **state)
{
    (void)state;
    assert_resolves("{}", "[]", "null");
    assert_resolves(ALLOW "\"defaultErrnoRet\":5,\"architectures\":[\"SCMP_ARCH_X86\"]}", "[]",
                    ALLOW "\"defaultErrnoRet\":5,\"architectures\":[\"SCMP_ARCH_X86\"],\"syscalls\":[]}");
    assert_resolves(ALLOW "\"syscalls\":[{\"name\":\"old\",\"action\":\"A\",\"errnoRet\":38,\"args\":[],\"comment\":\"c\"}]}", "[]",
                    ALLOW
                    "\"architectures\":[],\"syscalls\":[{\"names\":[\"old\"],\"action\":\"A\",\"errnoRet\":38,\"args\":[]}]}");
}

/* Docker's own default, given as a profile, filters what ours does. */
static void a_resolved_profile_compiles(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct seccomp_program program = {0};
    cleanup_json json_t *profile = resolve(CALL(",\"args\":[{\"index\":1,\"value\":448,\"op\":\"SCMP_CMP_EQ\"}]"), "[]");
    assert_int_equal(seccomp_compile(profile, NULL, &program, &err), 0);
    assert_true(program.count > 3);
    seccomp_program_free(&program);
}

static void mistakes_are_told_as_dockerd_does(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"{not json", "Decoding seccomp profile failed: invalid character 'n' looking for beginning of object key string"},
        {"", "Decoding seccomp profile failed: unexpected end of JSON input"},
        {"[]", "json: cannot unmarshal array into Go value of type seccomp.Seccomp"},
        {"{\"defaultAction\":1}",
         "cannot unmarshal number into Go struct field Seccomp.defaultAction of type specs.LinuxSeccompAction"},
        {ALLOW "\"syscalls\":{}}", "cannot unmarshal object into Go struct field Seccomp.syscalls"},
        {ALLOW "\"syscalls\":[1]}", "Seccomp.syscalls"},
        {ALLOW "\"syscalls\":[{\"names\":\"a\"}]}",
         "cannot unmarshal string into Go struct field Syscall.syscalls.names of type []string"},
        {ALLOW "\"syscalls\":[{\"names\":[1]}]}", "Syscall.syscalls.names"},
        {ALLOW "\"syscalls\":[{\"args\":[{\"index\":-1}]}]}", "LinuxSeccompArg.syscalls.args.index"},
        {ALLOW "\"syscalls\":[{\"includes\":{\"caps\":1}}]}", "Filter.syscalls.caps"},
        {ALLOW "\"syscalls\":[{\"includes\":{\"minKernel\":\"x\"},\"names\":[\"a\"]}]}", "invalid kernel version: x"},
        {ALLOW "\"syscalls\":[{\"name\":\"a\",\"names\":[\"b\"]}]}", "'name' and 'names' were specified in the seccomp profile"},
        {ALLOW "\"architectures\":[\"A\"],\"archMap\":[{}]}",
         "'architectures' and 'archMap' were specified in the seccomp profile"},
    };
    cleanup_json json_t *none = json_array();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;
        json_t *profile = runtime_seccomp_profile(cases[i].text, none, &err);
        if (profile || !strstr(err.message, cases[i].message))
            fail_msg("%s: got \"%s\"", cases[i].text, err.message);
    }
}

static void names_that_the_kernel_cannot_know_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"{\"defaultAction\":\"NOPE\"}", "string NOPE is not a valid action for seccomp"},
        {ALLOW "\"architectures\":[\"SCMP_ARCH_VAX\"]}", "string SCMP_ARCH_VAX is not a valid arch for seccomp"},
        {CALL(",\"args\":[{\"index\":0,\"op\":\"NOPE\"}]"), "string NOPE is not a valid operator for seccomp"},
        {CALL(",\"args\":[{\"index\":6,\"op\":\"SCMP_CMP_EQ\"}]"), "argument index 6"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;
        struct seccomp_program program = {0};
        cleanup_json json_t *profile = json_loads(cases[i].text, 0, NULL);
        assert_true(seccomp_compile(profile, NULL, &program, &err) < 0);
        if (!strstr(err.message, cases[i].message))
            fail_msg("%s: got \"%s\"", cases[i].text, err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_depend_on_capabilities),
        cmocka_unit_test(rules_depend_on_processor_and_kernel),
        cmocka_unit_test(kernels_are_compared_by_number),
        cmocka_unit_test(what_is_said_is_kept),
        cmocka_unit_test(a_resolved_profile_compiles),
        cmocka_unit_test(mistakes_are_told_as_dockerd_does),
        cmocka_unit_test(names_that_the_kernel_cannot_know_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
