/* Log services: the messages that syslog and journald get, and what happens when they are slow. */
#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "base/strings.h"
#include "shim/log_service.h"
#include "shim/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
    char dir[64];
    char *path;
    int listener;
};

static int open_place(void **state)
{
    struct place *place = xcalloc(1, sizeof *place);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(place->dir, "/tmp/slt-log-service-XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    place->path = path_join(place->dir, "socket");
    strcpy(address.sun_path, place->path);
    place->listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(place->listener, (struct sockaddr *)&address, sizeof address), 0);
    const struct timeval patience = {.tv_sec = 10};
    setsockopt(place->listener, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    *state = place;
    return 0;
}

static int close_place(void **state)
{
    struct place *place = *state;
    fd_close(place->listener);
    path_remove_tree(place->dir, NULL);
    free(place->path);
    free(place);
    return 0;
}

static struct shim_service *open_service(struct place *place, bool non_blocking, int buffer)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *config =
        json_pack("{s:s,s:s,s:s,s:i,s:s,s:s,s:b,s:i}", "kind", "syslog", "transport", "unixgram", "address", place->path,
                  "priority", 24, "format", "", "tag", "web", "non_blocking", non_blocking, "buffer", buffer);
    struct shim_service *service = shim_service_open(config, &err);
    assert_non_null(service);
    return service;
}

static char *receive(struct place *place)
{
    char bytes[SHIM_MESSAGE];
    ssize_t n = recv(place->listener, bytes, sizeof bytes, 0);
    return n < 0 ? NULL : xstrndup(bytes, (size_t)n);
}

static void put(struct shim_service *service, const char *text)
{
    shim_service_put(service, SHIM_STDOUT, text, strlen(text), clock_wall_ns());
}

static void syslog_messages_have_the_heads_of_their_formats(void **state)
{
    (void)state;
    static const struct {
        const char *format, *wanted;
    } cases[] = {{"", "<155>Nov 21 09:12:47 web[%d]: oops\n"},
                 {"rfc3164", "<155>Nov 21 09:12:47 %s web[%d]: oops\n"},
                 {"rfc5424", "<155>1 2026-11-21T09:12:47Z %s web %d web - oops\n"},
                 {"rfc5424micro", "<155>1 2026-11-21T09:12:47.277979Z %s web %d web - oops\n"}};
    setenv("TZ", "UTC", 1);
    tzset();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct shim_message_style style;
        struct error err = ERROR_INIT;
        cleanup_json json_t *config =
            json_pack("{s:s,s:i,s:s,s:s}", "kind", "syslog", "priority", 19 * 8, "format", cases[i].format, "tag", "web");
        assert_int_equal(shim_style_open(&style, config, &err), 0);
        const struct shim_piece piece = {
            .stream = SHIM_STDERR, .data = "oops", .len = 4, .ends = true, .at = 1795252367277979400LL};
        char out[SHIM_MESSAGE];
        out[shim_message(&style, out, &piece)] = 0;
        cleanup_free char *pid = str_format("%d", (int)getpid()), *wanted = NULL;
        cleanup_buf struct buf text = BUF_INIT;
        for (const char *c = cases[i].wanted; *c; c++) {
            if (*c != '%')
                buf_putc(&text, *c);
            else
                buf_puts(&text, *++c == 's' ? style.host : pid);
        }
        wanted = buf_take(&text);
        assert_string_equal(out, wanted);
        free(style.fields);
    }
}

static void journald_gets_fields_and_the_bytes_of_the_line(void **state)
{
    (void)state;
    struct shim_message_style style;
    struct error err = ERROR_INIT;
    cleanup_json json_t *config =
        json_pack("{s:s,s:{s:s,s:s}}", "kind", "journald", "fields", "CONTAINER_NAME", "web", "NOTE", "two\nlines");
    assert_int_equal(shim_style_open(&style, config, &err), 0);
    const struct shim_piece piece = {.data = "a\0b", .len = 3, .ends = true, .at = 1};
    char out[SHIM_MESSAGE];
    size_t len = shim_message(&style, out, &piece);
    static const char wanted[] =
        "CONTAINER_NAME=web\nNOTE\n\x09\0\0\0\0\0\0\0two\nlines\nPRIORITY=6\nMESSAGE\n\x03\0\0\0\0\0\0\0a\0b\n";
    assert_int_equal(len, sizeof wanted - 1);
    assert_memory_equal(out, wanted, len);
    free(style.fields);
}

