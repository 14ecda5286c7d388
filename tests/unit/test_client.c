/* The API client against a scripted server: every way an answer can be cut, framed, refused or broken off. */
#include "base/json.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "base/strings.h"
#include "client/client.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* One answer for each connection or request, in order; `piece` bytes are written at a time (0: all at once). */
struct script {
    const char *const *answers;
    size_t piece;
    bool close_after_each;
    int listener;
    char path[64], host[80];
    struct buf requests;
    pthread_t thread;
};

static bool read_request(int fd, struct buf *log)
{
    size_t start = log->len, want = 0;
    for (;;) {
        char bytes[4096];
        char *head = log->data ? strstr(log->data + start, "\r\n\r\n") : NULL;
        if (head) {
            char *length = strstr(log->data + start, "Content-Length: ");
            want = (size_t)(head + 4 - log->data) + (length && length < head ? strtoul(length + 16, NULL, 10) : 0);
            bool chunked = strstr(log->data + start, "Transfer-Encoding: chunked") != NULL;
            if (chunked ? strstr(log->data + start, "0\r\n\r\n") != NULL && log->len > want : log->len >= want)
                return true;
        }
        ssize_t n = read(fd, bytes, sizeof bytes);
        if (n <= 0)
            return false;
        buf_add(log, bytes, (size_t)n);
    }
}

static void *serve(void *data)
{
    struct script *script = data;
    int fd = -1;
    for (const char *const *answer = script->answers; *answer;) {
        if (fd < 0)
            fd = accept(script->listener, NULL, NULL);
        if (!read_request(fd, &script->requests)) {
            close(fd);
            fd = -1;
            continue;
        }
        size_t len = strlen(*answer), piece = script->piece ? script->piece : len ? len : 1;
        for (size_t at = 0; at < len; at += piece) {
            size_t n = len - at < piece ? len - at : piece;
            if (send(fd, *answer + at, n, MSG_NOSIGNAL) < 0)
                break;
            if (script->piece)
                usleep(200);
        }
        answer++;
        if (script->close_after_each) {
            close(fd);
            fd = -1;
        }
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

static void script_start(struct script *script, const char *const *answers, size_t piece, bool close_after_each)
{
    *script = (struct script){.answers = answers, .piece = piece, .close_after_each = close_after_each};
    snprintf(script->path, sizeof script->path, "/tmp/slipway-test-client-%d.sock", getpid());
    snprintf(script->host, sizeof script->host, "unix://%s", script->path);
    struct error err = ERROR_INIT;
    script->listener = unix_listen(script->path, SOCK_STREAM, 0600, &err);
    assert_true(script->listener >= 0);
    assert_int_equal(pthread_create(&script->thread, NULL, serve, script), 0);
}

static void script_end(struct script *script)
{
    pthread_join(script->thread, NULL);
    close(script->listener);
    unlink(script->path);
    buf_free(&script->requests);
}

#define CHUNKED "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"

static void chunked_answer_cut_at_every_byte_is_whole_again(void **state)
{
    (void)state;
    static const char answer[] = CHUNKED "5\r\n{\"a\":\r\n1\r\n[\r\n8;x=y\r\n1,2,\"z\"]\r\n1\r\n}\r\n0\r\n\r\n";
    for (size_t piece = 1; piece < sizeof answer; piece += piece < 8 ? 1 : 13) {
        struct script script;
        script_start(&script, (const char *const[]){answer, NULL}, piece, true);
        struct client *client = client_new(script.host);
        struct error err = ERROR_INIT;
        cleanup_json json_t *doc = NULL;
        assert_int_equal(client_call(client, "GET", "/x", NULL, &doc, &err), 0);
        cleanup_free char *text = json_text(doc);
        assert_string_equal(text, "{\"a\":[1,2,\"z\"]}");
        assert_int_equal(client_status(client), 200);
        client_free(client);
        script_end(&script);
    }
}

static void requests_share_one_connection(void **state)
{
    (void)state;
    struct script script;
    script_start(&script,
                 (const char *const[]){"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", NULL},
                 0, false);
    struct client *client = client_new(script.host);
    struct error err = ERROR_INIT;
    json_t *doc = NULL;
    cleanup_json json_t *body = json_pack("{s:s}", "Image", "busybox");
    assert_int_equal(client_call(client, "POST", "/one", body, &doc, &err), 0);
    assert_null(doc);
    assert_int_equal(client_call(client, "GET", "/two", NULL, &doc, &err), 0);
    assert_true(json_is_object(doc));
    json_decref(doc);
    assert_non_null(strstr(script.requests.data, "POST /one HTTP/1.1\r\n"));
    assert_non_null(strstr(script.requests.data, "Content-Length: 19\r\n\r\n{\"Image\":\"busybox\"}"));
    assert_null(strstr(script.requests.data, "Expect"));
    client_free(client);
    script_end(&script);
}

static void connection_closed_between_requests_is_opened_again(void **state)
{
    (void)state;
    struct script script;
    static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1";
    script_start(&script, (const char *const[]){ok, ok, NULL}, 0, true);
    struct client *client = client_new(script.host);
    struct error err = ERROR_INIT;
    assert_int_equal(client_call(client, "GET", "/a", NULL, NULL, &err), 0);
    usleep(20000);
    assert_int_equal(client_call(client, "GET", "/b", NULL, NULL, &err), 0);
    client_free(client);
    script_end(&script);
}

static void daemon_errors_keep_their_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        int code, status;
        const char *message;
    } cases[] = {
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 38\r\n\r\n{\"message\":\"No such container: nope\"}\r\n", ENOENT, 404,
         "No such container: nope"},
        {"HTTP/1.1 409 Conflict\r\nContent-Length: 19\r\n\r\n{\"message\":\"taken\"}", EBUSY, 409, "taken"},
        {"HTTP/1.1 400 Bad Request\r\nContent-Length: 17\r\n\r\n{\"message\":\"bad\"}", EINVAL, 400, "bad"},
        {"HTTP/1.1 500 Oops\r\nContent-Length: 6\r\n\r\nbroken", EIO, 500, "broken"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct script script;
        script_start(&script, (const char *const[]){cases[i].answer, NULL}, 0, true);
        struct client *client = client_new(script.host);
        struct error err = ERROR_INIT;
        assert_int_equal(client_call(client, "GET", "/x", NULL, NULL, &err), -cases[i].code);
        assert_string_equal(err.message, cases[i].message);
        assert_int_equal(client_status(client), cases[i].status);
        client_free(client);
        script_end(&script);
    }
}

static void absent_daemon_is_named(void **state)
{
    (void)state;
    struct client *client = client_new("unix:///tmp/slipway-no-such.sock");
    struct error err = ERROR_INIT;
    assert_int_equal(client_call(client, "GET", "/_ping", NULL, NULL, &err), -ECONNREFUSED);
    assert_string_equal(err.message,
                        "Cannot connect to the Docker daemon at unix:///tmp/slipway-no-such.sock. Is the docker daemon running?");
    client_free(client);
}

static void answer_that_breaks_off_is_an_error(void **state)
{
    (void)state;
    static const char *const broken[] = {CHUNKED "5\r\n{\"a\"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "HTTP/1.1 20",
                                         ""};
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        struct script script;
        script_start(&script, (const char *const[]){broken[i], NULL}, 0, true);
        struct client *client = client_new(script.host);
        struct error err = ERROR_INIT;
        assert_int_equal(client_call(client, "GET", "/x", NULL, NULL, &err), -EPIPE);
        client_free(client);
        script_end(&script);
    }
    struct script script;
    script_start(&script, (const char *const[]){"SSH-2.0-OpenSSH\r\n", NULL}, 0, true);
    struct client *client = client_new(script.host);
    struct error err = ERROR_INIT;
    assert_int_equal(client_call(client, "GET", "/x", NULL, NULL, &err), -EPROTO);
    client_free(client);
    script_end(&script);
}

