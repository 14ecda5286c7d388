/* What the command line prints: columns as Docker's, ports folded, streams taken apart, times and names read. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/when.h"
#include "cli/explain.h"
#include "cli/format.h"
#include "cli/image_name.h"
#include "cli/ports.h"
#include "cli/session.h"
#include "cli/table.h"
#include "cli/tty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void table_is(const char *cells, int minimum, const char *expected)
{
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    table_write(cells, minimum, TABLE_PADDING, out);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void columns_are_dockers(void **state)
{
    (void)state;
    /* as recorded from `docker container ls -a` and `docker ps` with nothing to list */
    table_is("CONTAINER ID\tIMAGE\tCOMMAND\tCREATED\tSTATUS\tPORTS\tNAMES\n"
             "17cc3246858f\tbusybox\t\"sleep 1000\"\tLess than a second ago\tUp Less than a second\t\tsl-3\n"
             "0fb338eca39d\tbusybox\t\"true\"\tLess than a second ago\tCreated\t\tsl-2\n",
             TABLE_MINIMUM,
             "CONTAINER ID   IMAGE     COMMAND        CREATED                  STATUS                  PORTS     NAMES\n"
             "17cc3246858f   busybox   \"sleep 1000\"   Less than a second ago   Up Less than a second             sl-3\n"
             "0fb338eca39d   busybox   \"true\"         Less than a second ago   Created                           sl-2\n");
    table_is("CONTAINER ID\tIMAGE\tCOMMAND\tCREATED\tSTATUS\tPORTS\tNAMES\n", TABLE_MINIMUM,
             "CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES\n");
    table_is("PID\tCOMMAND\n3912\tsleep 1000\n", 20, "PID                 COMMAND\n3912                sleep 1000\n");
}

static void column_ends_where_a_line_lacks_it(void **state)
{
    (void)state;
    table_is("a\tb\nlonger than that\nc\td\n", 1, "a   b\nlonger than that\nc   d\n");
    table_is("…\tb\nab\tc\n", 1, "…    b\nab   c\n");
    table_is("", 10, "");
}

static void ports_are(const char *list, const char *expected)
{
    cleanup_json json_t *doc = json_loads(list, 0, NULL);
    assert_non_null(doc);
    cleanup_free char *text = ports_display(doc);
    assert_string_equal(text, expected);
}

static void ports_fold_into_ranges(void **state)
{
    (void)state;
    ports_are("[]", "");
    ports_are("[{\"PrivatePort\":80,\"PublicPort\":18080,\"IP\":\"127.0.0.1\",\"Type\":\"tcp\"},"
              "{\"PrivatePort\":81,\"PublicPort\":18081,\"IP\":\"0.0.0.0\",\"Type\":\"udp\"},"
              "{\"PrivatePort\":81,\"PublicPort\":18081,\"IP\":\"::\",\"Type\":\"udp\"}]",
              "127.0.0.1:18080->80/tcp, 0.0.0.0:18081->81/udp, [::]:18081->81/udp");
    ports_are("[{\"PrivatePort\":92,\"Type\":\"tcp\"},{\"PrivatePort\":90,\"Type\":\"tcp\"},{\"PrivatePort\":91,\"Type\":\"tcp\"}]",
              "90-92/tcp");
    ports_are("[{\"PrivatePort\":90,\"PublicPort\":90,\"IP\":\"0.0.0.0\",\"Type\":\"tcp\"},"
              "{\"PrivatePort\":91,\"PublicPort\":91,\"IP\":\"0.0.0.0\",\"Type\":\"tcp\"}]",
              "0.0.0.0:90-91->90-91/tcp");
}

static char *rows_text(const struct format *format, const char *rows, struct error *err)
{
    char *text;
    size_t len;
    cleanup_json json_t *list = json_loads(rows, 0, NULL);
    FILE *out = open_memstream(&text, &len);
    cli_rows(format, list, out, err);
    fclose(out);
    return text;
}

