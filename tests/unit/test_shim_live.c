/* slipway-shim with a real container: streams, exits, execs, terminals. Needs root; skipped without. */
#include "shim_world.h"

#include <dirent.h>
#include <signal.h>

static void output_is_framed_logged_and_the_exit_code_told(void **state)
{
    struct world *world = *state;
    world_spawn(world, "echo out; echo oops >&2; exit 7", false);
    int connection = world_attach(world, NULL, false);
    world_start(world);
    cleanup_json json_t *event = world_event(world, "exit");
    assert_int_equal(json_num(event, "code", -1), 7);
    assert_int_equal(json_num(event, "signal", -1), 0);
    assert_false(json_flag(event, "oom", true));
    world_expect(connection, false, "out\n", "oops\n");
    cleanup_free char *path = path_join(world->state, "exit.json"), *log = file_read(world->log, NULL, NULL);
    cleanup_json json_t *record = json_read_file(path, NULL);
    assert_int_equal(json_num(record, "code", -1), 7);
    assert_string_equal(json_str(record, "at", "?"), json_str(event, "at", ""));
    assert_non_null(strstr(log, "{\"log\":\"out\\n\",\"stream\":\"stdout\",\"time\":\""));
    assert_non_null(strstr(log, "{\"log\":\"oops\\n\",\"stream\":\"stderr\",\"time\":\""));
}

static void output_before_any_attacher_is_logged(void **state)
{
    struct world *world = *state;
    world_spawn(world, "printf 'no newline'", false);
    world_start(world);
    assert_int_equal(world_exit_code(world), 0);
    cleanup_free char *log = file_read(world->log, NULL, NULL);
    assert_true(str_starts(log, "{\"log\":\"no newline\",\"stream\":\"stdout\""));
}

static void a_plain_user_may_open_its_own_streams(void **state)
{
    struct world *world = *state;
    cleanup_json json_t *process = world_process("echo out >/dev/stdout; echo err >/dev/stderr; id -u", false);
    json_object_set_new(process, "user", json_pack("{s:i,s:i}", "uid", 1000, "gid", 1000));
    json_object_set(world->config, "process", process);
    world_spawn(world, NULL, false);
    int connection = world_attach(world, NULL, false);
    world_start(world);
    world_expect(connection, false, "out\n1000\n", "err\n");
    assert_int_equal(world_exit_code(world), 0);
}

static void a_terminal_that_everybody_left_may_be_opened_again(void **state)
{
    struct world *world = *state;
    world_spawn(world, "echo one; exec </dev/null >/dev/null 2>&1; sleep 0.2; echo two >/dev/pts/0; sleep 0.1; exit 2", true);
    int connection = world_attach(world, NULL, false);
    world_start(world);
    world_expect(connection, true, "one\r\ntwo\r\n", "");
    assert_int_equal(world_exit_code(world), 2);
}

static void every_attacher_gets_everything(void **state)
{
    struct world *world = *state;
    world_spawn(world, "seq 1 50000", false);
    int first = world_attach(world, NULL, false), second = world_attach(world, NULL, false);
    world_start(world);
    cleanup_buf struct buf a = BUF_INIT, b = BUF_INIT, wanted = BUF_INIT, none = BUF_INIT;
    for (int i = 1; i <= 50000; i++)
        buf_printf(&wanted, "%d\n", i);
    pid_t child = fork(); /* the second one is read at the same time, by somebody else */
    if (child == 0) {
        close(first);
        world_read(second, false, &b, &none);
        _exit(b.len == wanted.len && memcmp(b.data, wanted.data, b.len) == 0 ? 0 : 1);
    }
    close(second);
    world_read(first, false, &a, &none);
    assert_int_equal(a.len, wanted.len);
    assert_memory_equal(a.data, wanted.data, a.len);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(world_exit_code(world), 0);
}