static void upgrade_hands_over_the_stream_with_nothing_lost(void **state)
{
    (void)state;
    static const char *const heads[] = {"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: "
                                        "Upgrade\r\nUpgrade: tcp\r\n\r\nhello",
                                        "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nhello"};
    for (size_t i = 0; i < ARRAY_LEN(heads); i++)
        for (size_t piece = 0; piece < 4; piece++) {
            struct script script;
            script_start(&script, (const char *const[]){heads[i], NULL}, piece, true);
            struct error err = ERROR_INIT;
            int fd = -1;
            assert_int_equal(client_hijack(script.host, "/attach", NULL, &fd, &err), 0);
            char text[16] = "";
            size_t len = 0;
            for (ssize_t n; (n = read(fd, text + len, sizeof text - 1 - len)) > 0;)
                len += (size_t)n;
            assert_string_equal(text, "hello");
            assert_non_null(strstr(script.requests.data, "Upgrade: tcp\r\n"));
            close(fd);
            script_end(&script);
        }
}

static void refused_upgrade_is_an_error(void **state)
{
    (void)state;
    struct script script;
    script_start(&script, (const char *const[]){"HTTP/1.1 404 Not Found\r\nContent-Length: 18\r\n\r\n{\"message\":\"gone\"}", NULL},
                 3, true);
    struct error err = ERROR_INIT;
    int fd = -1;
    assert_int_equal(client_hijack(script.host, "/attach", NULL, &fd, &err), -ENOENT);
    assert_string_equal(err.message, "gone");
    assert_int_equal(fd, -1);
    script_end(&script);
}

