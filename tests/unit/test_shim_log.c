/* The shim's small parts: Docker's stream frames, the bounded queue, the json-file log and its rotation. */
#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "shim/frame.h"
#include "shim/log_entry.h"
#include "shim/log_writer.h"
#include "shim/ring.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
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
    strcpy(place->dir, "/tmp/slt-shim-log-XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    place->path = path_join(place->dir, "c-json.log");
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

static void open_log(struct place *place, long long size, int files)
{
    struct error err = ERROR_INIT;
    const struct shim_log_options options = {.path = place->path, .max_size = size, .max_files = files};
    assert_int_equal(shim_log_open(&place->log, &options, &err), 0);
}

static void put(struct place *place, enum shim_stream stream, const char *text)
{
    shim_log_write(&place->log, stream, text, strlen(text));
}

/* The entries of the file as "stream:log|", so that tests read what Docker would show. */
static char *entries(const char *path)
{
    struct error err = ERROR_INIT;
    cleanup_free char *text = file_read(path, NULL, &err);
    if (!text)
        return xstrdup("(no file)");
    struct buf out = BUF_INIT;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        cleanup_json json_t *entry = json_parse(line, strlen(line), "entry", &err);
        assert_non_null(entry);
        int64_t at;
        assert_true(clock_parse(json_str(entry, "time", ""), &at));
        assert_true(at > 0 && clock_wall_ns() - at < 60000000000LL);
        buf_printf(&out, "%s:%s|", json_str(entry, "stream", "?"), json_str(entry, "log", "?"));
    }
    return buf_take(&out);
}

static void expect(struct place *place, const char *wanted)
{
    cleanup_free char *found = entries(place->path);
    assert_string_equal(found, wanted);
}

static void a_frame_says_stream_and_length(void **state)
{
    (void)state;
    unsigned char frame[SHIM_FRAME];
    shim_frame(frame, SHIM_STDERR, 0x01020304);
    assert_memory_equal(frame, "\x02\0\0\0\x01\x02\x03\x04", SHIM_FRAME);
    shim_frame(frame, SHIM_STDOUT, 5);
    assert_memory_equal(frame, "\x01\0\0\0\0\0\0\x05", SHIM_FRAME);
}

static void a_ring_keeps_order_across_its_end(void **state)
{
    (void)state;
    struct shim_ring ring = {.size = 8};
    struct iovec pieces[2];
    assert_int_equal(shim_ring_peek(&ring, pieces), 0);
    shim_ring_put(&ring, "abcdef", 6);
    shim_ring_drop(&ring, 4);
    shim_ring_put(&ring, "ghijkl", 6);
    assert_int_equal(shim_ring_room(&ring), 0);
    assert_int_equal(shim_ring_peek(&ring, pieces), 2);
    assert_memory_equal(pieces[0].iov_base, "efgh", pieces[0].iov_len);
    assert_memory_equal(pieces[1].iov_base, "ijkl", pieces[1].iov_len);
    assert_int_equal(pieces[0].iov_len + pieces[1].iov_len, 8);
    shim_ring_drop(&ring, 8);
    assert_int_equal(shim_ring_room(&ring), 8);
    shim_ring_free(&ring);
}

