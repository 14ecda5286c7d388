/* engine/runtime/ without a container: configs taken apart and refused, defaults, the file that a command is, exit codes. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/defaults.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* The default spec with one member replaced; `path` is like "linux.namespaces". */
static json_t *spec_with(const char *path, json_t *value)
{
    json_t *spec = runtime_default_spec(false), *at = spec;
    char **keys cleanup_strv = str_split(path, '.');
    size_t i = 0;
    for (; keys[i + 1]; i++)
        at = json_object_get(at, keys[i]);
    json_object_set_new(at, keys[i], value);
    return spec;
}

static int prepare(json_t *config, struct setup *setup, struct error *err)
{
    *setup = (struct setup){.id = "test", .config = config};
    *err = ERROR_INIT;
    return setup_prepare(setup, "/bundle", err);
}

static void a_config_is_taken_apart(void **state)
{
    (void)state;
    struct setup setup;
    struct error err;
    json_t *config cleanup_json = runtime_default_spec(false);
    assert_int_equal(prepare(config, &setup, &err), 0);
    assert_true(setup.fresh == (CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWCGROUP));
    assert_true(setup.own & CLONE_NEWCGROUP);
    assert_false(setup.user_namespace);
    assert_string_equal(setup.root.path, "/bundle/rootfs");
    assert_string_equal(setup.cgroup.path, "/test");
    assert_int_equal(setup.mount_count, 7);
    assert_string_equal(setup.program.args[0], "sh");
    assert_true(setup.program.seccomp.count > 100);
    setup_free(&setup);
}

