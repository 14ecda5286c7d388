/* slipway-classd as a process: started on demand, killed, raced for, and asked by many at once. Needs the built program beside the
 * tests' directory. */
#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "base/strings.h"
#include "quizzes/class_client.h"
#include "quizzes/classd/events.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { CLIENTS = 50, ANSWERS = 20 };

static char *dir, *socket_path, *db_path, *pid_file;

static int setup(void **state)
{
    (void)state;
    static char name[64];
    strcpy(name, "/tmp/test_classd-XXXXXX");
    dir = mkdtemp(name);
    socket_path = path_join(dir, "class.sock");
    db_path = path_join(dir, "class.db");
    pid_file = path_join(dir, "class.pid");
    setenv("SLIPWAY_CLASS_SOCKET", socket_path, 1);
    setenv("SLIPWAY_CLASS_DB", db_path, 1);
    return 0;
}

static pid_t server_pid(void)
{
    cleanup_free char *text = file_read(pid_file, NULL, NULL);
    long long pid = 0;
    return text && str_to_int(str_trim(text), &pid) && pid > 1 && kill((pid_t)pid, 0) == 0 ? (pid_t)pid : 0;
}

static void stop_server(void)
{
    pid_t pid = server_pid();
    if (pid)
        kill(pid, SIGTERM);
    for (int i = 0; pid && i < 200 && path_exists(pid_file); i++)
        poll(NULL, 0, 10);
}

static int teardown(void **state)
{
    (void)state;
    stop_server();
    path_remove_tree(dir, NULL);
    free(socket_path);
    free(db_path);
    free(pid_file);
    return 0;
}

static json_t *get(json_t *request)
{
    json_t *reply = NULL;
    struct error err = ERROR_INIT;
    int r = class_call(request, &reply, &err);
    json_decref(request);
    if (r < 0)
        fail_msg("%s", err.message);
    return reply;
}

static void import_bank(int questions)
{
    cleanup_buf struct buf text = BUF_INIT;
    cleanup_free char *path = path_join(dir, "bank.md");
    buf_puts(&text, "---\nid: demo\ntitle: A demo\ndomain: foundations\nversion: 1\nlicence: MIT\n---\n");
    for (int i = 0; i < questions; i++)
        buf_printf(&text, "## q%d {type=single level=1 topic=t}\n\nWhich?\n\n- [x] Yes\n  > y\n- [ ] No\n  > n\n", i);
    file_write(path, text.data, text.len, 0644, NULL);
    json_decref(get(json_pack("{s:s,s:s}", "op", "bank.import", "path", path)));
}

static int wait_all(int count)
{
    int failed = 0, status;
    for (int i = 0; i < count; i++)
        failed += wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    return failed;
}

