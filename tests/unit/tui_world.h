/* A world for the UI in one process: an engine and a school that answer from tests/tui/canned, and a terminal that is /dev/null.
 *
 * The engine speaks HTTP on a unix socket, the school SOCK_SEQPACKET, each in a thread. Screens are read back cell by cell.
 */
#ifndef TUI_WORLD_H
#define TUI_WORLD_H

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/app.h"
#include "tui/draw.h"
#include "tui/input.h"
#include "tui/library.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <ncurses.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define CANNED            "tests/tui/canned/"
#define WORLD_PATIENCE_NS 30000000000LL /* what comes, comes at once; unless the machine has other work */

static struct {
    char dir[64], engine[96], school[96], host[112];
    int engine_fd, school_fd;
    volatile bool school_broken; /* answers nothing useful, as a school that was killed */
    volatile bool docker;        /* the engine is Docker's: nothing below /slipway/ */
    volatile bool classroom;     /* the school has a class of 40 with 12 assignments, and names that are hard to draw */
    volatile bool copied_up;     /* /etc/motd has been copied up from the layer with number 2 */
    volatile int listener;       /* of the events, that tests may write to */
    volatile int lists;          /* of images asked for */
    volatile int looks;          /* at figures, which grow with each */
    volatile bool busier;        /* the first container holds a little more memory */
    volatile int answers;        /* exam.answer seen */
    volatile int keys_asked;     /* item.key seen */
    volatile bool exam_runs;     /* of the person: no keys are given */
    volatile bool class_moves;   /* the first quiz and the first assignment have gone */
    volatile bool holds, held;   /* mastery has a second page, which comes when this is over; it was asked for */
    char last_answer[512];
    char last_change[512]; /* quiz.remove or class.confirm, as it was asked for */
    char posts[4096];      /* paths of POST and DELETE */
    struct app app;
} world;

static char *canned(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, CANNED "%s.json", name);
    return file_read(path, NULL, NULL);
}

/* The layers of a container after it wrote to a file of its image. */
static char *with_copied_up(char *text)
{
    cleanup_json json_t *doc = json_loads(text, 0, NULL);
    free(text);
    json_array_append_new(json_object_get(doc, "changes"), json_pack("{s:s,s:s,s:i,s:i,s:i,s:b}", "kind", "C", "path", "/etc/motd",
                                                                     "size", 2100, "was", 2000, "from", 2, "copied_up", 1));
    return json_dumps(doc, 0);
}

static char *with_more_memory(char *text)
{
    cleanup_json json_t *doc = json_loads(text, 0, NULL);
    free(text);
    json_t *first = json_array_get(json_object_get(doc, "containers"), 0);
    json_object_set_new(first, "memory", json_integer(json_integer_value(json_object_get(first, "memory")) + (1 << 20)));
    return json_dumps(doc, 0);
}

static void http_answer(int fd, int status, const char *body)
{
    dprintf(fd, "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", status, strlen(body), body);
}