static void input_reaches_the_process_and_its_end_too(void **state)
{
    struct world *world = *state;
    world->options.open_stdin = world->options.stdin_once = true;
    world_spawn(world, "cat; echo end", false);
    int connection = world_attach(world, NULL, true);
    world_start(world);
    assert_int_equal(write_full(connection, "hello\n", 6), 0);
    world_wait_for(connection, "hello\n");
    assert_int_equal(write_full(connection, "again\n", 6), 0);
    shutdown(connection, SHUT_WR);
    world_expect(connection, false, "again\nend\n", "");
    assert_int_equal(world_exit_code(world), 0);
}

static void much_input_comes_back_whole(void **state)
{
    enum { SIZE = 3 * 1024 * 1024 };
    struct world *world = *state;
    world->options.open_stdin = world->options.stdin_once = true;
    world->options.log_path = NULL;
    world_spawn(world, "cat", false);
    int connection = world_attach(world, NULL, true);
    world_start(world);
    cleanup_free char *data = xmalloc(SIZE);
    for (int i = 0; i < SIZE; i++)
        data[i] = (char)(i * 31 + (i >> 12));
    pid_t writer = fork();
    if (writer == 0) {
        int r = write_full(connection, data, SIZE);
        shutdown(connection, SHUT_WR);
        _exit(r ? 1 : 0);
    }
    cleanup_buf struct buf out = BUF_INIT, none = BUF_INIT;
    world_read(connection, false, &out, &none);
    assert_int_equal(waitpid(writer, NULL, 0), writer);
    assert_int_equal(out.len, SIZE);
    assert_memory_equal(out.data, data, SIZE);
    assert_int_equal(world_exit_code(world), 0);
}

static void without_stdin_once_the_end_of_input_only_detaches(void **state)
{
    struct world *world = *state;
    world->options.open_stdin = true;
    world_spawn(world, "read a; echo got $a; read b; echo got $b", false);
    int connection = world_attach(world, NULL, true);
    world_start(world);
    assert_int_equal(write_full(connection, "one\n", 4), 0);
    world_wait_for(connection, "got one\n");
    shutdown(connection, SHUT_WR);
    world_expect(connection, false, "", "");
    connection = world_attach(world, NULL, true);
    assert_int_equal(write_full(connection, "two\n", 4), 0);
    world_wait_for(connection, "got two\n");
    close(connection);
    assert_int_equal(world_exit_code(world), 0);
}

static void without_stdin_there_is_nothing_to_read(void **state)
{
    struct world *world = *state;
    world_spawn(world, "cat; echo done", false);
    int connection = world_attach(world, NULL, true);
    world_start(world);
    world_expect(connection, false, "done\n", "");
    assert_int_equal(world_exit_code(world), 0);
}

static void a_terminal_is_raw_has_a_size_and_takes_a_new_one(void **state)
{
    struct world *world = *state;
    struct error err = ERROR_INIT;
    world->options.open_stdin = true;
    world_spawn(world, "stty size; trap 'stty size; exit 3' WINCH; echo ready; while :; do sleep 0.02; done", true);
    int connection = world_attach(world, NULL, true);
    assert_int_equal(shim_resize(world->shim, NULL, 33, 111, &err), 0);
    world_start(world);
    world_wait_for(connection, "33 111\r\nready\r\n");
    assert_int_equal(shim_resize(world->shim, NULL, 50, 200, &err), 0);
    cleanup_buf struct buf out = BUF_INIT;
    world_read(connection, true, &out, NULL);
    assert_string_equal(out.data, "50 200\r\n");
    assert_int_equal(world_exit_code(world), 3);
    cleanup_free char *log = file_read(world->log, NULL, NULL);
    assert_true(str_starts(log, "{\"log\":\"33 111\\r\\n\",\"stream\":\"stdout\""));
}

static void typing_at_a_terminal_is_echoed_and_control_c_kills(void **state)
{
    struct world *world = *state;
    world->options.open_stdin = true;
    world_spawn(world, "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.02; done", true);
    int connection = world_attach(world, NULL, true);
    world_start(world);
    world_wait_for(connection, "ready");
    assert_int_equal(write_full(connection, "\x03", 1), 0);
    world_wait_for(connection, "caught");
    assert_int_equal(world_exit_code(world), 5);
    close(connection);
}

