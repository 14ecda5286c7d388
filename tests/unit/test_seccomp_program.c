/* Seccomp programs: what they refuse, and the cache that keeps them. */
#include "json_text.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/seccomp.h"
#include "runtime/defaults.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* errno of a system call (0: it worked) made under the filter. */
static int under_filter(const struct seccomp_program *program, long number, long a)
{
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (seccomp_install(NULL, program, NULL) < 0)
            _exit(255);
        _exit(syscall(number, a, 0, 0, 0) < 0 ? errno : 0);
    }
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void the_default_profile_refuses_what_dockers_refuses(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct seccomp_program program;
    json_t *profile cleanup_json = runtime_default_seccomp(NULL);
    assert_int_equal(seccomp_compile(profile, NULL, &program, &err), 0);
    assert_int_equal(under_filter(&program, SYS_getpid, 0), 0);
    assert_int_equal(under_filter(&program, SYS_keyctl, 0), EPERM);
    assert_int_equal(under_filter(&program, SYS_unshare, 0), EPERM);
    assert_int_equal(under_filter(&program, SYS_clone3, 0), ENOSYS);
    assert_int_equal(under_filter(&program, SYS_personality, 0xffffffff), 0);
    assert_int_equal(under_filter(&program, SYS_personality, 0x1234), EPERM);
    assert_int_equal(under_filter(&program, 5000, 0), ENOSYS); /* newer than the profile */
    seccomp_program_free(&program);
    json_t *admin cleanup_json = json("[\"CAP_SYS_ADMIN\"]"), *wider cleanup_json = runtime_default_seccomp(admin);
    assert_int_equal(seccomp_compile(wider, NULL, &program, &err), 0);
    assert_int_equal(under_filter(&program, SYS_unshare, 0), 0);
    seccomp_program_free(&program);
}

static void a_sandbox_may_mount_but_not_load_bpf(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct seccomp_program program;
    json_t *profile cleanup_json = runtime_sandbox_seccomp();
    assert_int_equal(seccomp_compile(profile, NULL, &program, &err), 0);
    assert_int_equal(under_filter(&program, SYS_unshare, 0), 0);
    assert_int_equal(under_filter(&program, SYS_bpf, 0), EPERM);
    assert_int_equal(under_filter(&program, SYS_io_uring_setup, 0), EPERM);
    seccomp_program_free(&program);
}

static int cache(void **state)
{
    *state = mkdtemp(xstrdup("/tmp/slrt-cache-XXXXXX"));
    return *state ? 0 : -1;
}

static int cache_gone(void **state)
{
    path_remove_tree(*state, NULL);
    free(*state);
    return 0;
}

static void a_program_is_compiled_once_and_a_damaged_one_again(void **state)
{
    const char *directory = *state;
    struct error err = ERROR_INIT;
    struct seccomp_program first, second, third;
    json_t *profile cleanup_json = runtime_default_seccomp(NULL);
    assert_int_equal(seccomp_compile(profile, directory, &first, &err), 0);
    DIR *dir = opendir(directory);
    struct dirent *entry;
    char *path cleanup_free = NULL;
    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.') {
            assert_null(path); /* one profile, one file */
            path = path_join(directory, entry->d_name);
        }
    closedir(dir);
    assert_non_null(path);
    assert_int_equal(seccomp_compile(profile, directory, &second, &err), 0);
    assert_int_equal(first.count, second.count);
    assert_memory_equal(first.code, second.code, first.count * sizeof *first.code);
    const off_t lengths[] = {0, 13, sizeof *first.code, (first.count - 1) * (off_t)sizeof *first.code};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        assert_int_equal(truncate(path, lengths[i]), 0);
        assert_int_equal(seccomp_compile(profile, directory, &third, &err), 0);
        assert_int_equal(third.count, first.count);
        seccomp_program_free(&third);
    }
    seccomp_program_free(&first);
    seccomp_program_free(&second);
}

