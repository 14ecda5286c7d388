/* What the shim must bear: a daemon that dies, floods, readers that sleep, many callers at once, and doing nothing at all.
 * Needs root; skipped without. */
#include "shim_world.h"

#include "base/clock.h"
#include "base/sockets.h"

#include <pthread.h>
#include <signal.h>

/* A sanitizer's shadow is not the shim's memory. */
#ifdef __SANITIZE_ADDRESS__
enum { SHIM_IS_ITSELF = 0 };
#else
enum { SHIM_IS_ITSELF = 1 };
#endif

/* A daemon that starts a container and is killed; what it had in hand is told by `after_start`. */
static pid_t doomed_daemon(struct world *world, const char *script, bool attached)
{
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t daemon = fork();
    if (daemon == 0) {
        close(ready[0]);
        world_spawn(world, script, false);
        if (attached)
            world_attach(world, NULL, true);
        world_start(world);
        (void)!write(ready[1], "x", 1);
        pause();
        _exit(0);
    }
    close(ready[1]);
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return daemon;
}

static void kill_daemon(pid_t daemon)
{
    kill(daemon, SIGKILL);
    waitpid(daemon, NULL, 0);
}

static void reconnect(struct world *world)
{
    struct error err = ERROR_INIT;
    world->shim = shim_connect(world->state, &world->init, &err);
    if (!world->shim)
        fail_msg("connect: %s", err.message);
}

static pid_t shim_of(struct world *world)
{
    cleanup_free char *stat = str_format("/proc/%d/stat", world->init), *text = file_read(stat, NULL, NULL);
    int parent = 0;
    assert_non_null(text);
    assert_int_equal(sscanf(strrchr(text, ')') + 1, " %*c %d", &parent), 1);
    return parent;
}

static long status_field(pid_t pid, const char *name)
{
    cleanup_free char *path = str_format("/proc/%d/status", pid), *text = file_read(path, NULL, NULL);
    char *found = text ? strstr(text, name) : NULL;
    return found ? atol(found + strlen(name)) : -1;
}

static void a_daemon_that_comes_back_finds_the_container_and_its_exit(void **state)
{
    struct world *world = *state;
    world->options.open_stdin = world->options.stdin_once = true;
    kill_daemon(doomed_daemon(world, "read x; echo got $x; exit 6", true));
    reconnect(world);
    assert_int_equal(kill(world->init, 0), 0);
    int connection = world_attach(world, NULL, true);
    assert_int_equal(write_full(connection, "still here\n", 11), 0);
    world_wait_for(connection, "got still here\n");
    close(connection);
    cleanup_json json_t *event = world_event(world, "exit");
    assert_int_equal(json_num(event, "code", -1), 6);
}

static void an_exit_that_nobody_heard_waits(void **state)
{
    struct world *world = *state;
    struct error err = ERROR_INIT;
    cleanup_free char *path = path_join(world->state, "exit.json");
    kill_daemon(doomed_daemon(world, "sleep 0.2; echo late; exit 8", false));
    for (int i = 0; i < 300 && !path_exists(path); i++)
        usleep(10000);
    reconnect(world);
    cleanup_json json_t *seen = shim_state(world->shim, &err);
    assert_string_equal(json_str(seen, "state", ""), "exited");
    assert_int_equal(world_exit_code(world), 8);
    cleanup_free char *log = file_read(world->log, NULL, NULL);
    assert_true(str_starts(log, "{\"log\":\"late\\n\""));
    /* Until it is released, any further daemon hears it as well. */
    shim_free(world->shim);
    reconnect(world);
    assert_int_equal(world_exit_code(world), 8);
    assert_int_equal(shim_release(world->shim, &err), 0);
    shim_free(world->shim);
    world->shim = shim_connect(world->state, NULL, &err);
    assert_null(world->shim);
    assert_int_equal(err.code, ENOENT);
}