static void the_last_lines_of_a_terminal_are_not_lost(void **state)
{
    struct world *world = *state;
    world_spawn(world, "seq 1 20000", true);
    int connection = world_attach(world, NULL, false);
    world_start(world);
    cleanup_buf struct buf out = BUF_INIT, wanted = BUF_INIT;
    world_read(connection, true, &out, NULL);
    for (int i = 1; i <= 20000; i++)
        buf_printf(&wanted, "%d\r\n", i);
    assert_string_equal(out.data, wanted.data);
    assert_int_equal(world_exit_code(world), 0);
}

static void exec_gives_output_input_and_its_own_code(void **state)
{
    struct world *world = *state;
    struct error err = ERROR_INIT;
    pid_t pid = 0;
    world_spawn(world, "sleep 1000", false);
    world_start(world);
    world_exec(world, "e1", "read x; echo \"got $x\"; echo bad >&2; exit 42", false, true);
    int connection = world_attach(world, "e1", true);
    assert_int_equal(write_full(connection, "before\n", 7), 0);
    assert_int_equal(shim_exec_start(world->shim, "e1", &pid, &err), 0);
    assert_true(pid > 0);
    world_expect(connection, false, "got before\n", "bad\n");
    cleanup_json json_t *event = world_event(world, "exec-exit");
    assert_string_equal(json_str(event, "exec", ""), "e1");
    assert_int_equal(json_num(event, "code", -1), 42);
    assert_int_equal(shim_exec_start(world->shim, "e1", &pid, &err), -ENOENT);
    cleanup_free char *log = file_read(world->log, NULL, NULL);
    assert_string_equal(log, ""); /* an exec is not logged */
}

static void exec_with_a_terminal_loses_nothing(void **state)
{
    struct world *world = *state;
    struct error err = ERROR_INIT;
    world_spawn(world, "sleep 1000", false);
    world_start(world);
    world_exec(world, "e1", "stty size; seq 1 5000; exit 9", true, true);
    int connection = world_attach(world, "e1", true);
    assert_int_equal(shim_resize(world->shim, "e1", 11, 44, &err), 0);
    assert_int_equal(shim_exec_start(world->shim, "e1", NULL, &err), 0);
    cleanup_buf struct buf out = BUF_INIT;
    world_read(connection, true, &out, NULL);
    assert_true(str_ends(out.data, "\r\n4999\r\n5000\r\n"));
    cleanup_json json_t *event = world_event(world, "exec-exit");
    assert_int_equal(json_num(event, "code", -1), 9);
}

static void a_command_that_is_missing_fails_exec_and_creation(void **state)
{
    struct world *world = *state;
    struct error err = ERROR_INIT;
    world_spawn(world, "sleep 1000", false);
    world_start(world);
    cleanup_json json_t *process = world_process("true", false);
    json_object_set_new(process, "args", json_pack("[s]", "/bin/nope"));
    assert_int_equal(shim_exec_prepare(world->shim, "e1", process, false, &err), 0);
    int connection = world_attach(world, "e1", false);
    assert_int_equal(shim_exec_start(world->shim, "e1", NULL, &err), -ENOENT);
    assert_non_null(strstr(err.message, "/bin/nope"));
    world_expect(connection, false, "", "");

    void *another = NULL;
    assert_int_equal(world_open(&another), 0);
    struct world *other = another;
    json_object_set(other->config, "process", process);
    cleanup_free char *path = path_join(other->state, "config.json"), *socket = path_join(other->state, "shim.sock");
    assert_int_equal(json_write_file(path, other->config, 0600, false, &err), 0);
    err = ERROR_INIT;
    assert_null(shim_spawn(&other->options, NULL, NULL, &err));
    assert_int_equal(err.code, ENOENT);
    assert_non_null(strstr(err.message, "/bin/nope"));
    assert_false(path_exists(socket));
    world_close(&another);
}

static void what_an_exec_leaves_behind_does_not_hold_it(void **state)
{
    struct world *world = *state;
    struct error err = ERROR_INIT;
    world_spawn(world, "sleep 1000", false);
    world_start(world);
    world_exec(world, "e1", "(sleep 0.2; echo late) & (sleep 500) & exit 4", false, false);
    int connection = world_attach(world, "e1", false);
    assert_int_equal(shim_exec_start(world->shim, "e1", NULL, &err), 0);
    world_expect(connection, false, "late\n", "");
    cleanup_json json_t *event = world_event(world, "exec-exit");
    assert_int_equal(json_num(event, "code", -1), 4);
}