static void a_bad_config_is_refused_with_the_member_named(void **state)
{
    (void)state;
    static const struct {
        const char *path, *value, *says;
    } rows[] = {
        {"linux.namespaces", "[{\"type\":\"weather\"}]", "weather"},
        {"linux.namespaces", "[{\"type\":\"pid\"},{\"type\":\"uts\"}]", "MNT namespace"},
        {"linux.namespaces", "[{\"type\":\"mount\"},{\"type\":\"uts\"},{\"type\":\"network\",\"path\":\"/no/such/ns\"}]",
         "/no/such/ns"},
        {"linux.uidMappings", "[{\"containerID\":0,\"hostID\":0,\"size\":1}]", "user namespace"},
        {"linux.cgroupsPath", "\"a.slice:b:c\"", "slice:prefix:name"},
        {"root.path", "\"\"", "root.path"},
        {"process.args", "[]", "process.args"},
        {"process.cwd", "\"relative\"", "process.cwd"},
        {"mounts", "[{\"type\":\"tmpfs\"}]", "mounts[0]"},
        {"mounts", "[{\"destination\":\"/x\"}]", "/x"},
        {"mounts", "[{\"destination\":\"/x\",\"type\":\"bind\",\"source\":\"/\",\"options\":[\"rbind\",\"odd\"]}]", "odd"},
        {"hooks", "{\"prestart\":[{\"path\":\"bin/true\"}]}", "hooks.prestart[0].path"},
        {"process.selinuxLabel", "\"svirt_t\"", "selinux"},
        {"annotations", "{\"org.slipway.rootfs\":\"{\"}", "org.slipway.rootfs"},
        {"annotations", "{\"org.slipway.rootfs\":\"{}\"}", "lower"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct setup setup;
        struct error err;
        json_t *config cleanup_json = spec_with(rows[i].path, json_loads(rows[i].value, JSON_DECODE_ANY, NULL));
        assert_true(prepare(config, &setup, &err) < 0);
        assert_true(err.code > 0);
        if (!strstr(err.message, rows[i].says))
            fail_msg("%s = %s: \"%s\" does not name %s", rows[i].path, rows[i].value, err.message, rows[i].says);
        setup_free(&setup);
    }
}

/* The specification wants a warning, and the container. */
static void an_unknown_capability_is_left_out(void **state)
{
    (void)state;
    struct setup setup;
    struct error err = ERROR_INIT;
    json_t *sets = json_pack("{s[s s]}", "bounding", "CAP_FLY", "CAP_CHOWN");
    json_t *config cleanup_json = spec_with("process.capabilities", sets);
    assert_int_equal(prepare(config, &setup, &err), 0);
    assert_int_equal(setup.program.capabilities.bounding, (uint64_t)1 << CAP_CHOWN);
    setup_free(&setup);
}

static void the_overlay_annotation_gives_the_layers(void **state)
{
    (void)state;
    struct setup setup;
    struct error err;
    json_t *config cleanup_json =
        spec_with("annotations",
                  json_pack("{ss ss}", "org.slipway.rootfs",
                            "{\"lower\":[\"/a\",\"/b\"],\"upper\":\"/u/diff\",\"work\":\"/u/work\"}", "org.slipway.sandbox", "1"));
    assert_int_equal(prepare(config, &setup, &err), 0);
    assert_string_equal(setup.root.lower[0], "/a");
    assert_string_equal(setup.root.upper, "/u/diff");
    assert_true(setup.sandbox);
    setup_free(&setup);
}

static char world[64];

static int programs(void **state)
{
    (void)state;
    strcpy(world, "/tmp/slrt-bin-XXXXXX");
    assert_non_null(mkdtemp(world));
    char *plain cleanup_free = path_join(world, "plain"), *script cleanup_free = path_join(world, "script"),
                *good cleanup_free = path_join(world, "good"), *directory cleanup_free = path_join(world, "directory");
    assert_int_equal(file_write(plain, "x", 1, 0644, NULL), 0);
    assert_int_equal(file_write(script, "#!/no/such/interpreter -x\n", 26, 0755, NULL), 0);
    assert_int_equal(file_write(good, "#!/bin/sh\n", 10, 0755, NULL), 0);
    return mkdir(directory, 0755);
}

static int programs_gone(void **state)
{
    (void)state;
    return path_remove_tree(world, NULL);
}

static int find(const char *name, const char *path_variable, struct error *err, char **found)
{
    json_t *process cleanup_json = json_pack("{s[s] s[s]}", "args", name, "env", path_variable);
    struct setup_program program;
    *err = ERROR_INIT;
    assert_int_equal(program_parse(process, NULL, &program, err), 0);
    int rc = program_find(&program, err);
    if (found)
        *found = program.path ? xstrdup(program.path) : NULL;
    program_free(&program);
    return rc;
}

static void a_command_is_looked_for_in_path(void **state)
{
    (void)state;
    struct error err;
    char *variable cleanup_free = str_format("PATH=/nowhere:%s", world), *found cleanup_free = NULL;
    assert_int_equal(find("good", variable, &err, &found), 0);
    assert_true(str_starts(found, world) && str_ends(found, "/good"));
    static const char *const missing[] = {"nope", "plain", "directory", ""};
    for (size_t i = 0; i < ARRAY_LEN(missing); i++) {
        char *text cleanup_free = str_format("exec: \"%s\": executable file not found in $PATH", missing[i]);
        assert_int_equal(find(missing[i], variable, &err, NULL), -ENOENT);
        assert_string_equal(err.message, text);
        assert_int_equal(runtime_error_exit_code(&err), 127);
    }
}

static void a_path_says_why_it_cannot_be_run(void **state)
{
    (void)state;
    static const struct {
        const char *name, *says;
        int exit_code;
    } rows[] = {
        {"missing", "no such file or directory", 127}, {"plain", "permission denied", 126}, {"directory", "is a directory", 126}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct error err;
        char *path cleanup_free = path_join(world, rows[i].name);
        char *start cleanup_free = str_format("exec: \"%s\": ", path);
        assert_true(find(path, "PATH=", &err, NULL) < 0);
        assert_true(str_starts(err.message, start));
        assert_true(str_ends(err.message, rows[i].says));
        assert_int_equal(runtime_error_exit_code(&err), rows[i].exit_code);
    }
}

static void a_missing_interpreter_is_named(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    char *path cleanup_free = path_join(world, "script");
    char *args[] = {path, NULL};
    struct setup_program program = {.args = args, .path = path};
    assert_int_equal(program_failure(&program, ENOENT, &err), -ENOENT);
    assert_non_null(strstr(err.message, "its interpreter /no/such/interpreter is not in the container"));
    assert_int_equal(program_failure(&program, ENOEXEC, &err), -ENOEXEC);
    assert_int_equal(runtime_error_exit_code(&err), 126);
}

static void other_errors_are_125(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    error_set(&err, ENOENT, "bind /nope on /x: No such file or directory");
    assert_int_equal(runtime_error_exit_code(&err), 125);
}

static bool has(const json_t *list, const char *text)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (!strcmp(json_string_value(item), text))
            return true;
    }

    return false;
}