static void the_first_question_starts_the_program(void **state)
{
    (void)state;
    assert_int_equal(server_pid(), 0);
    int64_t before = clock_mono_ns();
    json_decref(get(json_pack("{s:s}", "op", "progress.get")));
    int64_t took = clock_mono_ns() - before;
    assert_true(took < 1000000000);
    pid_t pid = server_pid();
    assert_true(pid > 0 && getsid(pid) != getsid(0));
    struct stat st;
    assert_int_equal(stat(socket_path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    json_decref(get(json_pack("{s:s}", "op", "progress.get")));
    assert_int_equal(server_pid(), pid);
    stop_server();
    assert_false(path_exists(socket_path) || path_exists(pid_file));
}

static void of_many_started_at_once_one_serves_all(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++)
        if (fork() == 0) {
            cleanup_free char *id = str_format("lab-%d", i);
            json_t *request = json_pack("{s:s,s:s,s:s,s:i}", "op", "progress.set", "kind", "lab", "id", id, "step", i);
            struct error err = ERROR_INIT;
            _exit(class_call(request, NULL, &err) < 0);
        }
    assert_int_equal(wait_all(20), 0);
    cleanup_json json_t *progress = get(json_pack("{s:s}", "op", "progress.get"));
    assert_int_equal(json_array_size(json_object_get(progress, "progress")), 20);
}

static void a_socket_that_nobody_serves_is_replaced(void **state)
{
    (void)state;
    int stale = unix_listen(socket_path, SOCK_SEQPACKET, 0600, NULL);
    assert_true(stale >= 0);
    close(stale);
    file_write(pid_file, "999999\n", 7, 0600, NULL);
    json_decref(get(json_pack("{s:s}", "op", "progress.get")));
}

static void a_program_that_cannot_start_says_why_in_one_line(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    json_t *request = json_pack("{s:s}", "op", "progress.get"), *reply;
    file_write(db_path, "this is no database, and long enough to be seen as none", 55, 0600, NULL);
    int64_t before = clock_mono_ns();
    assert_int_equal(class_call(request, &reply, &err), -EIO);
    assert_true(clock_mono_ns() - before < 3000000000);
    assert_non_null(strstr(err.message, "file is not a database"));
    assert_null(strchr(err.message, '\n'));
    assert_null(reply);
    setenv("SLIPWAY_CLASS_SOCKET", "/nowhere/class.sock", 1);
    assert_true(class_call(request, &reply, &err) < 0);
    assert_non_null(strstr(err.message, "/nowhere/class.pid"));
    json_decref(request);
}

/* What a hand-made client gets for `len` bytes. */
static json_t *raw(const void *bytes, size_t len)
{
    cleanup_close int fd = unix_connect(socket_path, SOCK_SEQPACKET, NULL);
    assert_true(fd >= 0);
    int size = 1 << 20;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
    if (send(fd, bytes, len, MSG_NOSIGNAL) < 0)
        return NULL;
    static char room[CLASS_MESSAGE_MAX];
    ssize_t got = recv(fd, room, sizeof room, 0);
    return got > 0 ? json_parse(room, (size_t)got, "reply", NULL) : NULL;
}

static void nonsense_is_refused_and_does_no_harm(void **state)
{
    (void)state;
    json_decref(get(json_pack("{s:s}", "op", "progress.get")));
    pid_t pid = server_pid();
    static const char *const nonsense[] = {"{",
                                           "[]",
                                           "null",
                                           "{\"op\":",
                                           "\xff\xfe",
                                           "{\"op\":\"exam.answer\",\"attempt\":1e999}",
                                           "{\"op\":\"exam.start\",\"bank\":{\"a\":[]}}",
                                           "{\"op\":\"progress.set\",\"id\":\"'; DROP TABLE event; --\"}"};
    for (size_t i = 0; i < ARRAY_LEN(nonsense); i++) {
        cleanup_json json_t *reply = raw(nonsense[i], strlen(nonsense[i]));
        assert_false(json_flag(reply, "ok", true));
        assert_true(json_num(reply, "code", 0) > 0);
    }
    cleanup_free char *deep = xmalloc(200000);
    memset(deep, '[', 200000);
    cleanup_json json_t *reply = raw(deep, 200000);
    assert_false(json_flag(reply, "ok", true));
    cleanup_free char *large = calloc(1, CLASS_MESSAGE_MAX + 1000);
    cleanup_json json_t *refused = raw(large, CLASS_MESSAGE_MAX + 1000);
    if (refused)
        assert_int_equal(json_num(refused, "code", 0), EMSGSIZE);
    memset(large, 'x', CLASS_MESSAGE_MAX + 999);
    json_t *request = json_pack("{s:s,s:s}", "op", "bank.import", "path", large);
    struct error err = ERROR_INIT;
    assert_int_equal(class_call(request, NULL, &err), -EMSGSIZE);
    json_decref(request);
    json_decref(get(json_pack("{s:s}", "op", "progress.get")));
    assert_int_equal(server_pid(), pid);
}

static void a_socket_of_another_user_is_not_trusted(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    chmod(dir, 0777);
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t squatter = fork();
    if (squatter == 0) {
        if (setuid(20001) < 0 || unix_listen(socket_path, SOCK_SEQPACKET, 0666, NULL) < 0 || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    struct error err = ERROR_INIT;
    json_t *request = json_pack("{s:s}", "op", "progress.get");
    assert_int_equal(class_call(request, NULL, &err), -EPERM);
    assert_non_null(strstr(err.message, "is served by user 20001"));
    json_decref(request);
    kill(squatter, SIGKILL);
    waitpid(squatter, NULL, 0);
    close(ready[0]);
    close(ready[1]);
}

static json_t *answer(long long attempt, int slot, long long seq, const char *letter)
{
    return json_pack("{s:s,s:I,s:i,s:[s],s:I}", "op", "exam.answer", "attempt", (json_int_t)attempt, "slot", slot, "answer", letter,
                     "seq", (json_int_t)seq);
}

/* Sends until it is acknowledged, as a learner would. */
static void insist(json_t *request)
{
    struct error err = ERROR_INIT;
    while (class_call(request, NULL, &err) < 0)
        if (err.code == EINVAL || err.code == EEXIST)
            _exit(1);
    json_decref(request);
}

static void no_acknowledged_answer_is_lost_to_kill_9(void **state)
{
    (void)state;
    import_bank(ANSWERS);
    cleanup_json json_t *started = get(json_pack("{s:s,s:s,s:i}", "op", "exam.start", "bank", "demo", "count", ANSWERS));
    long long attempt = json_num(started, "attempt", 0);
    for (int i = 0; i < CLIENTS; i++)
        if (fork() == 0) {
            for (int slot = 1; slot <= ANSWERS; slot++)
                insist(answer(attempt, slot, i + 1, i % 2 ? "a" : "b"));
            _exit(0);
        }
    int killed = 0;
    for (int64_t until = clock_mono_ns() + 600000000; clock_mono_ns() < until; poll(NULL, 0, 30)) {
        pid_t pid = server_pid();
        killed += pid && kill(pid, SIGKILL) == 0;
    }
    assert_int_equal(wait_all(CLIENTS), 0);
    assert_true(killed >= 3);
    stop_server();
    struct store store;
    struct error err = ERROR_INIT;
    if (store_open(&store, db_path, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(store_number(&store, 0, "SELECT count(*) FROM event WHERE kind = 'exam.answer'", ""), CLIENTS * ANSWERS);
    assert_int_equal(store_number(&store, 0, "SELECT count(DISTINCT slot * 1000 + seq) FROM event WHERE kind = 'exam.answer'", ""),
                     CLIENTS * ANSWERS);
    assert_int_equal(event_verify(&store, &err), 0);
    store_close(&store);
    cleanup_json json_t *again = get(json_pack("{s:s,s:s}", "op", "exam.start", "bank", "demo"));
    assert_true(json_flag(again, "resumed", false));
    assert_int_equal(json_num(again, "attempt", 0), attempt);
}

static int by_value(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

static void sit(int user, int64_t *took)
{
    struct error err = ERROR_INIT;
    if (setgid(20000) < 0 || setuid((uid_t)(20000 + user)) < 0)
        _exit(2);
    json_t *request = json_pack("{s:s,s:s,s:i}", "op", "exam.start", "bank", "demo", "count", ANSWERS), *started;
    if (class_call(request, &started, &err) < 0)
        _exit(3);
    for (int slot = 1; slot <= ANSWERS; slot++) {
        int64_t before = clock_mono_ns();
        if (class_call(answer(json_num(started, "attempt", 0), slot, 1, "a"), NULL, &err) < 0)
            _exit(4);
        took[slot - 1] = clock_mono_ns() - before;
    }
    request = json_pack("{s:s,s:I}", "op", "exam.finish", "attempt", (json_int_t)json_num(started, "attempt", 0));
    _exit(class_call(request, NULL, &err) < 0 ? 5 : 0);
}

static void a_class_of_fifty_answers_at_once(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    import_bank(ANSWERS);
    chmod(dir, 0755);
    chmod(socket_path, 0666);
    size_t size = CLIENTS * ANSWERS * sizeof(int64_t);
    int64_t *took = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < CLIENTS; i++)
        if (fork() == 0)
            sit(i, took + i * ANSWERS);
    assert_int_equal(wait_all(CLIENTS), 0);
    qsort(took, CLIENTS * ANSWERS, sizeof *took, by_value);
    print_message("%d answers of %d users: median %.1f ms, 99%% within %.1f ms\n", CLIENTS * ANSWERS, CLIENTS,
                  (double)took[CLIENTS * ANSWERS / 2] / 1e6, (double)took[CLIENTS * ANSWERS * 99 / 100] / 1e6);
    munmap(took, size);
    stop_server();
    struct store store;
    struct error err = ERROR_INIT;
    assert_int_equal(store_open(&store, db_path, &err), 0);
    assert_int_equal(store_number(&store, 0, "SELECT count(*) FROM event WHERE kind = 'exam.answer'", ""), CLIENTS * ANSWERS);
    assert_int_equal(store_number(&store, 0, "SELECT count(*) FROM attempt WHERE reason = 'finished'", ""), CLIENTS);
    assert_int_equal(store_number(&store, 0, "SELECT count(DISTINCT seed) FROM attempt", ""), CLIENTS);
    assert_int_equal(event_verify(&store, &err), 0);
    store_close(&store);
}

static void it_ends_when_nobody_needs_it(void **state)
{
    (void)state;
    cleanup_free char *program = str_format("%s/../slipway-classd", exe_dir());
    pid_t pid = fork();
    if (pid == 0) {
        execl(program, "slipway-classd", "--socket", socket_path, "--db", db_path, "--idle", "1", NULL);
        _exit(127);
    }
    int client = -1; /* the socket is there a moment before anybody listens */
    for (int i = 0; i < 2000 && (client = unix_connect(socket_path, SOCK_SEQPACKET, NULL)) < 0; i++)
        poll(NULL, 0, 10);
    assert_true(client >= 0);
    poll(NULL, 0, 1500);
    int status;
    assert_int_equal(waitpid(pid, &status, WNOHANG), 0); /* somebody is connected */
    close(client);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_false(path_exists(socket_path) || path_exists(pid_file));
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        EACH(the_first_question_starts_the_program),
        EACH(of_many_started_at_once_one_serves_all),
        EACH(a_socket_that_nobody_serves_is_replaced),
        EACH(a_program_that_cannot_start_says_why_in_one_line),
        EACH(nonsense_is_refused_and_does_no_harm),
        EACH(a_socket_of_another_user_is_not_trusted),
        EACH(no_acknowledged_answer_is_lost_to_kill_9),
        EACH(a_class_of_fifty_answers_at_once),
        EACH(it_ends_when_nobody_needs_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