static void formats_of_a_listing(void **state)
{
    (void)state;
    static const struct format_header headers[] = {{"ID", "CONTAINER ID"}, {"Names", "NAMES"}, {"Image", "IMAGE"}, {NULL, NULL}};
    static const char rows[] = "[{\"ID\":\"abc\",\"Names\":\"web\",\"Image\":\"<none>\",\"#labels\":{\"tier\":\"db\"}}]";
    static const struct {
        const char *style;
        bool quiet;
        const char *expected;
    } cases[] = {
        {NULL, false, "CONTAINER ID   NAMES\nabc            web\n"},
        {"table", false, "CONTAINER ID   NAMES\nabc            web\n"},
        {NULL, true, "abc\n"},
        {"table {{.Names}}\\t{{.Image}}", false, "NAMES     IMAGE\nweb       <none>\n"},
        {"{{.Names}}:{{.Image}}", false, "web:<none>\n"},
        {"json", false, "{\"ID\":\"abc\",\"Image\":\"\\u003cnone\\u003e\",\"Names\":\"web\"}\n"},
        {"{{json .}}", false, "{\"ID\":\"abc\",\"Image\":\"\\u003cnone\\u003e\",\"Names\":\"web\"}\n"},
        {"{{.Names}}|{{.Label \"tier\"}}|{{.Label \"x\"}}", false, "web|db|\n"},
        {"table {{.Label \"com.acme.my-tier\"}}", false, "my tier\n\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct format format = {.type = "*formatter.ContainerContext",
                                .table = "{{.ID}}\t{{.Names}}",
                                .quiet = "{{.ID}}",
                                .headers = headers,
                                .labels = "#labels",
                                .style = cases[i].style,
                                .quiet_only = cases[i].quiet};
        struct error err = ERROR_INIT;
        cleanup_free char *text = rows_text(&format, rows, &err);
        assert_string_equal(text, cases[i].expected);
        assert_int_equal(err.code, 0);
    }
    struct format bad = {.type = "*formatter.ContainerContext", .style = "{{.Names", .headers = headers, .probe = true};
    struct error err = ERROR_INIT;
    cleanup_free char *none = rows_text(&bad, rows, &err);
    assert_string_equal(err.message, "failed to parse template: template: :1: unclosed action");
    bad.style = "{{.Nope}}";
    cleanup_free char *still = rows_text(&bad, rows, &err);
    assert_string_equal(err.message,
                        "failed to execute template: template: :1:2: executing \"\" at <.Nope>: can't evaluate field Nope "
                        "in type *formatter.ContainerContext");
    bad.probe = false; /* other listings than `ps` */
    cleanup_free char *other = rows_text(&bad, rows, &err);
    assert_string_equal(err.message, "template parsing error: template: :1:2: executing \"\" at <.Nope>: can't evaluate field Nope "
                                     "in type *formatter.ContainerContext");
}

static void texts(void **state)
{
    (void)state;
    cleanup_free char *cut = cli_ellipsis("sh -c 'echo a long one'", 20), *kept = cli_ellipsis("sleep 1000", 20);
    assert_string_equal(cut, "sh -c 'echo a long …");
    assert_string_equal(kept, "sleep 1000");
    cleanup_free char *id = cli_short_id("sha256:15bb21e62226b3419e73"), *small = cli_size(1984000, 3), *zero = cli_size(0, 3);
    assert_string_equal(id, "15bb21e62226");
    assert_string_equal(small, "1.98MB");
    assert_string_equal(zero, "0B");
}

struct collected {
    struct buf out, err;
};

static int collect(void *data, int stream, const char *bytes, size_t len)
{
    struct collected *collected = data;
    buf_add(stream == 1 ? &collected->out : &collected->err, bytes, len);
    return 0;
}

static void frames_cut_anywhere_come_out_whole(void **state)
{
    (void)state;
    static const char frames[] = "\1\0\0\0\0\0\0\3out\2\0\0\0\0\0\0\4err!\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\2.\n";
    for (size_t piece = 1; piece < sizeof frames; piece++) {
        struct demux demux = {0};
        struct collected got = {0};
        struct error err = ERROR_INIT;
        for (size_t at = 0; at < sizeof frames - 1; at += piece) {
            size_t n = sizeof frames - 1 - at < piece ? sizeof frames - 1 - at : piece;
            assert_int_equal(demux_feed(&demux, frames + at, n, collect, &got, &err), 0);
        }
        assert_string_equal(got.out.data, "out.\n");
        assert_string_equal(got.err.data, "err!");
        buf_free(&got.out);
        buf_free(&got.err);
    }
    struct demux demux = {0};
    struct error err = ERROR_INIT;
    assert_true(demux_feed(&demux, "plain text", 10, collect, NULL, &err) < 0);
}

