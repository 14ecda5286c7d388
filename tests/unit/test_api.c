/* Routing, versions, detach keys and the pump, the log reader. */
#include "api/http.h"
#include "api/log_reader.h"
#include "api/server.h"
#include "api/times.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void versions_are_split_off(void **state)
{
    (void)state;
    static const struct {
        const char *url, *rest;
        int version;
    } cases[] = {{"/v1.41/info", "/info", 41},    {"/info", "/info", 0},   {"/v1.x/info", "/v1.x/info", 0},
                 {"/v2.1/info", "/v2.1/info", 0}, {"/v1.41", "/v1.41", 0}, {"/v1.0/x", "/x", -1}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *rest;
        assert_int_equal(version_split(cases[i].url, &rest), cases[i].version);
        assert_string_equal(rest, cases[i].rest);
    }
}

static void routes_capture_parts_of_the_path(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path, *captured;
        bool found;
    } cases[] = {
        {"GET", "/containers/abc/json", "abc", true},
        {"GET", "/containers/json", NULL, true},
        {"GET", "/images/a/b:c/json", "a/b:c", true},
        {"DELETE", "/images/registry:5000/x/y:z", "registry:5000/x/y:z", true},
        {"GET", "/containers//json", NULL, false},
        {"GET", "/containers/a/b/json", "a/b", true},
        {"POST", "/containers/abc/json", NULL, false},
        {"GET", "/", NULL, false},
        {"GET", "", NULL, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *captured[CAPTURES] = {0};
        assert_int_equal(route_find(cases[i].method, cases[i].path, captured) != NULL, cases[i].found);
        if (cases[i].captured)
            assert_string_equal(captured[0], cases[i].captured);
        for (size_t j = 0; j < CAPTURES; j++)
            free(captured[j]);
    }
}

static void moments_are_seconds_or_rfc3339(void **state)
{
    (void)state;
    int64_t ns;
    struct error err = ERROR_INIT;
    assert_true(time_parse("12.5", &ns, &err) && ns == 12500000000);
    assert_true(time_parse("0", &ns, &err) && ns == 0);
    assert_true(time_parse("1970-01-01T00:00:01Z", &ns, &err) && ns == 1000000000);
    assert_false(time_parse("1.x", &ns, &err));
    assert_false(time_parse("yesterday", &ns, &err));
}

struct joint {
    int client, stream;
    struct detach detach;
};

static void *run_pump(void *data)
{
    struct joint *joint = data;
    pump(joint->client, joint->stream, "early", 5, &joint->detach);
    close(joint->client);
    close(joint->stream);
    return NULL;
}

/* What arrives at the far side when `typed` is sent by the client. */
static char *pumped(const char *keys, const char *typed)
{
    int client[2], stream[2];
    struct joint joint;
    struct error err = ERROR_INIT;
    pthread_t thread;
    struct buf got = BUF_INIT;
    char bytes[256];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, client), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, stream), 0);
    joint = (struct joint){.client = client[1], .stream = stream[1]};
    assert_true(detach_parse(keys, &joint.detach, &err));
    pthread_create(&thread, NULL, run_pump, &joint);
    for (; *typed; typed++) { /* one key at a time, as on a terminal */
        if (send(client[0], typed, 1, MSG_NOSIGNAL) < 0)
            break;
        usleep(1000);
    }
    shutdown(client[0], SHUT_WR);
    for (ssize_t n; (n = read(stream[0], bytes, sizeof bytes)) > 0;)
        buf_add(&got, bytes, (size_t)n);
    close(stream[0]);
    pthread_join(thread, NULL);
    close(client[0]);
    return buf_take(&got);
}

static void typing_goes_through_and_detach_keys_end_it(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *typed, *got;
    } cases[] = {
        {"", "hello", "earlyhello"},
        {"",
         "ab\x10\x11"
         "cd",
         "earlyab"}, /* ctrl-p ctrl-q */
        {"",
         "a\x10"
         "b",
         "earlya\x10"
         "b"}, /* a begun sequence is given after all */
        {"", "\x10\x10\x11x", "early\x10"},
        {"ctrl-x,z", "a\x18zb", "earlya"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *got = pumped(cases[i].keys, cases[i].typed);
        assert_string_equal(got, cases[i].got);
    }
}