static void signals_reach_init_and_exec(void **state)
{
    struct world *world = *state;
    struct error err = ERROR_INIT;
    world_spawn(world, "trap 'exit 12' TERM; echo ready; while :; do sleep 0.02; done", false);
    int connection = world_attach(world, NULL, false);
    world_start(world);
    world_wait_for(connection, "ready");
    world_exec(world, "e1", "exec sleep 1000", false, false);
    assert_int_equal(shim_exec_start(world->shim, "e1", NULL, &err), 0);
    assert_int_equal(shim_signal(world->shim, "e1", SIGTERM, false, &err), 0);
    cleanup_json json_t *event = world_event(world, "exec-exit");
    assert_int_equal(json_num(event, "code", -1), 128 + SIGTERM);
    assert_int_equal(shim_signal(world->shim, NULL, SIGTERM, false, &err), 0);
    assert_int_equal(world_exit_code(world), 12);
    assert_int_equal(shim_signal(world->shim, NULL, SIGTERM, false, &err), -ESRCH);
    close(connection);
}

static void a_killed_container_says_137_and_takes_its_execs_along(void **state)
{
    struct world *world = *state;
    struct error err = ERROR_INIT;
    world_spawn(world, "sleep 1000", false);
    world_start(world);
    world_exec(world, "e1", "sleep 1000", false, false);
    assert_int_equal(shim_exec_start(world->shim, "e1", NULL, &err), 0);
    assert_int_equal(shim_signal(world->shim, NULL, SIGKILL, false, &err), 0);
    cleanup_json json_t *first = world_event(world, "exec-exit");
    assert_int_equal(json_num(first, "code", -1), 137);
    cleanup_json json_t *last = world_event(world, "exit");
    assert_int_equal(json_num(last, "code", -1), 137);
    assert_int_equal(json_num(last, "signal", -1), SIGKILL);
    assert_int_equal(shim_release(world->shim, &err), 0);
    struct cgroup group;
    cleanup_free char *path = str_format("%s/%s", world_group, world->id);
    assert_int_equal(cgroup_open(path, &group, &err), 0);
    for (size_t i = 0; i < group.count; i++) {
        cleanup_free char *directory = cgroup_directory(&group, &group.hierarchies[i]);
        assert_false(path_exists(directory));
    }
    cgroup_close(&group);
}

static void pause_stops_and_kill_ends_what_is_paused(void **state)
{
    struct world *world = *state;
    struct error err = ERROR_INIT;
    world_spawn(world, "while :; do echo tick; sleep 0.01; done", false);
    int connection = world_attach(world, NULL, false);
    world_start(world);
    world_wait_for(connection, "tick");
    assert_int_equal(shim_pause(world->shim, true, &err), 0);
    assert_int_equal(shim_pause(world->shim, true, &err), -EBUSY);
    cleanup_json json_t *seen = shim_state(world->shim, &err);
    assert_string_equal(json_str(seen, "state", ""), "paused");
    world_exec(world, "e1", "true", false, false);
    assert_int_equal(shim_exec_start(world->shim, "e1", NULL, &err), -EBUSY);
    char scrap[65536];
    usleep(30000);
    while (recv(connection, scrap, sizeof scrap, MSG_DONTWAIT) > 0)
        ;
    usleep(100000);
    assert_true(recv(connection, scrap, sizeof scrap, MSG_DONTWAIT) < 0);
    assert_int_equal(shim_pause(world->shim, false, &err), 0);
    world_wait_for(connection, "tick");
    assert_int_equal(shim_pause(world->shim, true, &err), 0);
    assert_int_equal(shim_signal(world->shim, NULL, SIGKILL, false, &err), 0);
    assert_int_equal(world_exit_code(world), 137);
    close(connection);
}

