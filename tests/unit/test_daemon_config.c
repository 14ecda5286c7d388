/* What a client asks for, completed and checked: defaults, merging with the image, Docker's sentences for what is wrong. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/config.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static json_t *parse(const char *text)
{
    json_t *doc = json_loads(text, 0, NULL);
    assert_non_null(doc);
    return doc;
}

static json_t *config_of(const char *given, const char *image)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *request = parse(given), *defaults = parse(image);
    json_t *config = config_complete(request, defaults, &err);
    if (!config)
        fail_msg("%s", err.message);
    return config;
}

static void assert_same(json_t *value, const char *expected)
{
    cleanup_json json_t *wanted = json_loads(expected, JSON_DECODE_ANY, NULL);
    if (!json_equal(value, wanted))
        fail_msg("got %s, wanted %s", json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT), expected);
}

static void the_image_fills_in_what_was_not_said(void **state)
{
    (void)state;
    cleanup_json json_t *config =
        config_of("{\"Image\":\"x\"}", "{\"config\":{\"Cmd\":[\"sh\"],\"Env\":[\"A=1\"],\"WorkingDir\":\"/w\",\"User\":\"u\"}}");
    assert_same(json_object_get(config, "Cmd"), "[\"sh\"]");
    assert_same(json_object_get(config, "Env"), "[\"A=1\"]");
    assert_string_equal(json_str(config, "WorkingDir", ""), "/w");
    assert_string_equal(json_str(config, "User", ""), "u");
}

static void the_users_environment_wins_and_comes_first(void **state)
{
    (void)state;
    cleanup_json json_t *config =
        config_of("{\"Cmd\":[\"x\"],\"Env\":[\"B=2\",\"A=9\"]}", "{\"config\":{\"Env\":[\"A=1\",\"C=3\"]}}");
    assert_same(json_object_get(config, "Env"), "[\"B=2\",\"A=9\",\"C=3\"]");
}

static void an_entrypoint_of_ones_own_drops_the_images_command(void **state)
{
    (void)state;
    cleanup_json json_t *config = config_of("{\"Entrypoint\":[\"e\"]}", "{\"config\":{\"Entrypoint\":[\"i\"],\"Cmd\":[\"c\"]}}");
    const char *path;
    cleanup_json json_t *args = NULL;
    config_command(config, &path, &args);
    assert_string_equal(path, "e");
    assert_int_equal(json_array_size(args), 0);
}

static void a_command_goes_behind_the_images_entrypoint(void **state)
{
    (void)state;
    cleanup_json json_t *config = config_of("{\"Cmd\":[\"a\",\"b\"]}", "{\"config\":{\"Entrypoint\":[\"i\"],\"Cmd\":[\"c\"]}}");
    const char *path;
    cleanup_json json_t *args = NULL;
    config_command(config, &path, &args);
    assert_string_equal(path, "i");
    assert_same(args, "[\"a\",\"b\"]");
}

static void an_empty_entrypoint_takes_the_images_away(void **state)
{
    (void)state;
    cleanup_json json_t *config = config_of("{\"Entrypoint\":[\"\"],\"Cmd\":[\"a\"]}", "{\"config\":{\"Entrypoint\":[\"i\"]}}");
    const char *path;
    cleanup_json json_t *args = NULL;
    config_command(config, &path, &args);
    assert_string_equal(path, "a");
}

static void nothing_to_run_is_an_error(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    cleanup_json json_t *nothing = parse("{}");
    assert_null(config_complete(nothing, nothing, &err));
    assert_string_equal(err.message, "No command specified");
}

static void host_config_gets_dockers_defaults(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    cleanup_json json_t *given = parse("{\"Memory\":33554432,\"PidsLimit\":0,\"MemorySwappiness\":-1}");
    cleanup_json json_t *host = host_config_complete(given, &err);
    assert_int_equal(json_num(host, "MemorySwap", 0), 67108864);
    assert_int_equal(json_num(host, "ShmSize", 0), 67108864);
    assert_string_equal(json_str(host, "LogConfig.Type", ""), "json-file");
    assert_string_equal(json_str(host, "NetworkMode", ""), "default");
    assert_true(json_is_null(json_object_get(host, "PidsLimit")));
    assert_true(json_is_null(json_object_get(host, "MemorySwappiness")));
    assert_true(json_array_size(json_object_get(host, "MaskedPaths")) > 5);
}

static void a_wrong_type_is_named(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    cleanup_json json_t *given = parse("{\"Memory\":\"lots\"}");
    assert_null(host_config_complete(given, &err));
    assert_int_equal(err.code, EINVAL);
    assert_non_null(strstr(err.message, "HostConfig.Memory"));
}

static void signals_have_names_and_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int number;
    } cases[] = {{"SIGTERM", SIGTERM}, {"term", SIGTERM}, {"KILL", SIGKILL}, {"9", 9},         {"0", 0}, {"65", 0}, {"-1", 0},
                 {"NOSUCH", 0},        {"", 0},           {"SIG", 0},        {"USR1", SIGUSR1}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(signal_number(cases[i].text), cases[i].number);
    assert_int_equal(signal_number("RTMIN+1"), SIGRTMIN + 1);
}

static void cpusets_are_read_strictly(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    static const char *const bad[] = {"a", "0-", "-1", "1-0", "0,,1", "0,", "99999"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(cpuset_check(bad[i], "cpus", "/sys/devices/system/cpu/online", &err), -EINVAL);
    assert_int_equal(cpuset_check("0", "cpus", "/sys/devices/system/cpu/online", &err), 0);
    assert_int_equal(cpuset_check("", "cpus", "/sys/devices/system/cpu/online", &err), 0);
}

static void options_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *host, *message;
    } cases[] = {
        {"{\"Memory\":4}", "Minimum memory limit allowed is 6MB"},
        {"{\"KernelMemory\":4}", "Minimum kernel memory limit allowed is 6MB"},
        {"{\"MemorySwap\":1}", "You should always set the Memory limit when using Memoryswap limit, see usage"},
        {"{\"CpuPeriod\":10}", "CPU cfs period can not be less than 1ms"},
        {"{\"NanoCpus\":1000000,\"CpuQuota\":5000}", "Nano CPUs and CPU Quota cannot both be set"},
        {"{\"BlkioWeight\":9}", "Range of blkio weight is from 10 to 1000"},
        {"{\"IOMaximumIOps\":9}", "linux does not support configuration of maximum IOPs"},
        {"{\"CapAdd\":[\"x\"]}", "invalid CapAdd: unknown capability: \"CAP_X\""},
        {"{\"CapDrop\":[\"CAP_x\"]}", "invalid CapDrop: unknown capability: \"CAP_X\""},
        {"{\"SecurityOpt\":[\"x\"]}", "invalid --security-opt 1: \"x\""},
        {"{\"SecurityOpt\":[\"x:y\"]}", "invalid --security-opt 2: \"x:y\""},
        {"{\"SecurityOpt\":[\"no-new-privileges:y\"]}", "invalid --security-opt 2"},
        {"{\"DeviceCgroupRules\":[\"c 1:5\"]}", "invalid device cgroup rule format: 'c 1:5'"},
        {"{\"DeviceRequests\":[{\"Capabilities\":[[\"gpu\",\"x\"]]}]}",
         "could not select device driver \"\" with capabilities: [[gpu x]]"},
        {"{\"Runtime\":\"x\"}", "Unknown runtime specified x"},
        {"{\"PortBindings\":{\"x\":[]}}", "invalid port specification: \"x\""},
        {"{\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"x\"}]}}", "invalid port specification: \"x\""},
        {"{\"NetworkMode\":\"container:\"}", "invalid container format container:<name|id>"},
        {"{\"NetworkMode\":\"container:a\",\"PublishAllPorts\":true}", "port publishing and the container type network mode"},
    };
    cleanup_json json_t *config = config_of("{\"Cmd\":[\"a\"]}", "{}");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;
        cleanup_json json_t *given = parse(cases[i].host), *host = host_config_complete(given, &err);
        assert_non_null(host);
        if (config_check(config, host, &err) == 0 || !strstr(err.message, cases[i].message))
            fail_msg("%s: got \"%s\"", cases[i].host, err.message);
    }
}

static void device_rules_have_one_form(void **state)
{
    (void)state;
    static const char *const good[] = {"c 1:5 rwm", "b *:* r", "a 7:* m"}, *const bad[] = {
                                                                               "",        "c",        "c 1:5",
                                                                               "x 1:5 r", "c 1:5 x",  "c 1:5 rwmr",
                                                                               "c 1: r",  "c 1:5  r", "c 11111111111:5 r"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(device_rule_valid(good[i]));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(device_rule_valid(bad[i]));
}

static void the_last_security_option_counts(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct security security;
    cleanup_json json_t *host =
        parse("{\"SecurityOpt\":[\"no-new-privileges\",\"seccomp=a\",\"seccomp:unconfined\",\"label:disable\","
              "\"apparmor=unconfined\",\"no-new-privileges=false\"]}");
    assert_int_equal(security_parse(host, &security, &err), 0);
    assert_false(security.no_new_privileges);
    assert_string_equal(security.seccomp, "unconfined");
    assert_string_equal(security.apparmor, "unconfined");
}

static void working_directories_are_cleaned(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"/a/../b/", "/b"}, {"/../..", "/"}, {"/a//./b", "/a/b"}, {"/", "/"}, {"rel/..", "rel/.."}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *given = str_format("{\"Cmd\":[\"a\"],\"WorkingDir\":\"%s\"}", cases[i][0]);
        cleanup_json json_t *config = config_of(given, "{}");
        assert_string_equal(json_str(config, "WorkingDir", ""), cases[i][1]);
    }
}

static json_t *mounts_of(const char *host, struct error *err)
{
    cleanup_json json_t *config = parse("{}"), *host_config = parse(host);
    return mounts_parse(config, host_config, err);
}

static void binds_and_volumes_are_told_apart(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    cleanup_json json_t *mounts = mounts_of("{\"Binds\":[\"/h:/c//d/../e:ro\",\"vol:/v\"]}", &err);
    json_t *bind = json_object_get(mounts, "/c/e"), *volume = json_object_get(mounts, "/v");
    assert_string_equal(json_str(bind, "Type", ""), "bind");
    assert_false(json_flag(bind, "RW", true));
    assert_string_equal(json_str(volume, "Type", ""), "volume");
    assert_string_equal(json_str(volume, "Name", ""), "vol");
}

static void mounts_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *host, *message;
    } cases[] = {
        {"{\"Binds\":[\"/a:ro\"]}", "invalid volume specification: '/a:ro'"},
        {"{\"Binds\":[\"a:b:c:d\"]}", "invalid volume specification"},
        {"{\"Binds\":[\"/a:/b:ro,rw\"]}", "invalid mode: ro,rw"},
        {"{\"Mounts\":[{\"Type\":\"tmpfs\",\"Target\":\"/x\",\"Source\":\"/y\"}]}", "field Source must not be specified"},
        {"{\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/x\",\"ReadOnly\":true}]}",
         "must not set ReadOnly mode when using anonymous volumes"},
        {"{\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/x\",\"BindOptions\":{}}]}", "field BindOptions must not be specified"},
        {"{\"Mounts\":[{\"Type\":\"bind\",\"Target\":\"/x\",\"Source\":\"/\",\"BindOptions\":{\"Propagation\":\"odd\"}}]}",
         "invalid propagation mode: odd"},
        {"{\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"\"}]}", "field Target must not be empty"},
        {"{\"Tmpfs\":{\"/x\":\"exec,bogus=1\"}}", "Invalid tmpfs option [\"bogus\" \"1\"]"},
        {"{\"Binds\":[\"/a:/b:zz\"]}", "invalid mode: zz"},
        {"{\"Binds\":[\"/a:b\"]}", "must be absolute"},
        {"{\"Binds\":[\"/a:/\"]}", "destination can't be '/'"},
        {"{\"Binds\":[\"/a:/x\",\"/b:/x/\"]}", "Duplicate mount point: /x"},
        {"{\"Binds\":[\"a/b:/x\"]}", "includes invalid characters"},
        {"{\"Mounts\":[{\"Type\":\"fancy\",\"Target\":\"/x\"}]}", "mount type unknown"},
        {"{\"Mounts\":[{\"Type\":\"bind\",\"Target\":\"/x\"}]}", "Source must not be empty"},
        {"{\"Tmpfs\":{\"rel\":\"\"}}", "must be absolute"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;
        json_t *mounts = mounts_of(cases[i].host, &err);
        if (mounts || !strstr(err.message, cases[i].message))
            fail_msg("%s: got \"%s\"", cases[i].host, err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_image_fills_in_what_was_not_said),
        cmocka_unit_test(the_users_environment_wins_and_comes_first),
        cmocka_unit_test(an_entrypoint_of_ones_own_drops_the_images_command),
        cmocka_unit_test(a_command_goes_behind_the_images_entrypoint),
        cmocka_unit_test(an_empty_entrypoint_takes_the_images_away),
        cmocka_unit_test(nothing_to_run_is_an_error),
        cmocka_unit_test(host_config_gets_dockers_defaults),
        cmocka_unit_test(a_wrong_type_is_named),
        cmocka_unit_test(signals_have_names_and_numbers),
        cmocka_unit_test(cpusets_are_read_strictly),
        cmocka_unit_test(options_that_make_no_sense_are_refused),
        cmocka_unit_test(device_rules_have_one_form),
        cmocka_unit_test(the_last_security_option_counts),
        cmocka_unit_test(working_directories_are_cleaned),
        cmocka_unit_test(binds_and_volumes_are_told_apart),
        cmocka_unit_test(mounts_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