static void a_service_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    static const struct {
        const char *config, *message;
    } cases[] = {{"{\"kind\":\"journald\",\"socket\":\"/nonexistent\"}", "journald is not enabled on this host"},
                 {"{\"kind\":\"syslog\",\"transport\":\"unix\",\"address\":\"/nonexistent\"}", "dial unix /nonexistent"},
                 {"{\"kind\":\"syslog\",\"transport\":\"tcp\",\"address\":\"127.0.0.1:1\"}", "dial tcp 127.0.0.1:1"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;
        cleanup_json json_t *config = json_loads(cases[i].config, 0, NULL);
        assert_null(shim_service_open(config, &err));
        assert_true(str_starts(err.message, cases[i].message));
    }
}

static void lines_arrive_in_order_and_the_last_one_before_the_end(void **state)
{
    struct place *place = *state;
    struct shim_service *service = open_service(place, false, 0);
    put(service, "one\ntw");
    put(service, "o\nthree");
    shim_service_close(service);
    for (const char *const *wanted = (const char *const[]){"one", "two", "three", NULL}; *wanted; wanted++) {
        cleanup_free char *got = receive(place), *end = str_format("]: %s\n", *wanted);
        assert_non_null(got);
        assert_true(str_ends(got, end));
    }
}

static void count_resumed(void *owner) { ++*(int *)owner; }

/* Nobody reads: the queue fills, output waits, and goes on once somebody does. Not a line is missing. */
static void a_slow_service_holds_output_up(void **state)
{
    struct place *place = *state;
    struct shim_service *service = open_service(place, false, 0);
    int resumed = 0, sent = 0, read = 0;
    shim_service_on_ready(service, count_resumed, &resumed);
    while (shim_service_ready(service)) {
        cleanup_free char *line = str_format("%d %0100d\n", sent++, 0);
        put(service, line);
        assert_true(sent < 100000);
    }
    while (!resumed) {
        cleanup_free char *got = receive(place), *wanted = str_format("]: %d ", read++);
        assert_non_null(got);
        assert_non_null(strstr(got, wanted));
        shim_loop_step(0);
    }
    assert_true(shim_service_ready(service));
    while (read < sent) {
        cleanup_free char *got = receive(place), *wanted = str_format("]: %d ", read++);
        assert_non_null(got);
        assert_non_null(strstr(got, wanted));
    }
    shim_service_close(service);
}

static void without_blocking_what_does_not_fit_is_dropped_and_told(void **state)
{
    struct place *place = *state;
    struct shim_service *service = open_service(place, true, 20000);
    for (int i = 0; i < 2000; i++) {
        assert_true(shim_service_ready(service));
        cleanup_free char *line = str_format("%d %0100d\n", i, 0);
        put(service, line);
    }
    bool told = false;
    int lines = 0;
    while (!told) {
        cleanup_free char *got = receive(place);
        assert_non_null(got);
        told = strstr(got, "bytes of output were dropped") != NULL;
        lines++;
    }
    cleanup_free char *more = lines == 1 ? receive(place) : xstrdup("");
    assert_non_null(more); /* what did fit is sent */
    assert_true(lines < 2000);
    fd_close(move_fd(place->listener)); /* nothing holds the end up */
    shim_service_close(service);
}

#define PLACED(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)

int main(void)
{
    struct error err = ERROR_INIT;
    if (shim_loop_open(&err) < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(syslog_messages_have_the_heads_of_their_formats),
        cmocka_unit_test(journald_gets_fields_and_the_bytes_of_the_line),
        cmocka_unit_test(a_service_that_is_not_there_is_an_error),
        PLACED(lines_arrive_in_order_and_the_last_one_before_the_end),
        PLACED(a_slow_service_holds_output_up),
        PLACED(without_blocking_what_does_not_fit_is_dropped_and_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