static void detach_keys_are_checked(void **state)
{
    (void)state;
    struct detach detach;
    struct error err = ERROR_INIT;
    static const char *const bad[] = {"ctrl-", "ctrl-long", "ab", "ctrl-p,", "ctrl-1"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(detach_parse(bad[i], &detach, &err));
    assert_true(detach_parse("ctrl-a,b,ctrl-@", &detach, &err));
    assert_int_equal(detach.count, 3);
}

static char log_path[64];

static void write_log(const char *suffix, int from, int to)
{
    cleanup_buf struct buf text = BUF_INIT;
    struct error err = ERROR_INIT;
    cleanup_free char *path = str_format("%s%s", log_path, suffix);
    for (int i = from; i <= to; i++)
        buf_printf(&text, "{\"log\":\"%d\\n\",\"stream\":\"%s\",\"time\":\"2026-01-01T00:00:%02d.5Z\"}\n", i,
                   i % 2 ? "stdout" : "stderr", i);
    assert_int_equal(file_write(path, text.data, text.len, 0644, &err), 0);
}

static char *read_log(struct log_options options)
{
    struct buf out = BUF_INIT;
    bool past = false;
    struct log_reader *reader = log_reader_open(log_path, &options);
    while (!past && log_reader_next(reader, &out, &past))
        continue;
    log_reader_close(reader);
    return buf_take(&out);
}

static int set_up_log(void **state)
{
    (void)state;
    strcpy(log_path, "/tmp/slt-log-XXXXXX");
    if (!mkdtemp(log_path))
        return -1;
    strcat(log_path, "/log");
    write_log(".1", 1, 4);
    write_log("", 5, 8);
    return 0;
}

static int tear_down_log(void **state)
{
    (void)state;
    *strrchr(log_path, '/') = '\0';
    return path_remove_tree(log_path, NULL);
}

static void logs_are_read_across_rotation(void **state)
{
    (void)state;
    int64_t second = 1767225600ll * 1000000000;
    const struct {
        struct log_options options;
        const char *text;
    } cases[] = {
        {{.out = true, .errors = true, .tail = -1}, "1\n2\n3\n4\n5\n6\n7\n8\n"},
        {{.out = true, .tail = -1}, "1\n3\n5\n7\n"},
        {{.errors = true, .tail = 3}, "6\n8\n"},
        {{.out = true, .errors = true, .tail = 1}, "8\n"},
        {{.out = true, .errors = true, .tail = 4}, "5\n6\n7\n8\n"},
        {{.out = true, .errors = true, .tail = 6}, "3\n4\n5\n6\n7\n8\n"},
        {{.out = true, .errors = true, .tail = 100}, "1\n2\n3\n4\n5\n6\n7\n8\n"},
        {{.out = true, .errors = true, .tail = 0}, ""},
        {{.out = true, .errors = true, .tail = -1, .since_ns = second + 6000000000ll}, "6\n7\n8\n"},
        {{.out = true, .errors = true, .tail = -1, .until_ns = second + 3000000000ll}, "1\n2\n"},
        {{.out = true, .tail = 2, .timestamps = true}, "2026-01-01T00:00:07.500000000Z 7\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *got = read_log(cases[i].options);
        assert_string_equal(got, cases[i].text);
    }
}

static void a_missing_or_broken_log_is_an_empty_one(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    const struct log_options all = {.out = true, .errors = true, .tail = -1};
    assert_int_equal(file_write(log_path, "", 0, 0644, &err), 0);
    static const char junk[] = "not json\n{\"log\":5}\n{}\n\n{\"log\":\"x\\n\",\"stream\":\"stdout\"}\n{\"log\":\"half";
    assert_int_equal(file_write_atomic(log_path, junk, sizeof junk - 1, 0644, false, &err), 0);
    cleanup_free char *got = read_log(all);
    assert_string_equal(got, "1\n2\n3\n4\nx\n");
    strcat(log_path, "-none");
    cleanup_free char *none = read_log(all);
    assert_string_equal(none, "");
}

static enum MHD_Result answer_bad_bytes(void *data, struct MHD_Connection *connection, const char *url, const char *method,
                                        const char *version, const char *body, size_t *len, void **context)
{
    (void)data, (void)method, (void)version, (void)body, (void)len, (void)context;
    struct request request = {.connection = connection, .path = (char *)url};
    return reply_json(&request, 200, json_pack("{s:s}", "Name", "\xff\xfe"));
}

static void an_answer_that_cannot_be_told_is_an_error(void **state)
{
    (void)state;
    int ends[2];
    char got[2048];
    size_t len = 0;
    static const char question[] = "GET / HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n";
    const struct sockaddr address = {.sa_family = AF_UNIX};
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_NO_LISTEN_SOCKET | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC, 0, NULL, NULL,
                         answer_bad_bytes, NULL, MHD_OPTION_END);
    assert_non_null(daemon);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(MHD_add_connection(daemon, ends[1], &address, sizeof address), MHD_YES);
    assert_int_equal(write(ends[0], question, sizeof question - 1), sizeof question - 1);
    for (ssize_t n; len < sizeof got - 1 && (n = read(ends[0], got + len, sizeof got - 1 - len)) > 0;)
        len += (size_t)n;
    got[len] = '\0';
    close(ends[0]);
    MHD_stop_daemon(daemon);
    assert_ptr_equal(strstr(got, "HTTP/1.1 500 "), got);
    assert_non_null(strstr(got, "{\"message\":\"the answer cannot be told: it has text that is not UTF-8\"}"));
}

static void a_listener_that_is_gone_is_noticed_before_more_is_said(void **state)
{
    (void)state;
    int client[2], stream[2];
    char bytes[16];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, client), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, stream), 0);
    assert_int_equal(write(stream[0], "said", 4), 4);
    assert_int_equal(read_for(client[1], stream[1], bytes, sizeof bytes), 4);
    close(client[0]);
    assert_int_equal(read_for(client[1], stream[1], bytes, sizeof bytes), -ECANCELED);
    close(stream[0]);
    assert_int_equal(read_for(-1, stream[1], bytes, sizeof bytes), 0);
    close(client[1]);
    close(stream[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_split_off),
        cmocka_unit_test(routes_capture_parts_of_the_path),
        cmocka_unit_test(moments_are_seconds_or_rfc3339),
        cmocka_unit_test(detach_keys_are_checked),
        cmocka_unit_test(an_answer_that_cannot_be_told_is_an_error),
        cmocka_unit_test(a_listener_that_is_gone_is_noticed_before_more_is_said),
        cmocka_unit_test(typing_goes_through_and_detach_keys_end_it),
        cmocka_unit_test_setup_teardown(logs_are_read_across_rotation, set_up_log, tear_down_log),
        cmocka_unit_test_setup_teardown(a_missing_or_broken_log_is_an_empty_one, set_up_log, tear_down_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
