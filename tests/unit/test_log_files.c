/* What is written by the shim is what the engine reads: both formats, across rotation and compression, while it is written. */
#include "api/log_decode.h"
#include "api/log_reader.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "shim/log_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
    char dir[64];
    char *path;
    struct shim_log log;
};

static int open_place(void **state)
{
    struct place *place = xcalloc(1, sizeof *place);
    strcpy(place->dir, "/tmp/slt-log-files-XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    place->path = path_join(place->dir, "log");
    *state = place;
    return 0;
}

static int close_place(void **state)
{
    struct place *place = *state;
    shim_log_close(&place->log);
    path_remove_tree(place->dir, NULL);
    free(place->path);
    free(place);
    return 0;
}

static void open_log(struct place *place, struct shim_log_options options)
{
    struct error err = ERROR_INIT;
    options.path = place->path;
    assert_int_equal(shim_log_open(&place->log, &options, &err), 0);
}

static void write_numbers(struct place *place, int from, int to)
{
    for (int i = from; i <= to; i++) {
        char line[32];
        int len = snprintf(line, sizeof line, "line %d\n", i);
        shim_log_write(&place->log, SHIM_STDOUT, line, (size_t)len);
    }
}

/* As the shim does when a child of its has ended. */
static void reap_worker(struct place *place)
{
    while (place->log.rotation.worker) {
        int status;
        pid_t pid = waitpid(place->log.rotation.worker, &status, 0);
        assert_true(shim_log_reaped(&place->log, pid, status));
    }
}

static char *read_all(const char *path, struct log_options options)
{
    struct buf out = BUF_INIT;
    bool past = false;
    struct log_reader *reader = log_reader_open(path, &options);
    while (!past && log_reader_next(reader, &out, &past))
        continue;
    log_reader_close(reader);
    return buf_take(&out);
}

static char *numbers(int from, int to)
{
    struct buf out = BUF_INIT;
    for (int i = from; i <= to; i++)
        buf_printf(&out, "line %d\n", i);
    return buf_take(&out);
}

static const struct log_options everything = {.out = true, .errors = true, .tail = -1};

static void local_keeps_every_byte(void **state)
{
    struct place *place = *state;
    static const char bytes[] = "\0\1\xff\xfe\r\t\"\\<\n\n\xe2\x80\xa8 end";
    open_log(place, (struct shim_log_options){.local = true, .max_files = 1});
    shim_log_write(&place->log, SHIM_STDOUT, bytes, sizeof bytes - 1);
    shim_log_write(&place->log, SHIM_STDERR, "oops\n", 5);
    shim_log_end(&place->log, SHIM_STDOUT);
    struct log_options options = everything;
    options.local = true;
    struct buf out = BUF_INIT;
    bool past = false;
    struct log_reader *reader = log_reader_open(place->path, &options);
    while (log_reader_next(reader, &out, &past))
        continue;
    log_reader_close(reader);
    static const char wanted[] = "\0\1\xff\xfe\r\t\"\\<\n\noops\n\xe2\x80\xa8 end";
    assert_int_equal(out.len, sizeof wanted - 1);
    assert_memory_equal(out.data, wanted, sizeof wanted - 1);
    buf_free(&out);
}

/* Bytes of Docker 20.10's driver for one line: lengths around source, time and line. */
static void local_is_written_as_docker_writes_it(void **state)
{
    (void)state;
    char out[256];
    const struct shim_piece line = {.stream = SHIM_STDERR, .data = "hi", .len = 2, .at = 1, .ends = true};
    assert_int_equal(shim_entry_local(out, &line), 22);
    assert_memory_equal(out, "\0\0\0\x0e\x0a\x06stderr\x10\x01\x1a\x02hi\0\0\0\x0e", 22);
    const struct shim_piece piece = {.stream = SHIM_STDOUT, .data = "x", .len = 1, .at = 300, .number = 2, .id = "ab"};
    size_t len = shim_entry_local(out, &piece);
    static const char wanted[] = "\x0a\x06stdout\x10\xac\x02\x1a\x01x\x20\x01\x2a\x06\x12\x02"
                                 "ab\x18\x02";
    assert_int_equal(len, sizeof wanted - 1 + 8);
    assert_memory_equal(out + 4, wanted, sizeof wanted - 1);
}

static void long_lines_come_back_whole(void **state)
{
    struct place *place = *state;
    for (int local = 0; local < 2; local++) {
        cleanup_buf struct buf line = BUF_INIT;
        while (line.len < 70000)
            buf_printf(&line, "%zu \xf0\x9f\x90\xb3 ", line.len);
        buf_putc(&line, '\n');
        free(place->path);
        place->path = str_format("%s/log%d", place->dir, local);
        open_log(place, (struct shim_log_options){.local = local, .max_files = 1});
        shim_log_write(&place->log, SHIM_STDOUT, line.data, line.len);
        struct log_options options = everything;
        options.local = local;
        cleanup_free char *got = read_all(place->path, options);
        assert_string_equal(got, line.data);
        shim_log_close(&place->log);
    }
}

static void older_files_are_compressed_and_read(void **state)
{
    struct place *place = *state;
    for (int local = 0; local < 2; local++) {
        free(place->path);
        place->path = str_format("%s/log%d", place->dir, local);
        open_log(place, (struct shim_log_options){.local = local, .max_size = 2000, .max_files = 100, .compress = true});
        for (int i = 1; i <= 200; i += 10) {
            write_numbers(place, i, i + 9);
            reap_worker(place);
        }
        cleanup_free char *plain = str_format("%s.1", place->path), *packed = str_format("%s.1.gz", place->path);
        assert_false(path_exists(plain));
        assert_true(path_exists(packed));
        struct log_options options = everything;
        options.local = local;
        cleanup_free char *got = read_all(place->path, options), *wanted = numbers(1, 200);
        assert_string_equal(got, wanted);
        options.tail = 150;
        cleanup_free char *some = read_all(place->path, options), *last = numbers(51, 200);
        assert_string_equal(some, last);
        shim_log_close(&place->log);
    }
}

/* The reader stops at arbitrary points while the files move several places on, are compressed, or both. */
static void a_follower_misses_no_line_when_files_move(void **state)
{
    struct place *place = *state;
    for (int variant = 0; variant < 4; variant++) {
        bool local = variant & 1, compress = variant & 2;
        free(place->path);
        place->path = str_format("%s/log%d", place->dir, variant);
        open_log(place, (struct shim_log_options){.local = local, .max_size = 1500, .max_files = 300, .compress = compress});
        struct log_options options = everything;
        options.local = local;
        options.follow = true;
        struct log_reader *reader = log_reader_open(place->path, &options);
        struct buf out = BUF_INIT;
        bool past = false;
        int written = 0;
        for (int round = 0; round < 60; round++) {
            int more = round * 37 % 101 + 1;
            write_numbers(place, written + 1, written + more);
            written += more;
            if (round % 3)
                reap_worker(place);
            for (int reads = round % 4; reads > 0; reads--)
                log_reader_next(reader, &out, &past);
        }
        reap_worker(place);
        while (log_reader_next(reader, &out, &past))
            continue;
        cleanup_free char *wanted = numbers(1, written);
        assert_string_equal(out.data, wanted);
        buf_free(&out);
        log_reader_close(reader);
        shim_log_close(&place->log);
    }
}

static void with_one_file_a_follower_reads_on_in_the_new_one(void **state)
{
    struct place *place = *state;
    open_log(place, (struct shim_log_options){.max_size = 300, .max_files = 1});
    struct log_options options = everything;
    options.follow = true;
    struct log_reader *reader = log_reader_open(place->path, &options);
    struct buf out = BUF_INIT;
    bool past = false;
    for (int i = 1; i <= 50; i++) {
        write_numbers(place, i, i);
        while (log_reader_next(reader, &out, &past))
            continue;
    }
    cleanup_free char *wanted = numbers(1, 50);
    assert_string_equal(out.data, wanted);
    buf_free(&out);
    log_reader_close(reader);
}

static void without_following_reading_ends_at_what_was_there(void **state)
{
    struct place *place = *state;
    open_log(place, (struct shim_log_options){.max_size = 1500, .max_files = 10});
    write_numbers(place, 1, 60);
    struct log_reader *reader = log_reader_open(place->path, &everything);
    struct buf out = BUF_INIT;
    bool past = false;
    write_numbers(place, 61, 100);
    int reads = 0;
    while (!past && log_reader_next(reader, &out, &past) && reads++ < 1000)
        write_numbers(place, 101, 103);
    cleanup_free char *wanted = numbers(1, 60);
    assert_string_equal(out.data, wanted);
    buf_free(&out);
    log_reader_close(reader);
}

static void entries_that_others_write_are_read_too(void **state)
{
    (void)state;
    static const struct {
        const char *line, *text;
        bool errors;
    } cases[] = {
        {"{\"log\":\"a\\tb\\u00e9\\ud83d\\udc33\\ud83dx\\/\\n\",\"stream\":\"stderr\",\"time\":\"2026-01-01T00:00:00Z\"}\n",
         "a\tb\xc3\xa9\xf0\x9f\x90\xb3\xef\xbf\xbdx/\n", true},
        {"{ \"time\": \"2026-01-01T00:00:00Z\", \"stream\": \"stdout\", \"log\": \"spaced\\n\" }\n", "spaced\n", false},
        {"{\"log\":\"x\\n\",\"stream\":\"stdout\",\"attrs\":{\"a\":\",\\\"time\\\":\\\"\"},\"time\":\"2026-01-01T00:00:00Z\"}\n",
         "x\n", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct log_entry entry;
        cleanup_buf struct buf out = BUF_INIT;
        assert_int_equal(log_decode_json(cases[i].line, strlen(cases[i].line), &entry), (ssize_t)strlen(cases[i].line));
        log_entry_text(&entry, &out);
        assert_string_equal(out.data, cases[i].text);
        assert_int_equal(entry.errors, cases[i].errors);
        assert_int_equal(log_entry_ns(&entry), 1767225600LL * 1000000000);
        log_entry_clear(&entry);
    }
}

static void attributes_are_shown_by_name(void **state)
{
    struct place *place = *state;
    cleanup_json json_t *more = json_pack("{s:{s:s,s:s}}", "attrs", "b", "two words", "a", "1&2");
    open_log(place, (struct shim_log_options){.max_files = 1, .more = more});
    write_numbers(place, 1, 1);
    struct log_options options = everything;
    options.details = true;
    cleanup_free char *got = read_all(place->path, options);
    assert_string_equal(got, "a=1%262,b=two+words line 1\n");
}

#define PLACED(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACED(local_keeps_every_byte),
        cmocka_unit_test(local_is_written_as_docker_writes_it),
        PLACED(long_lines_come_back_whole),
        PLACED(older_files_are_compressed_and_read),
        PLACED(a_follower_misses_no_line_when_files_move),
        PLACED(with_one_file_a_follower_reads_on_in_the_new_one),
        PLACED(without_following_reading_ends_at_what_was_there),
        cmocka_unit_test(entries_that_others_write_are_read_too),
        PLACED(attributes_are_shown_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
