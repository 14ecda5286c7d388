/* Streams of messages as people see them: on a terminal of a given width, elsewhere, cut anywhere, and broken. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/progress.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What is shown of a stream that comes in pieces of so many bytes, and behind "!" the error at its end. */
static char *shown(const char *stream, int columns, size_t piece)
{
    char *text = NULL;
    size_t len = 0;
    struct error err = ERROR_INIT;
    FILE *out = open_memstream(&text, &len);
    cleanup_messages struct messages messages = {.out = out, .terminal = columns > 0, .columns = columns};
    for (size_t at = 0, left = strlen(stream); left;) {
        size_t n = left < piece ? left : piece;
        if (!messages_take(&messages, stream + at, n))
            break;
        at += n;
        left -= n;
    }
    if (messages_end(&messages, &err) < 0)
        fprintf(out, "!%s", err.message);
    fclose(out);
    return text;
}

/* The same however it is cut. */
static void expect(const char *stream, int columns, const char *wanted)
{
    for (size_t piece = 1; piece < 40; piece += 7) {
        char *text = shown(stream, columns, piece);
        assert_string_equal(text, wanted);
        free(text);
    }
}

#define START                                                                                                                      \
    "{\"status\":\"Pulling from library/x\",\"id\":\"latest\"}\r\n"                                                                \
    "{\"status\":\"Waiting\",\"progressDetail\":{},\"id\":\"aa\"}\r\n"                                                             \
    "{\"status\":\"Waiting\",\"progressDetail\":{},\"id\":\"bb\"}\r\n"
#define LOADING "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":12345,\"total\":1000000},\"id\":\"aa\"}\n"
#define END     "{\"status\":\"Digest: d\"}\n"

static void without_a_terminal_there_are_lines_and_no_bars(void **state)
{
    (void)state;
    expect(START LOADING END, 0, "latest: Pulling from library/x\naa: Waiting\nbb: Waiting\nDigest: d\n");
}

static void on_a_terminal_each_layer_keeps_its_line(void **state)
{
    (void)state;
    expect(START LOADING END, 130,
           "latest: Pulling from library/x\n"
           "\n\033[1A\033[2K\raa: Waiting \r\033[1B"
           "\n\033[1A\033[2K\rbb: Waiting \r\033[1B"
           "\033[2A\033[2K\raa: Downloading [>                                                  ]  12.35kB/1MB\r\033[2B"
           "Digest: d\n");
}

static void a_narrow_terminal_has_room_for_numbers_only(void **state)
{
    (void)state;
    expect(LOADING, 110, "\n\033[1A\033[2K\raa: Downloading  12.35kB/1MB\r\033[1B");
}

static void lines_of_a_block_that_has_ended_are_not_written_over(void **state)
{
    (void)state;
    expect(START END LOADING, 80,
           "latest: Pulling from library/x\n"
           "\n\033[1A\033[2K\raa: Waiting \r\033[1B"
           "\n\033[1A\033[2K\rbb: Waiting \r\033[1B"
           "Digest: d\n"
           "\n\033[1A\033[2K\raa: Downloading  12.35kB/1MB\r\033[1B");
}

static void bars_show_what_is_known(void **state)
{
    static const struct {
        const char *detail;
        int columns;
        const char *bar;
    } cases[] = {
        {"{}", 200, ""},
        {"{\"current\":0,\"total\":0}", 200, ""},
        {"{\"current\":2000000}", 200, "     2MB"},
        {"{\"current\":5,\"units\":\"s\"}", 200, "5 s"},
        {"{\"current\":5,\"total\":10,\"units\":\"s\"}", 80, "5/10 s"},
        {"{\"current\":500000,\"total\":1000000}", 111, "[=========================>                         ]    500kB/1MB"},
        {"{\"current\":3000000,\"total\":1000000}", 111, "[==================================================>]      3MB"},
        {"{\"current\":5,\"total\":10,\"hidecounts\":true}", 111, "[=========================>                         ] "},
        {"{\"current\":-5,\"total\":10}", 80, "     -5B/10B"},
        {"{\"current\":9223372036854775807,\"total\":1}", 80, "9.223EB"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_json json_t *detail = json_loads(cases[i].detail, 0, NULL);
        cleanup_free char *bar = progress_bar(detail, cases[i].columns);
        assert_string_equal(bar + (i == ARRAY_LEN(cases) - 1 ? strspn(bar, " ") : 0), cases[i].bar);
    }
}

static void output_of_builds_is_shown_as_it_is(void **state)
{
    (void)state;
    expect("{\"stream\":\"Step 1/2 : FROM x\"}\r\n{\"stream\":\"\\n\"}\r\n{\"stream\":\" ---\\u003e {\\\"}\\n\"}\r\n", 0,
           "Step 1/2 : FROM x\n ---> {\"}\n");
}

static void an_error_ends_the_stream_with_its_message_and_code(void **state)
{
    (void)state;
    expect(
        "{\"stream\":\"a\"}\n{\"errorDetail\":{\"code\":5,\"message\":\"it broke\"},\"error\":\"it broke\"}\n{\"stream\":\"b\"}\n",
        0, "a!it broke");
    expect("{\"error\":\"an old one\"}", 0, "!an old one");
    expect("{\"errorDetail\":{\"code\":401,\"message\":\"x\"}}", 0, "!authentication is required");
    static const char failed[] = "{\"errorDetail\":{\"code\":5,\"message\":\"m\"}}";
    struct messages messages = {0};
    assert_false(messages_take(&messages, failed, strlen(failed)));
    assert_int_equal(messages.failure_code, 5);
    messages_clear(&messages);
}

static void what_is_no_stream_is_an_error(void **state)
{
    static const char *const streams[] = {"not json}", "[1]", "{\"stream\":\"cut", "{\"stream\":", "}"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(streams); i++)
        expect(streams[i], 0, "!the engine's answer is no stream of messages, or broke off");
    expect("", 0, "");
    expect(" \r\n ", 0, "");
}

static void keep_text(void *data, const json_t *doc) { *(char **)data = json_dumps(doc, JSON_COMPACT); }

static void results_and_own_messages_are_passed_on_and_not_shown(void **state)
{
    static const char stream[] = "{\"progressDetail\":{},\"aux\":{\"ID\":\"sha256:1\"}}\n";
    (void)state;
    char *text = NULL;
    expect(stream, 130, "");
    struct messages messages = {.aux = keep_text, .data = &text};
    assert_true(messages_take(&messages, stream, strlen(stream)));
    assert_string_equal(text, "{\"ID\":\"sha256:1\"}");
    free(text);
    messages_clear(&messages);
    expect("{\"slipway\":{\"step\":1}}\n", 0, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_terminal_there_are_lines_and_no_bars),
        cmocka_unit_test(on_a_terminal_each_layer_keeps_its_line),
        cmocka_unit_test(a_narrow_terminal_has_room_for_numbers_only),
        cmocka_unit_test(lines_of_a_block_that_has_ended_are_not_written_over),
        cmocka_unit_test(bars_show_what_is_known),
        cmocka_unit_test(output_of_builds_is_shown_as_it_is),
        cmocka_unit_test(an_error_ends_the_stream_with_its_message_and_code),
        cmocka_unit_test(what_is_no_stream_is_an_error),
        cmocka_unit_test(results_and_own_messages_are_passed_on_and_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