static void capabilities_are_added_and_dropped_as_docker_does(void **state)
{
    (void)state;
    const char *unknown;
    json_t *add cleanup_json = json_pack("[s]", "net_admin"), *drop cleanup_json = json_pack("[ss]", "CAP_CHOWN", "mknod"),
                *all cleanup_json = json_pack("[s]", "ALL"), *bad cleanup_json = json_pack("[s]", "FLY");
    json_t *both cleanup_json = runtime_tweak_capabilities(add, drop, &unknown);
    assert_int_equal(json_array_size(both), 13);
    assert_true(has(both, "CAP_NET_ADMIN") && !has(both, "CAP_CHOWN") && !has(both, "CAP_MKNOD"));
    json_t *few cleanup_json = runtime_tweak_capabilities(add, all, &unknown);
    assert_int_equal(json_array_size(few), 1);
    json_t *most cleanup_json = runtime_tweak_capabilities(all, drop, &unknown), *every cleanup_json = runtime_all_capabilities();
    assert_int_equal(json_array_size(most), json_array_size(every) - 2);
    assert_null(runtime_tweak_capabilities(bad, NULL, &unknown));
    assert_string_equal(unknown, "FLY");
    json_t *usual cleanup_json = runtime_tweak_capabilities(NULL, json_null(), &unknown);
    assert_int_equal(json_array_size(usual), 14);
}

static void another_user_has_no_effective_capabilities(void **state)
{
    (void)state;
    json_t *list cleanup_json = runtime_default_capabilities(), *sets cleanup_json = runtime_capability_sets(list, false);
    assert_int_equal(json_array_size(json_object_get(sets, "bounding")), 14);
    assert_int_equal(json_array_size(json_object_get(sets, "effective")), 0);
    assert_int_equal(json_array_size(json_object_get(sets, "inheritable")), 0);
}

static void default_mounts_are_seven_and_privileged_ones_writable(void **state)
{
    (void)state;
    json_t *usual cleanup_json = runtime_default_mounts(false, 0), *wide cleanup_json = runtime_default_mounts(true, 1024);
    assert_int_equal(json_array_size(usual), 7);
    assert_true(has(json_object_get(json_array_get(usual, 3), "options"), "ro"));
    assert_true(has(json_object_get(json_array_get(wide, 3), "options"), "rw"));
    assert_true(has(json_object_get(json_array_get(usual, 6), "options"), "size=67108864"));
    assert_true(has(json_object_get(json_array_get(wide, 6), "options"), "size=1024"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_config_is_taken_apart),
        cmocka_unit_test(a_bad_config_is_refused_with_the_member_named),
        cmocka_unit_test(an_unknown_capability_is_left_out),
        cmocka_unit_test(the_overlay_annotation_gives_the_layers),
        cmocka_unit_test_setup_teardown(a_command_is_looked_for_in_path, programs, programs_gone),
        cmocka_unit_test_setup_teardown(a_path_says_why_it_cannot_be_run, programs, programs_gone),
        cmocka_unit_test_setup_teardown(a_missing_interpreter_is_named, programs, programs_gone),
        cmocka_unit_test(other_errors_are_125),
        cmocka_unit_test(capabilities_are_added_and_dropped_as_docker_does),
        cmocka_unit_test(another_user_has_no_effective_capabilities),
        cmocka_unit_test(default_mounts_are_seven_and_privileged_ones_writable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