static void the_oom_killer_is_noticed(void **state)
{
    struct world *world = *state;
    json_object_set_new(json_at(world->config, "linux.resources"), "memory",
                        json_pack("{s:i,s:i}", "limit", 16 << 20, "swap", 16 << 20));
    world_spawn(world, "exec tail /dev/zero", false);
    world_start(world);
    cleanup_json json_t *oom = world_event(world, "oom");
    cleanup_json json_t *event = world_event(world, "exit");
    assert_true(json_flag(event, "oom", false));
    assert_int_equal(json_num(event, "code", -1), 137);
}

static void a_created_container_can_be_given_up(void **state)
{
    struct world *world = *state;
    struct error err = ERROR_INIT;
    world_spawn(world, "echo never", false);
    int connection = world_attach(world, NULL, false);
    pid_t init = world->init;
    assert_int_equal(kill(init, 0), 0);
    assert_int_equal(shim_release(world->shim, &err), 0);
    world_expect(connection, false, "", "");
    assert_int_equal(kill(init, 0), -1);
    for (json_t *event; (event = shim_next_event(world->shim, &err)); json_decref(event))
        assert_string_equal(json_str(event, "event", ""), "steps");
    assert_int_equal(err.code, EPIPE);
}

static void a_running_container_is_not_released(void **state)
{
    struct world *world = *state;
    struct error err = ERROR_INIT;
    world_spawn(world, "sleep 1000", false);
    world_start(world);
    assert_int_equal(shim_release(world->shim, &err), -EBUSY);
    assert_int_equal(shim_start(world->shim, NULL, &err), -EBUSY);
}

static void what_was_said_until_a_poststart_hook_failed_is_logged(void **state)
{
    struct world *world = *state;
    struct error err = ERROR_INIT;
    json_object_set_new(
        world->config, "hooks",
        json_pack("{s:[{s:s,s:[s,s,s]}]}", "poststart", "path", "/bin/sh", "args", "sh", "-c", "sleep 0.3; exit 4"));
    world_spawn(world, "echo out; printf oops >&2; sleep 1000", false);
    int connection = world_attach(world, NULL, false);
    assert_true(shim_start(world->shim, NULL, &err) < 0);
    world_expect(connection, false, "out\n", "oops");
    cleanup_free char *log = file_read(world->log, NULL, NULL);
    assert_non_null(strstr(log, "{\"log\":\"out\\n\",\"stream\":\"stdout\""));
    assert_non_null(strstr(log, "{\"log\":\"oops\",\"stream\":\"stderr\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD(output_is_framed_logged_and_the_exit_code_told),
        WORLD(output_before_any_attacher_is_logged),
        WORLD(a_plain_user_may_open_its_own_streams),
        WORLD(a_terminal_that_everybody_left_may_be_opened_again),
        WORLD(every_attacher_gets_everything),
        WORLD(input_reaches_the_process_and_its_end_too),
        WORLD(much_input_comes_back_whole),
        WORLD(without_stdin_once_the_end_of_input_only_detaches),
        WORLD(without_stdin_there_is_nothing_to_read),
        WORLD(a_terminal_is_raw_has_a_size_and_takes_a_new_one),
        WORLD(typing_at_a_terminal_is_echoed_and_control_c_kills),
        WORLD(the_last_lines_of_a_terminal_are_not_lost),
        WORLD(exec_gives_output_input_and_its_own_code),
        WORLD(exec_with_a_terminal_loses_nothing),
        WORLD(a_command_that_is_missing_fails_exec_and_creation),
        WORLD(what_an_exec_leaves_behind_does_not_hold_it),
        WORLD(signals_reach_init_and_exec),
        WORLD(a_killed_container_says_137_and_takes_its_execs_along),
        WORLD(pause_stops_and_kill_ends_what_is_paused),
        WORLD(the_oom_killer_is_noticed),
        WORLD(a_created_container_can_be_given_up),
        WORLD(a_running_container_is_not_released),
        WORLD(what_was_said_until_a_poststart_hook_failed_is_logged),
    };
    if (!world_available()) {
        printf("[  SKIPPED ] containers need root, a static busybox and slipway-shim\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, worlds_open, worlds_close);
}