static void feed_gives_bytes_as_they_come_and_tells_the_end(void **state)
{
    (void)state;
    struct script script;
    script_start(&script, (const char *const[]){CHUNKED "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", NULL}, 1, true);
    struct error err = ERROR_INIT;
    struct client_feed *feed = client_feed_open(script.host, "/events", &err);
    assert_non_null(feed);
    char text[16] = "";
    size_t len = 0;
    for (long n; (n = client_feed_read(feed, text + len, 2, &err)) != -ENODATA;) {
        assert_true(n >= 0);
        len += (size_t)n;
        if (!n)
            usleep(100);
    }
    text[len] = '\0';
    assert_string_equal(text, "abcde");
    client_feed_close(feed);
    script_end(&script);
}

static void upload_is_chunked_and_an_early_refusal_is_heard(void **state)
{
    (void)state;
    struct script script;
    script_start(&script,
                 (const char *const[]){"HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n{\"status\":\"a\"}\r\n{\"b\":\"sh\"}\n", NULL},
                 0, true);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "tar bytes", 9), 9);
    close(ends[1]);
    struct client *client = client_new(script.host);
    struct error err = ERROR_INIT;
    cleanup_json json_t *doc = NULL;
    assert_int_equal(client_upload(client, "POST", "/images/create", "application/x-tar", ends[0], &doc, &err), 0);
    assert_string_equal(json_str(doc, "b", ""), "sh");
    assert_non_null(strstr(script.requests.data, "00000009\r\ntar bytes\r\n0\r\n\r\n"));
    close(ends[0]);
    client_free(client);
    script_end(&script);
}

static bool never_whole(void *data, size_t len)
{
    *(size_t *)data += len;
    return len > 0;
}

static void an_upload_that_is_broken_off_is_not_ended(void **state)
{
    (void)state;
    struct script script;
    script_start(&script, (const char *const[]){"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", NULL}, 0, true);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "half a tar", 10), 10);
    close(ends[1]);
    struct client *client = client_new(script.host);
    struct error err = ERROR_INIT;
    size_t sent = 0;
    const struct client_request request = {
        .method = "POST", .path = "/build", .content_type = "application/x-tar", .fd = ends[0], .sent = never_whole, .data = &sent};
    assert_int_equal(client_exchange(client, &request, NULL, &err), -ECANCELED);
    assert_int_equal(sent, 10);
    assert_int_equal(client_call(client, "GET", "/next", NULL, NULL, &err), 0); /* only this one is answered */
    assert_non_null(strstr(script.requests.data, "half a tar"));
    assert_null(strstr(script.requests.data, "0\r\n\r\n"));
    close(ends[0]);
    client_free(client);
    script_end(&script);
}

static bool stop_after_three(void *data, const char *bytes, size_t len)
{
    buf_add(data, bytes, len);
    return ((struct buf *)data)->len < 3;
}

static void stream_stops_when_told(void **state)
{
    (void)state;
    struct script script;
    script_start(&script, (const char *const[]){CHUNKED "3\r\nabc\r\n2\r\nde\r\n", NULL}, 1, true);
    struct client *client = client_new(script.host);
    struct error err = ERROR_INIT;
    cleanup_buf struct buf got = BUF_INIT;
    assert_int_equal(client_stream(client, "GET", "/logs", NULL, stop_after_three, &got, &err), 0);
    assert_string_equal(got.data, "abc");
    client_free(client);
    script_end(&script);
}

static void names_are_escaped_for_a_path(void **state)
{
    (void)state;
    cleanup_free char *text = client_escape("a/b c:1.0_~é");
    assert_string_equal(text, "a%2Fb%20c%3A1.0_~%C3%A9");
}

static void host_comes_from_flag_then_environment(void **state)
{
    (void)state;
    unsetenv("SLIPWAY_HOST");
    unsetenv("DOCKER_HOST");
    assert_string_equal(client_host(NULL), "unix:///run/slipway.sock");
    setenv("DOCKER_HOST", "unix:///d", 1);
    assert_string_equal(client_host(NULL), "unix:///d");
    setenv("SLIPWAY_HOST", "unix:///s", 1);
    assert_string_equal(client_host(NULL), "unix:///s");
    assert_string_equal(client_host("unix:///f"), "unix:///f");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunked_answer_cut_at_every_byte_is_whole_again),
        cmocka_unit_test(requests_share_one_connection),
        cmocka_unit_test(connection_closed_between_requests_is_opened_again),
        cmocka_unit_test(daemon_errors_keep_their_sentence),
        cmocka_unit_test(absent_daemon_is_named),
        cmocka_unit_test(answer_that_breaks_off_is_an_error),
        cmocka_unit_test(upgrade_hands_over_the_stream_with_nothing_lost),
        cmocka_unit_test(refused_upgrade_is_an_error),
        cmocka_unit_test(feed_gives_bytes_as_they_come_and_tells_the_end),
        cmocka_unit_test(an_upload_that_is_broken_off_is_not_ended),
        cmocka_unit_test(upload_is_chunked_and_an_early_refusal_is_heard),
        cmocka_unit_test(stream_stops_when_told),
        cmocka_unit_test(names_are_escaped_for_a_path),
        cmocka_unit_test(host_comes_from_flag_then_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