static void each_line_is_an_entry(void **state)
{
    struct place *place = *state;
    open_log(place, 0, 1);
    put(place, SHIM_STDOUT, "one\ntwo\n");
    put(place, SHIM_STDERR, "bad\n");
    put(place, SHIM_STDOUT, "\n");
    expect(place, "stdout:one\n|stdout:two\n|stderr:bad\n|stdout:\n|");
    struct stat st;
    assert_int_equal(stat(place->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
}

static void a_line_may_come_in_pieces_and_streams_do_not_mix(void **state)
{
    struct place *place = *state;
    open_log(place, 0, 1);
    put(place, SHIM_STDOUT, "hel");
    put(place, SHIM_STDERR, "oo");
    put(place, SHIM_STDOUT, "lo\nwor");
    put(place, SHIM_STDERR, "ps\n");
    expect(place, "stdout:hello\n|stderr:oops\n|");
    put(place, SHIM_STDOUT, "ld");
    shim_log_end(&place->log, SHIM_STDOUT);
    expect(place, "stdout:hello\n|stderr:oops\n|stdout:world|");
}

static void a_long_line_is_cut_into_16_KiB_pieces(void **state)
{
    struct place *place = *state;
    open_log(place, 0, 1);
    cleanup_free char *line = xmalloc(40001);
    memset(line, 'x', 40000);
    line[40000] = '\n';
    for (size_t at = 0; at < 40001; at += 7000)
        shim_log_write(&place->log, SHIM_STDOUT, line + at, at + 7000 > 40001 ? 40001 - at : 7000);
    struct error err = ERROR_INIT;
    cleanup_free char *text = file_read(place->path, NULL, &err);
    static const struct {
        size_t len;
        bool newline;
    } wanted[] = {{16384, false}, {16384, false}, {40000 - 2 * 16384 + 1, true}};
    char *next = text;
    char first_time[CLOCK_TEXT] = "";
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        char *end = strchr(next, '\n');
        cleanup_json json_t *entry = json_parse(next, (size_t)(end - next), "entry", &err);
        const char *log = json_str(entry, "log", "");
        assert_int_equal(strlen(log), wanted[i].len);
        assert_int_equal(log[wanted[i].len - 1] == '\n', wanted[i].newline);
        if (i == 0)
            snprintf(first_time, sizeof first_time, "%s", json_str(entry, "time", ""));
        if (i == 1)
            assert_string_equal(json_str(entry, "time", ""), first_time);
        next = end + 1;
    }
    assert_int_equal(*next, 0);
}

static void a_line_of_exactly_16_KiB_ends_in_an_entry_with_only_the_newline(void **state)
{
    struct place *place = *state;
    open_log(place, 0, 1);
    cleanup_free char *line = xmalloc(SHIM_LOG_LINE + 1);
    memset(line, 'y', SHIM_LOG_LINE);
    line[SHIM_LOG_LINE] = '\n';
    shim_log_write(&place->log, SHIM_STDOUT, line, SHIM_LOG_LINE + 1);
    cleanup_free char *found = entries(place->path);
    assert_int_equal(strlen(found), SHIM_LOG_LINE + strlen("stdout:|stdout:\n|"));
    assert_true(str_ends(found, "|stdout:\n|"));
}

static void a_cut_never_parts_a_character(void **state)
{
    struct place *place = *state;
    open_log(place, 0, 1);
    cleanup_buf struct buf line = BUF_INIT;
    buf_putc(&line, 'a');
    while (line.len < 3 * SHIM_LOG_LINE)
        buf_puts(&line, "\xf0\x9f\x90\xb3");
    buf_putc(&line, '\n');
    shim_log_write(&place->log, SHIM_STDOUT, line.data, line.len);
    cleanup_free char *found = entries(place->path);
    assert_null(strstr(found, "\xef\xbf\xbd"));
}

static void odd_bytes_are_written_as_docker_writes_them(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {{"tab\there", "tab\\u0009here"},
                 {"a\"b\\c", "a\\\"b\\\\c"},
                 {"<&>", "\\u003c\\u0026\\u003e"},
                 {"sixteen bytes go <at once> & \"then\" on", "sixteen bytes go \\u003cat once\\u003e \\u0026 \\\"then\\\" on"},
                 {"\r\x1b[0m", "\\r\\u001b[0m"},
                 {"\xff\xc3(", "\\ufffd\\ufffd("},
                 {"gr\xc3\xbc\xc3\x9f\x7f", "gr\xc3\xbc\xc3\x9f\x7f"},
                 {"\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029"},
                 {"\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"}};
    struct shim_stamp stamp = {.second = INT64_MIN, .at = INT64_MIN};
    char out[512];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct shim_piece piece = {
            .data = cases[i].in, .len = strlen(cases[i].in), .ends = true, .at = 1795252367277979400LL};
        size_t len = shim_entry_json(&stamp, out, &piece);
        cleanup_free char *wanted =
            str_format("{\"log\":\"%s\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-21T09:12:47.2779794Z\"}\n", cases[i].out);
        out[len] = 0;
        assert_string_equal(out, wanted);
    }
    const struct shim_piece nul = {.stream = SHIM_STDERR, .data = "\0", .len = 1, .at = 1795252367000000000LL};
    stamp.attrs = "{\"a\":\"1\"}";
    stamp.attrs_len = strlen(stamp.attrs);
    size_t len = shim_entry_json(&stamp, out, &nul);
    out[len] = 0;
    assert_string_equal(out,
                        "{\"log\":\"\\u0000\",\"stream\":\"stderr\",\"attrs\":{\"a\":\"1\"},\"time\":\"2026-11-21T09:12:47Z\"}\n");
}