static void detach_keys_are_held_back_until_they_are_sure(void **state)
{
    (void)state;
    struct tty_keys keys;
    struct error err = ERROR_INIT;
    cleanup_buf struct buf out = BUF_INIT;
    assert_int_equal(tty_keys_parse("ctrl-p,ctrl-q", &keys, &err), 0);
    assert_false(tty_keys_filter(&keys, "a\x10", 2, &out));
    assert_string_equal(out.data, "a");
    assert_false(tty_keys_filter(&keys, "b", 1, &out));
    assert_string_equal(out.data, "a\x10"
                                  "b");
    assert_false(tty_keys_filter(&keys, "\x10\x10", 2, &out));
    assert_true(tty_keys_filter(&keys, "\x11rest", 5, &out));
    assert_string_equal(out.data, "a\x10"
                                  "b\x10");
    assert_int_equal(tty_keys_parse("ctrl-x,z", &keys, &err), 0);
    assert_true(tty_keys_filter(&keys, "\x18z", 2, &out));
    assert_true(tty_keys_parse("foo", &keys, &err) < 0);
    assert_string_equal(err.message, "Invalid detach keys (foo) provided");
}

static void references_are_normalised(void **state)
{
    (void)state;
    static const struct {
        const char *text, *repository, *tag, *error;
    } cases[] = {
        {"busybox", "docker.io/library/busybox", "latest", NULL},
        {"me/app:1.0", "docker.io/me/app", "1.0", NULL},
        {"localhost:5000/a/b", "localhost:5000/a/b", "latest", NULL},
        {"localhost/a:v", "localhost/a", "v", NULL},
        {"Bad:Name", NULL, NULL, "invalid reference format: repository name (library/Bad) must be lowercase"},
        {"a//b", NULL, NULL, "invalid reference format"},
        {"a:", NULL, NULL, "invalid reference format"},
        {"", NULL, NULL, "invalid reference format"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *repository = NULL, *tag = NULL;
        struct error err = ERROR_INIT;
        int r = name_split(cases[i].text, &repository, &tag, &err);
        if (cases[i].error) {
            assert_true(r < 0);
            assert_string_equal(err.message, cases[i].error);
            continue;
        }
        assert_int_equal(r, 0);
        assert_string_equal(repository, cases[i].repository);
        assert_string_equal(tag, cases[i].tag);
    }
}

static void moments(void **state)
{
    (void)state;
    cleanup_free char *time = when_parse("2099-01-01T00:00:00Z"), *number = when_parse("1700000000.5"), *ago = when_parse("42m");
    assert_string_equal(time, "4070908800.000000000");
    assert_string_equal(number, "1700000000.500000000");
    assert_non_null(ago);
    assert_null(when_parse("nottime"));
}

static void steps_are_explained_line_by_line(void **state)
{
    (void)state;
    static const char lines[] =
        "{\"phase\":\"create\",\"what\":\"mount\",\"object\":\"/proc\",\"command\":\"mount -t proc proc /proc\",\"result\":0,"
        "\"duration_ns\":12345}\n{\"phase\":\"create\",\"what\":\"chroot\",\"object\":\"/x\",\"result\":-1,\"error\":\"EPERM\","
        "\"duration_ns\":10}\n";
    for (size_t piece = 1; piece < sizeof lines; piece += 7) {
        char *text;
        size_t len;
        struct explain explain = {.out = open_memstream(&text, &len)};
        for (size_t at = 0; at < sizeof lines - 1; at += piece)
            explain_feed(&explain, lines + at, sizeof lines - 1 - at < piece ? sizeof lines - 1 - at : piece);
        explain_summary(&explain);
        explain_free(&explain);
        fclose(explain.out);
        assert_ptr_equal(strstr(text, "create\n"), text);
        assert_non_null(strstr(text, "   1    12.3 us  mount             /proc"));
        assert_non_null(strstr(text, "$ mount -t proc proc /proc\n"));
        assert_non_null(strstr(text, "EPERM\n"));
        assert_non_null(strstr(text, "2 steps, 12.4 us in the kernel\n"));
        assert_null(strchr(text, '\033'));
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_dockers),
        cmocka_unit_test(column_ends_where_a_line_lacks_it),
        cmocka_unit_test(ports_fold_into_ranges),
        cmocka_unit_test(formats_of_a_listing),
        cmocka_unit_test(texts),
        cmocka_unit_test(frames_cut_anywhere_come_out_whole),
        cmocka_unit_test(detach_keys_are_held_back_until_they_are_sure),
        cmocka_unit_test(references_are_normalised),
        cmocka_unit_test(moments),
        cmocka_unit_test(steps_are_explained_line_by_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