static void two_hundred_megabytes_arrive_whole(void **state)
{
    enum { LINE = 64, TOTAL = 200 * 1024 * 1024 };
    struct world *world = *state;
    world->options.log_max_size = 8 << 20;
    world->options.log_max_files = 2;
    world_spawn(world, "yes 0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_ | head -c 209715200", false);
    int connection = world_attach(world, NULL, false);
    int64_t started = clock_mono_ns();
    world_start(world);
    pid_t shim = shim_of(world);
    static const char line[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_\n";
    size_t total = 0;
    unsigned char header[8];
    static char bytes[64 * 1024];
    while (read_full(connection, header, 8) == 8) {
        size_t len = (size_t)header[5] << 16 | (size_t)header[6] << 8 | header[7];
        assert_int_equal(header[0], 1);
        assert_int_equal(read_full(connection, bytes, len), len);
        for (size_t i = 0; i < len; i++, total++)
            if (bytes[i] != line[total % LINE])
                fail_msg("byte %zu is wrong", total);
    }
    assert_int_equal(total, TOTAL);
    printf("#   200 MiB through an attacher and the log: %lld ms; resident %ld kB\n",
           (long long)((clock_mono_ns() - started) / 1000000), status_field(shim, "VmHWM:"));
    close(connection);
    assert_int_equal(world_exit_code(world), 0);
}

static void a_reader_that_sleeps_does_not_hide_the_exit(void **state)
{
    struct world *world = *state;
    world_spawn(world, "seq 1 20000", false);
    int connection = world_attach(world, NULL, false);
    world_start(world);
    assert_int_equal(world_exit_code(world), 0);
    cleanup_buf struct buf out = BUF_INIT, none = BUF_INIT;
    world_read(connection, false, &out, &none);
    assert_true(str_ends(out.data, "\n19999\n20000\n"));
}

static void a_flood_to_a_sleeping_reader_waits_and_loses_nothing(void **state)
{
    struct world *world = *state;
    world->options.log_path = NULL;
    world_spawn(world, "seq 1 300000", false);
    int connection = world_attach(world, NULL, false);
    world_start(world);
    usleep(300000);
    assert_int_equal(kill(world->init, 0), 0); /* held back, not ended */
    cleanup_buf struct buf out = BUF_INIT, none = BUF_INIT;
    world_read(connection, false, &out, &none);
    assert_true(str_ends(out.data, "\n299999\n300000\n"));
    assert_int_equal(out.len, 1988895);
    assert_int_equal(world_exit_code(world), 0);
}

static void a_flood_can_be_killed_while_its_reader_sleeps(void **state)
{
    struct world *world = *state;
    struct error err = ERROR_INIT;
    world_spawn(world, "exec yes", false);
    int connection = world_attach(world, NULL, false);
    world_start(world);
    usleep(200000);
    int64_t started = clock_mono_ns();
    assert_int_equal(shim_signal(world->shim, NULL, SIGKILL, false, &err), 0);
    assert_int_equal(world_exit_code(world), 137);
    assert_true(clock_mono_ns() - started < 1000000000LL);
    close(connection);
}

static void a_stuck_reader_is_cut_off_when_another_one_waits(void **state)
{
    struct world *world = *state;
    world->options.log_path = NULL;
    world_spawn(world, "seq 1 200000", false);
    int stuck = world_attach(world, NULL, false), awake = world_attach(world, NULL, false);
    world_start(world);
    cleanup_buf struct buf out = BUF_INIT, none = BUF_INIT;
    world_read(awake, false, &out, &none);
    assert_true(str_ends(out.data, "\n199999\n200000\n"));
    assert_int_equal(world_exit_code(world), 0);
    close(stuck);
}

static void an_attacher_that_leaves_frees_the_container(void **state)
{
    struct world *world = *state;
    world_spawn(world, "seq 1 200000", false);
    int connection = world_attach(world, NULL, false);
    world_start(world);
    usleep(100000);
    close(connection);
    assert_int_equal(world_exit_code(world), 0);
    cleanup_free char *log = file_read(world->log, NULL, NULL);
    assert_non_null(strstr(log, "{\"log\":\"200000\\n\""));
}

struct caller {
    struct world *world;
    int number, failures;
};

static void *call_often(void *argument)
{
    struct caller *caller = argument;
    for (int i = 0; i < 10; i++) {
        struct error err = ERROR_INIT;
        cleanup_free char *id = str_format("e-%d-%d", caller->number, i), *script = str_format("echo %s", id);
        cleanup_json json_t *process = world_process(script, false);
        int connection = -EBADF;
        if (shim_exec_prepare(caller->world->shim, id, process, false, &err) < 0 ||
            shim_attach(caller->world->shim, id, false, true, true, &connection, &err) < 0 ||
            shim_exec_start(caller->world->shim, id, NULL, &err) < 0) {
            caller->failures++;
            continue;
        }
        cleanup_buf struct buf out = BUF_INIT, none = BUF_INIT;
        world_read(connection, false, &out, &none);
        cleanup_free char *wanted = str_format("%s\n", id);
        caller->failures += !str_equal(out.data, wanted);
    }
    return NULL;
}

static void many_threads_may_ask_at_once(void **state)
{
    struct world *world = *state;
    struct caller callers[6];
    pthread_t threads[ARRAY_LEN(callers)];
    world_spawn(world, "sleep 1000", false);
    world_start(world);
    for (int i = 0; i < (int)ARRAY_LEN(callers); i++) {
        callers[i] = (struct caller){.world = world, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, call_often, &callers[i]), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(callers) * 10; i++)
        json_decref(world_event(world, "exec-exit"));
    for (size_t i = 0; i < ARRAY_LEN(callers); i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(callers[i].failures, 0);
    }
}

static void an_idle_shim_is_small_and_sleeps(void **state)
{
    struct world *world = *state;
    world_spawn(world, "exec sleep 1000", false);
    world_start(world);
    usleep(200000);
    pid_t shim = shim_of(world);
    long before = status_field(shim, "\nvoluntary_ctxt_switches:"), resident = status_field(shim, "VmRSS:");
    usleep(500000);
    assert_int_equal(status_field(shim, "\nvoluntary_ctxt_switches:"), before);
    printf("#   an idle shim: %ld kB resident (%ld kB of it its own)\n", resident, status_field(shim, "RssAnon:"));
    assert_true(resident > 0 && (!SHIM_IS_ITSELF || resident < 2000));
    kill(shim, SIGTERM);
    kill(shim, SIGHUP);
    usleep(50000);
    struct error err = ERROR_INIT;
    cleanup_json json_t *seen = shim_state(world->shim, &err);
    assert_string_equal(json_str(seen, "state", ""), "running");
}

static void memory_does_not_grow_with_use(void **state)
{
    struct world *world = *state;
    struct error err = ERROR_INIT;
    long after_warm_up = 0;
    world_spawn(world, "exec sleep 1000", false);
    world_start(world);
    for (int i = 0; i < 60; i++) {
        world_exec(world, "again", "seq 1 2000", false, false);
        int connection = world_attach(world, "again", false);
        assert_int_equal(shim_exec_start(world->shim, "again", NULL, &err), 0);
        cleanup_buf struct buf out = BUF_INIT, none = BUF_INIT;
        world_read(connection, false, &out, &none);
        json_decref(world_event(world, "exec-exit"));
        if (i == 9)
            after_warm_up = status_field(shim_of(world), "VmRSS:");
    }
    long at_the_end = status_field(shim_of(world), "VmRSS:");
    printf("#   resident after 10 execs %ld kB, after 60 %ld kB\n", after_warm_up, at_the_end);
    assert_true(!SHIM_IS_ITSELF || at_the_end <= after_warm_up + 64);
}

static void garbage_on_the_socket_harms_nobody(void **state)
{
    struct world *world = *state;
    struct error err = ERROR_INIT;
    cleanup_free char *link = str_format("%s/short", world_root), *path = str_format("%s/shim.sock", link);
    assert_int_equal(symlink(world->state, link), 0);
    world_spawn(world, "exec sleep 1000", false);
    world_start(world);
    for (unsigned i = 0; i < 200; i++) {
        char garbage[300];
        for (size_t j = 0; j < sizeof garbage; j++)
            garbage[j] = j % 97 == 96 ? '\n' : (char)(i * 131 + j * 17 + j / 7);
        cleanup_close int connection = unix_connect(path, SOCK_STREAM, &err);
        assert_true(connection >= 0);
        assert_int_equal(write_full(connection, garbage, i % sizeof garbage), 0);
    }
    unlink(link);
    cleanup_json json_t *seen = shim_state(world->shim, &err);
    assert_string_equal(json_str(seen, "state", ""), "running");
}

/* From the first act of the runtime to the end of its last one. */
static int64_t runtime_part(const json_t *steps)
{
    int64_t first = INT64_MAX, last = 0;
    size_t i;
    json_t *step;
    json_array_foreach(steps, i, step)
    {
        int64_t start = json_num(step, "start_ns", 0), end = start + json_num(step, "duration_ns", 0);
        first = start < first ? start : first;
        last = end > last ? end : last;
    }
    return last - first;
}

static void making_a_container_is_quick(void **state)
{
    (void)state;
    enum { ROUNDS = 25 };
    int64_t best = INT64_MAX, least_added = INT64_MAX;
    for (size_t i = 0; i < ROUNDS; i++) {
        void *made = NULL;
        assert_int_equal(world_open(&made), 0);
        struct world *world = made;
        struct error err = ERROR_INIT;
        cleanup_json json_t *steps = NULL;
        cleanup_free char *path = path_join(world->state, "config.json");
        json_object_set_new(world->config, "process", world_process("exec true", false));
        assert_int_equal(json_write_file(path, world->config, 0600, false, &err), 0);
        int64_t started = clock_mono_ns();
        world->shim = shim_spawn(&world->options, &world->init, &steps, &err);
        int64_t took = clock_mono_ns() - started, added = took - runtime_part(steps);
        assert_non_null(world->shim);
        world_start(world);
        assert_int_equal(world_exit_code(world), 0);
        world_close(&made);
        best = took < best ? took : best;
        least_added = added < least_added ? added : least_added;
    }
    printf("#   spawn to created: best %.2f ms, of which %.2f ms are not the runtime's\n", (double)best / 1e6,
           (double)least_added / 1e6);
    assert_true(best < 100000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD(a_daemon_that_comes_back_finds_the_container_and_its_exit),
        WORLD(an_exit_that_nobody_heard_waits),
        WORLD(two_hundred_megabytes_arrive_whole),
        WORLD(a_reader_that_sleeps_does_not_hide_the_exit),
        WORLD(a_flood_to_a_sleeping_reader_waits_and_loses_nothing),
        WORLD(a_flood_can_be_killed_while_its_reader_sleeps),
        WORLD(a_stuck_reader_is_cut_off_when_another_one_waits),
        WORLD(an_attacher_that_leaves_frees_the_container),
        WORLD(many_threads_may_ask_at_once),
        WORLD(an_idle_shim_is_small_and_sleeps),
        WORLD(memory_does_not_grow_with_use),
        WORLD(garbage_on_the_socket_harms_nobody),
        cmocka_unit_test(making_a_container_is_quick),
    };
    if (!world_available()) {
        printf("[  SKIPPED ] containers need root, a static busybox and slipway-shim\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, worlds_open, worlds_close);
}