static void rotation_keeps_so_many_files(void **state)
{
    struct place *place = *state;
    open_log(place, 100, 3);
    for (int i = 0; i < 9; i++) {
        char text[64];
        snprintf(text, sizeof text, "line %d which is long enough\n", i);
        put(place, SHIM_STDOUT, text);
    }
    static const struct {
        const char *suffix, *wanted;
    } files[] = {{"", "stdout:line 8 which is long enough\n|"},
                 {".1", "stdout:line 6 which is long enough\n|stdout:line 7 which is long enough\n|"},
                 {".2", "stdout:line 4 which is long enough\n|stdout:line 5 which is long enough\n|"},
                 {".3", "(no file)"}};
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        cleanup_free char *path = str_format("%s%s", place->path, files[i].suffix), *found = entries(path);
        assert_string_equal(found, files[i].wanted);
    }
}

static void rotation_with_one_file_starts_it_again(void **state)
{
    struct place *place = *state;
    open_log(place, 60, 1);
    put(place, SHIM_STDOUT, "the first line\nthe second line\n");
    expect(place, "stdout:the second line\n|");
    cleanup_free char *older = str_format("%s.1", place->path);
    assert_false(path_exists(older));
}

static void a_log_that_is_there_is_continued_and_its_size_counts(void **state)
{
    struct place *place = *state;
    open_log(place, 70, 2);
    put(place, SHIM_STDOUT, "from the first start\n");
    shim_log_close(&place->log);
    open_log(place, 70, 2);
    put(place, SHIM_STDOUT, "from the second start\n");
    expect(place, "stdout:from the second start\n|");
}

static void a_full_disk_loses_entries_and_is_counted(void **state)
{
    struct place *place = *state;
    if (access("/dev/full", W_OK) < 0)
        skip();
    free(place->path);
    place->path = xstrdup("/dev/full");
    open_log(place, 0, 1);
    put(place, SHIM_STDOUT, "one\ntwo\n");
    assert_int_equal(place->log.lost, 2);
}

/* The file is not on a full disk but beyond the largest size that this process may write. */
static void what_a_full_disk_took_is_said_and_no_entry_is_torn(void **state)
{
    struct place *place = *state;
    struct rlimit before, tight;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    open_log(place, 0, 1);
    put(place, SHIM_STDOUT, "before\n");
    tight = (struct rlimit){.rlim_cur = 100, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &tight);
    put(place, SHIM_STDOUT, "lost one\nlost two\n");
    setrlimit(RLIMIT_FSIZE, &before);
    expect(place, "stdout:before\n|");
    put(place, SHIM_STDOUT, "after\n");
    expect(place, "stdout:before\n|stderr:slipway: 2 log entries could not be written here: File too large\n|stdout:after\n|");
}

static void half_an_entry_of_a_killed_writer_is_cut_off(void **state)
{
    struct place *place = *state;
    struct error err = ERROR_INIT;
    open_log(place, 0, 1);
    put(place, SHIM_STDOUT, "whole\n");
    shim_log_close(&place->log);
    cleanup_free char *text = file_read(place->path, NULL, &err), *torn = str_format("%s{\"log\":\"ha", text);
    assert_int_equal(file_write(place->path, torn, strlen(torn), 0640, &err), 0);
    open_log(place, 0, 1);
    put(place, SHIM_STDOUT, "next\n");
    expect(place, "stdout:whole\n|stdout:next\n|");
}

static void without_a_path_nothing_is_kept(void **state)
{
    struct place *place = *state;
    struct error err = ERROR_INIT;
    const struct shim_log_options options = {.max_files = 1};
    assert_int_equal(shim_log_open(&place->log, &options, &err), 0);
    put(place, SHIM_STDOUT, "gone\n");
    shim_log_end(&place->log, SHIM_STDOUT);
    assert_false(path_exists(place->path));
}

#define PLACED(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_says_stream_and_length),
        cmocka_unit_test(a_ring_keeps_order_across_its_end),
        PLACED(each_line_is_an_entry),
        PLACED(a_line_may_come_in_pieces_and_streams_do_not_mix),
        PLACED(a_long_line_is_cut_into_16_KiB_pieces),
        PLACED(a_line_of_exactly_16_KiB_ends_in_an_entry_with_only_the_newline),
        PLACED(a_cut_never_parts_a_character),
        PLACED(odd_bytes_are_written_as_docker_writes_them),
        PLACED(rotation_keeps_so_many_files),
        PLACED(rotation_with_one_file_starts_it_again),
        PLACED(a_log_that_is_there_is_continued_and_its_size_counts),
        PLACED(a_full_disk_loses_entries_and_is_counted),
        PLACED(what_a_full_disk_took_is_said_and_no_entry_is_torn),
        PLACED(half_an_entry_of_a_killed_writer_is_cut_off),
        PLACED(without_a_path_nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