/* An exec's stream: a prompt, then what is typed comes back, as a terminal would echo it. */
static void exec_stream(int fd)
{
    dprintf(fd, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n\033[1;32mroot@lab\033[0m:~# ");
    char bytes[512];
    for (ssize_t got; (got = read(fd, bytes, sizeof bytes)) > 0;)
        if (write(fd, bytes, (size_t)got) < 0)
            return;
}

static bool stream_answer(int fd, const char *path)
{
    if (strstr(path, "/sandboxes")) {
        dprintf(fd,
                "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n{\"Id\":\"5a5a\",\"Name\":\"lab-wire-0\"}\n");
        char byte;
        while (read(fd, &byte, 1) > 0)
            ;
        return true;
    }
    if (strstr(path, "/exec/") && strstr(path, "/start")) {
        exec_stream(fd);
        return true;
    }
    if (str_starts(path, "/events")) {
        cleanup_free char *past = strchr(path, '?') ? file_read(CANNED "events.txt", NULL, NULL) : NULL;
        world.listener = fd; /* before the answer: who has read it writes to this one, not to the one before */
        dprintf(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n%s", str_or(past, ""));
        char byte;
        while (read(fd, &byte, 1) > 0)
            ;
        if (world.listener == fd) /* another may have come meanwhile */
            world.listener = 0;
        return true;
    }
    if (strstr(path, "/logs")) {
        static const char text[] = "\1\0\0\0\0\0\0\4one\n\2\0\0\0\0\0\0\15two \033[31mred\n";
        dprintf(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nConnection: close\r\n\r\n");
        return write(fd, text, sizeof text - 1) > 0;
    }
    return false;
}

/* The figures of a container: second by second, in waves, the same each time the tests run. */
static void figures_answer(int fd)
{
    long long look = world.looks++, cpu = 0, in = 0, out = 0, read_bytes = 0;
    for (long long i = 0; i < look; i++) {
        cpu += 5000000LL * (1 + i % 20) * (1 + i % 20);
        in += 40000 * (i % 12);
        out += 15000 * (i % 7);
        read_bytes += i % 15 == 0 ? 4194304 : 0;
    }
    cleanup_free char *body = str_format(
        "{\"read\":\"2026-01-02T03:%02lld:%02lld.000000000Z\",\"pids_stats\":{\"current\":%lld},"
        "\"blkio_stats\":{\"io_service_bytes_recursive\":[{\"op\":\"Read\",\"value\":%lld},{\"op\":\"Write\",\"value\":%lld}]},"
        "\"cpu_stats\":{\"cpu_usage\":{\"total_usage\":%lld},\"online_cpus\":2},"
        "\"memory_stats\":{\"usage\":%lld,\"limit\":67108864,\"stats\":{\"inactive_file\":1048576}},"
        "\"networks\":{\"eth0\":{\"rx_bytes\":%lld,\"tx_bytes\":%lld}}}",
        look / 60, look % 60, 3 + look % 5, read_bytes, read_bytes / 2, cpu, 13000000 + 800000 * (look % 50), in, out);
    http_answer(fd, 200, body);
}

static void plain_answer(int fd, const char *method, const char *path)
{
    char name[64] = "";
    const char *end = path + strcspn(path, "?"), *from = end;
    while (from > path && from[-1] != '/')
        from--;
    snprintf(name, sizeof name, "%.*s", (int)(end - from), from);
    if (strstr(path, "/exec") && !strcmp(method, "POST")) {
        http_answer(fd, 201, "{\"Id\":\"e1\"}");
        return;
    }
    if (strcmp(method, "GET") != 0) {
        http_answer(fd, 200, "{}");
        return;
    }
    if (strstr(path, "2468acf121579bde/namespaces"))
        snprintf(name, sizeof name, "namespaces-db");
    if (strstr(path, "2468acf121579bde/steps"))
        snprintf(name, sizeof name, "steps-db");
    if (strstr(path, "5a5a/network"))
        snprintf(name, sizeof name, "network-lab");
    if (strstr(path, "/containers/json")) {
        cleanup_free char *list = canned("docker-list");
        http_answer(fd, 200, list);
        return;
    }
    if (world.docker && strstr(path, "/slipway/")) {
        http_answer(fd, 404, "{\"message\":\"page not found\"}");
        return;
    }
    static const struct {
        const char *start, *name;
    } names[] = {{"/images/json", "images"},
                 {"/volumes/", "volume"},
                 {"/networks/", "network-inspect"},
                 {"/slipway/images/", "image-layers"}};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_starts(path, names[i].start))
            snprintf(name, sizeof name, "%s", names[i].name);
    if (str_starts(path, "/slipway/images/") && strstr(path, "layer="))
        snprintf(name, sizeof name, "image-files");
    if (str_starts(path, "/slipway/") && strstr(path, "/tree?"))
        snprintf(name, sizeof name, strstr(path, "path=%2Fetc") ? "tree-etc" : "tree");
    if (str_starts(path, "/containers/") && str_equal(name, "json"))
        snprintf(name, sizeof name, "inspect");
    world.lists += str_equal(name, "images");
    if (str_equal(name, "stats")) {
        figures_answer(fd);
        return;
    }
    if (strstr(path, "/slipway/steps"))
        snprintf(name, sizeof name, "steps-since");
    cleanup_free char *body = str_equal(name, "json") ? xstrdup("{\"ExitCode\":1,\"Config\":{\"Tty\":false}}") : canned(name);
    if (body && world.copied_up && str_equal(name, "layers"))
        body = with_copied_up(body);
    if (body && world.busier && str_equal(name, "overview"))
        body = with_more_memory(body);
    http_answer(fd, body ? 200 : 404, body ? body : "{\"message\":\"page not found\"}");
}

static void *engine_connection(void *argument)
{
    int fd = (int)(intptr_t)argument;
    struct buf in = BUF_INIT;
    char bytes[4096];
    for (;;) {
        char *end;
        while (!(end = in.data ? strstr(in.data, "\r\n\r\n") : NULL)) {
            ssize_t got = read(fd, bytes, sizeof bytes);
            if (got <= 0)
                goto closed;
            buf_add(&in, bytes, (size_t)got);
        }
        char method[16] = "", path[512] = "";
        sscanf(in.data, "%15s %511s", method, path);
        const char *length = strcasestr(in.data, "content-length:");
        size_t head = (size_t)(end + 4 - in.data), body = length && length < end ? (size_t)atoi(length + 15) : 0;
        while (in.len < head + body) {
            ssize_t got = read(fd, bytes, sizeof bytes);
            if (got <= 0)
                goto closed;
            buf_add(&in, bytes, (size_t)got);
        }
        buf_consume(&in, head + body);
        if (strcmp(method, "GET") != 0)
            snprintf(world.posts + strlen(world.posts), sizeof world.posts - strlen(world.posts), "%s\n", path);
        if (strstr(path, "/engine")) { /* of a lab machine: answers as this one does */
            dprintf(fd, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
            continue;
        }
        if (stream_answer(fd, path))
            break;
        plain_answer(fd, method, path);
    }
closed:
    buf_free(&in);
    close(fd);
    return NULL;
}

static char *without_first(char *text)
{
    cleanup_json json_t *doc = json_loads(text, 0, NULL);
    free(text);
    json_array_remove(json_object_get(doc, "quizzes"), 0);
    json_array_remove(json_object_get(doc, "assignments"), 0);
    return json_dumps(doc, 0);
}

/* The first page of two; or after a while the last one. */
static char *page_of(const json_t *request, char *text)
{
    if (json_num(request, "from", 0) > 0) {
        world.held = true;
        while (world.holds)
            usleep(1000);
        return text;
    }
    cleanup_json json_t *doc = json_loads(text, 0, NULL);
    free(text);
    json_object_set_new(doc, "next", json_integer(1));
    return json_dumps(doc, 0);
}

/* What the class's school answers, where it answers anything else than the learner's own. */
static char *class_answer(const json_t *request)
{
    const char *op = json_str(request, "op", "");
    const char *more = json_flag(request, "disputed", false) ? ".disputed" : json_str(request, "receipt", NULL) ? ".found" : "";
    cleanup_free char *name = str_format("class/%s%s", op, more);
    char *text = canned(name);
    text = text ? text : canned(op);
    if (text && world.holds && str_equal(op, "exam.mastery"))
        text = page_of(request, text);
    return text && world.class_moves ? without_first(text) : text;
}

static void school_answer(int fd, json_t *request)
{
    const char *op = json_str(request, "op", "");
    cleanup_free char *text = world.school_broken ? xstrdup("{\"ok\":false,\"code\":5,\"error\":\"the disk is full\"}")
                              : world.classroom   ? class_answer(request)
                                                  : canned(op);
    if (!world.school_broken && str_equal(op, "exam.answer")) {
        cleanup_free char *said = json_text(request);
        snprintf(world.last_answer, sizeof world.last_answer, "%s", said);
        world.answers++;
    }
    if (str_equal(op, "quiz.remove") || str_equal(op, "class.confirm")) {
        cleanup_free char *said = json_text(request);
        snprintf(world.last_change, sizeof world.last_change, "%s", said);
    }
    if (str_equal(op, "item.key") && world.exam_runs) {
        free(text);
        text = xstrdup("{\"ok\":false,\"code\":16,\"error\":\"attempt 7 is running\"}");
    }
    world.keys_asked += str_equal(op, "item.key");
    if (!text)
        text = xstrdup("{\"ok\":true}");
    if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
        return;
}

static void *school_connection(void *argument)
{
    int fd = (int)(intptr_t)argument;
    char bytes[65536];
    for (ssize_t got; (got = recv(fd, bytes, sizeof bytes, 0)) > 0;) {
        json_t *request = json_parse(bytes, (size_t)got, "request", NULL);
        school_answer(fd, request);
        json_decref(request);
    }
    close(fd);
    return NULL;
}

static inline void *accept_all(void *argument)
{
    void *(*serve)(void *) = argument;
    int listener = serve == engine_connection ? world.engine_fd : world.school_fd;
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
    }
    return NULL;
}

static inline void world_serve(void)
{
    snprintf(world.dir, sizeof world.dir, "/tmp/slt-tui-XXXXXX");
    assert_non_null(mkdtemp(world.dir));
    snprintf(world.engine, sizeof world.engine, "%s/engine.sock", world.dir);
    snprintf(world.school, sizeof world.school, "%s/school.sock", world.dir);
    snprintf(world.host, sizeof world.host, "unix://%s", world.engine);
    struct error err = ERROR_INIT;
    world.engine_fd = unix_listen(world.engine, SOCK_STREAM, 0600, &err);
    world.school_fd = unix_listen(world.school, SOCK_SEQPACKET, 0600, &err);
    assert_true(world.engine_fd >= 0 && world.school_fd >= 0);
    pthread_t thread;
    pthread_create(&thread, NULL, accept_all, engine_connection);
    pthread_create(&thread, NULL, accept_all, school_connection);
    setenv("SLIPWAY_CLASS_SOCKET", world.school, 1);
    setenv("SLIPWAY_CONTENT", "tests/tui/content", 1);
    setenv("XDG_CONFIG_HOME", world.dir, 1);
    setenv("SHELL", "/bin/sh", 1);
    setenv("TZ", "UTC", 1); /* events are told in local time */
}

/* Once for the program: curses on nothing. */
static inline void world_terminal(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    unsetenv("NO_COLOR");
    unsetenv("SLIPWAY_ASCII");
    unsetenv("SLIPWAY_THEME");
    unsetenv("SLIPWAY_TUI_TRACE");
    signal(SIGPIPE, SIG_IGN);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    FILE *out = fopen("/dev/null", "w"), *in = fopen("/dev/null", "r");
    assert_non_null(newterm("xterm-256color", out, in));
    close(null);
    glyph_open();
    palette_open();
    input_open();
}

/* Let everything that is under way come in. */
static inline void settle(void)
{
    int64_t end = clock_mono_ns() + WORLD_PATIENCE_NS;
    for (int quiet = 0; quiet < 3 && clock_mono_ns() < end;) {
        app_turn(&world.app, 5);
        quiet = work_idle(world.app.work) && !world.app.dirty ? quiet + 1 : 0;
    }
}

static inline void world_open(int rows, int columns)
{
    struct error err = ERROR_INIT;
    world.listener = 0;
    resizeterm(rows, columns);
    assert_int_equal(app_open(&world.app, world.host, &err), 0);
    settle();
}

static inline void world_close(void) { app_close(&world.app); }

static inline void world_key(char key) { app_key(&world.app, key == '\n' ? K_ENTER : (keycode)(unsigned char)key); }

/* Keys that are hit without waiting for what is under way. */
static inline void world_hit(const char *keys)
{
    for (; *keys; keys++)
        world_key(*keys);
}

static inline void world_keys(const char *keys)
{
    for (; *keys; keys++) {
        world_key(*keys);
        settle();
    }
}

/* What is on the screen as text, a line a row, blanks at the end dropped. */
static inline char *world_cells(void)
{
    struct buf text = BUF_INIT;
    for (int y = 0; y < LINES; y++) {
        size_t last = text.len;
        for (int x = 0; x < COLS; x++) {
            cchar_t cell;
            wchar_t signs[CCHARW_MAX + 1] = {0};
            attr_t attrs;
            short pair;
            if (mvin_wch(y, x, &cell) == ERR || getcchar(&cell, signs, &attrs, &pair, NULL) == ERR)
                continue;
            char bytes[32];
            size_t len = wcstombs(bytes, signs, sizeof bytes);
            buf_add(&text, bytes, len == (size_t)-1 ? 0 : len);
            x += wcwidth(signs[0]) == 2;
            if (len && bytes[0] != ' ')
                last = text.len;
        }
        text.len = last;
        buf_putc(&text, '\n');
    }
    return buf_take(&text);
}

static inline char *world_text(void)
{
    app_draw(&world.app);
    return world_cells();
}

/* Turns until the condition holds; false when it never does. */
#define WORLD_UNTIL(condition)                                                                                                     \
    ({                                                                                                                             \
        int64_t until_end = clock_mono_ns() + WORLD_PATIENCE_NS;                                                                   \
        while (!(condition) && clock_mono_ns() < until_end)                                                                        \
            app_turn(&world.app, 10);                                                                                              \
        (condition);                                                                                                               \
    })

static inline bool world_shows(const char *wanted)
{
    cleanup_free char *text = world_text();
    return strstr(text, wanted) != NULL;
}

/* Until the screen shows it: a stream, and a program in a pane, say nothing of when all has come that comes. */
static inline void wait_text(const char *wanted)
{
    if (!WORLD_UNTIL(world_shows(wanted))) {
        cleanup_free char *text = world_text();
        fail_msg("never seen: %s\n%s", wanted, text);
    }
    settle();
}

/* For cmocka_run_group_tests. */
static inline int world_set_up(void **state)
{
    (void)state;
    world_serve();
    world_terminal();
    return 0;
}

static inline int world_tear_down(void **state)
{
    (void)state;
    endwin();
    return path_remove_tree(world.dir, NULL);
}

#endif