static void a_program_is_recalled_by_its_name_when_it_is_whole(void **state)
{
    const char *directory = *state;
    struct error err = ERROR_INIT;
    struct seccomp_program made, again;
    json_t *profile cleanup_json =
        json("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"],"
             "\"syscalls\":[{\"names\":[\"getpgid\",\"keyctl\",\"unshare\"],\"action\":\"SCMP_ACT_ERRNO\"}]}");
    assert_int_equal(seccomp_compile(profile, directory, &made, &err), 0);
    json_t *brief cleanup_json = seccomp_abridge(profile);
    assert_null(json_object_get(brief, "syscalls"));
    assert_true(seccomp_recall(brief, directory, made.name, &again));
    assert_int_equal(again.count, made.count);
    assert_int_equal(again.flags, made.flags);
    assert_memory_equal(again.code, made.code, made.count * sizeof *made.code);
    seccomp_program_free(&again);
    char *path cleanup_free = path_join(directory, made.name), *beside cleanup_free = path_join(directory, "x");
    assert_int_equal(link(path, beside), 0);
    assert_false(seccomp_recall(brief, directory, "x", &again));
    char *around cleanup_free = str_format("../%s/%s", strrchr(directory, '/') + 1, made.name);
    assert_false(seccomp_recall(brief, directory, around, &again));
    for (size_t i = made.count; i-- > 0;) {
        assert_int_equal(truncate(path, (off_t)(i * sizeof *made.code)), 0);
        assert_false(seccomp_recall(brief, directory, made.name, &again));
    }
    assert_int_equal(truncate(path, (off_t)(made.count * sizeof *made.code)), 0); /* zeros */
    assert_false(seccomp_recall(brief, directory, made.name, &again));
    seccomp_program_free(&made);
}

static void a_profile_itself_names_no_program(void **state)
{
    const char *directory = *state;
    struct error err = ERROR_INIT;
    struct seccomp_program lax, strict, again;
    json_t *everything cleanup_json = json("{\"defaultAction\":\"SCMP_ACT_ALLOW\"}");
    json_t *nothing cleanup_json = json("{\"defaultAction\":\"SCMP_ACT_ALLOW\","
                                        "\"syscalls\":[{\"names\":[\"getpgid\"],\"action\":\"SCMP_ACT_ERRNO\"}]}");
    assert_int_equal(seccomp_compile(everything, directory, &lax, &err), 0);
    assert_int_equal(seccomp_compile(nothing, directory, &strict, &err), 0);
    json_object_set_new(nothing, "org.slipway.program", json_string(lax.name));
    assert_int_equal(seccomp_compile(nothing, directory, &again, &err), 0);
    assert_int_equal(again.count, strict.count);
    assert_int_equal(under_filter(&again, SYS_getpgid, 0), EPERM);
    seccomp_program_free(&lax);
    seccomp_program_free(&strict);
    seccomp_program_free(&again);
}

static void a_profile_with_an_unknown_word_is_refused(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct seccomp_program program;
    static const char *const bad[] = {
        "{\"defaultAction\":\"SCMP_ACT_MAYBE\"}",
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SOME\"]}",
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\","
        "\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_ODD\"}]}]}",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        json_t *profile cleanup_json = json(bad[i]);
        assert_int_equal(seccomp_compile(profile, NULL, &program, &err), -EINVAL);
    }
    assert_int_equal(seccomp_compile(NULL, NULL, &program, &err), 0);
    assert_int_equal(program.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_profile_refuses_what_dockers_refuses),
        cmocka_unit_test(a_sandbox_may_mount_but_not_load_bpf),
        cmocka_unit_test_setup_teardown(a_program_is_compiled_once_and_a_damaged_one_again, cache, cache_gone),
        cmocka_unit_test_setup_teardown(a_program_is_recalled_by_its_name_when_it_is_whole, cache, cache_gone),
        cmocka_unit_test_setup_teardown(a_profile_itself_names_no_program, cache, cache_gone),
        cmocka_unit_test(a_profile_with_an_unknown_word_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
