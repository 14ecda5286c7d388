/* Stats from the texts of kernel files, of both versions of control groups. */
#include "base/json.h"
#include "base/memory.h"
#include "observe/usage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static json_t *parsed(struct buf *text)
{
    struct error err = ERROR_INIT;
    json_t *doc = json_parse(text->data, text->len, "stats", &err);
    assert_non_null(doc);
    buf_free(text);
    return doc;
}

static void version_1_counts_transfers_by_operation(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    usage_blkio(&out, "8:0 Read 4096\n8:0 Write 512\nTotal 4608\n", "8:0 Read 1\nTotal 1\n", NULL);
    cleanup_json json_t *doc = parsed(&out);
    json_t *bytes = json_object_get(doc, "io_service_bytes_recursive");
    assert_int_equal(json_array_size(bytes), 2);
    assert_string_equal(json_str(json_array_get(bytes, 1), "op", ""), "Write");
    assert_int_equal(json_num(json_array_get(bytes, 1), "value", 0), 512);
    assert_int_equal(json_array_size(json_object_get(doc, "io_serviced_recursive")), 1);
    assert_true(json_is_array(json_object_get(doc, "sectors_recursive")));
}

static void version_2_has_a_line_for_each_device(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    usage_blkio(&out, NULL, NULL,
                "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n253:7 rbytes=5 wbytes=6 rios=7 wios=8 dbytes=0 dios=0\n");
    cleanup_json json_t *doc = parsed(&out);
    json_t *bytes = json_object_get(doc, "io_service_bytes_recursive"), *last = json_array_get(bytes, 3);
    assert_int_equal(json_array_size(bytes), 4);
    assert_int_equal(json_num(last, "major", 0), 253);
    assert_string_equal(json_str(last, "op", ""), "write");
    assert_int_equal(json_num(last, "value", 0), 6);
    assert_true(json_is_null(json_object_get(doc, "io_serviced_recursive")));
}

static void memory_has_dockers_names_and_zero_for_what_is_missing(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    usage_memory_stat(&out, "cache 1\nrss 2\nrss_huge 3\nshmem 9\ntotal_inactive_file 4\n", false);
    cleanup_json json_t *one = parsed(&out);
    assert_int_equal(json_object_size(one), 32);
    assert_int_equal(json_num(one, "rss", 0), 2);
    assert_int_equal(json_num(one, "rss_huge", 0), 3);
    assert_int_equal(json_num(one, "total_inactive_file", 0), 4);
    assert_int_equal(json_num(one, "hierarchical_memsw_limit", -1), 0);
    assert_null(json_object_get(one, "shmem"));
    usage_memory_stat(&out, "anon 7\nanon_thp 8\nfile 1\ninactive_file 5\nslab 6\n", true);
    cleanup_json json_t *two = parsed(&out);
    assert_int_equal(json_num(two, "anon", 0), 7);
    assert_int_equal(json_num(two, "anon_thp", 0), 8);
    assert_int_equal(json_num(two, "inactive_file", 0), 5);
    assert_int_equal(json_num(two, "slab", 0), 6);
}

static void interfaces_but_the_loopback_are_counted(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    usage_networks(&out, "Inter-|   Receive  |  Transmit\n face |bytes packets\n    lo: 9 9 0 0 0 0 0 0 9 9 0 0 0 0 0 0\n"
                         "  eth0: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n");
    cleanup_json json_t *doc = parsed(&out);
    assert_int_equal(json_object_size(doc), 1);
    assert_int_equal(json_num(doc, "eth0.rx_dropped", 0), 4);
    assert_int_equal(json_num(doc, "eth0.tx_bytes", 0), 5);
    usage_networks(&out, "Inter-|\n face |\n");
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_1_counts_transfers_by_operation),
        cmocka_unit_test(version_2_has_a_line_for_each_device),
        cmocka_unit_test(memory_has_dockers_names_and_zero_for_what_is_missing),
        cmocka_unit_test(interfaces_but_the_loopback_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
