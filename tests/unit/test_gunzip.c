/* gzip in all its forms: members, splits of the input, what is cut off or wrong. */
#include "base/memory.h"
#include "image/gunzip.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

enum { SIZE = 900000, PACKED_MOST = 2 * SIZE };

static unsigned char *plain;

static int fill_plain(void **state)
{
    (void)state;
    plain = xmalloc(SIZE);
    uint32_t x = 1;
    for (int i = 0; i < SIZE; i++) {
        x = x * 1664525 + 1013904223;
        plain[i] = i % 5000 < 2500 ? (unsigned char)(x >> 24) : (unsigned char)(i / 100);
    }
    return 0;
}

static int free_plain(void **state)
{
    (void)state;
    free(plain);
    return 0;
}

/* One member with `size` bytes of `plain`, `name` in its header (NULL: none); what it takes of `out`. */
static size_t member(unsigned char *out, size_t size, int level, const char *name)
{
    z_stream stream = {.next_in = plain, .avail_in = (uInt)size, .next_out = out, .avail_out = PACKED_MOST};
    gz_header header = {.name = (Bytef *)name, .extra = (Bytef *)"extra field", .extra_len = 11, .hcrc = 1};
    assert_int_equal(deflateInit2(&stream, level, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    if (name)
        assert_int_equal(deflateSetHeader(&stream, &header), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return stream.total_out;
}

struct input {
    const unsigned char *at;
    size_t left;
    int fails; /* at the end */
};

static ssize_t give(void *data, char *out, size_t room)
{
    struct input *input = data;
    size_t count = input->left < room ? input->left : room;
    if (!count && input->fails) {
        errno = EIO;
        return -1;
    }
    memcpy(out, input->at, count);
    input->at += count;
    input->left -= count;
    return (ssize_t)count;
}

/* All that comes out, in pieces of `piece`; *problem is NULL when it ends well. */
static size_t unpack(const unsigned char *packed, size_t len, size_t piece, unsigned char *out, const char **problem)
{
    struct input input = {packed, len, 0};
    struct gunzip *gunzip = gunzip_new(give, &input);
    size_t total = 0;
    ssize_t got;
    while ((got = gunzip_read(gunzip, (char *)out + total, piece)) > 0)
        total += (size_t)got;
    *problem = got < 0 ? gunzip_problem(gunzip) : NULL;
    assert_true(got == 0 || *problem);
    gunzip_free(gunzip);
    return total;
}

static void one_member_comes_back_whatever_its_header_and_level(void **state)
{
    (void)state;
    cleanup_free unsigned char *packed = xmalloc(PACKED_MOST), *out = xmalloc(SIZE + 300000);
    const char *problem;
    static const size_t sizes[] = {0, 1, 1000, SIZE}, pieces[] = {7777, 262144};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
        for (int level = 0; level <= 9; level += 3)
            for (size_t k = 0; k < ARRAY_LEN(pieces); k++) {
                size_t len = member(packed, sizes[i], level, level == 3 ? "a name" : NULL);
                assert_int_equal(unpack(packed, len, pieces[k], out, &problem), sizes[i]);
                assert_null(problem);
                assert_memory_equal(out, plain, sizes[i]);
            }
}

static void members_follow_each_other_wherever_blocks_end(void **state)
{
    (void)state;
    enum { MEMBERS = 400 };
    cleanup_free unsigned char *packed = xmalloc(2 * PACKED_MOST), *out = xmalloc(3 * SIZE);
    const char *problem;
    size_t len = 0, want = 0;
    for (int i = 0; i < MEMBERS; i++) { /* of uneven sizes, so that headers fall onto every place */
        size_t size = (size_t)(i * 37 % 4001);
        len += member(packed + len, size, 6, i % 3 ? NULL : "a name in the header");
        want += size;
    }
    assert_true(len > 3 * 262144 / 2);
    assert_int_equal(unpack(packed, len, 65536, out, &problem), want);
    assert_null(problem);
    for (size_t i = 0, at = 0; i < MEMBERS; at += i * 37 % 4001, i++)
        assert_memory_equal(out + at, plain, i * 37 % 4001);
}

static void what_follows_is_ignored(void **state)
{
    (void)state;
    cleanup_free unsigned char *packed = xmalloc(PACKED_MOST), *out = xmalloc(SIZE);
    const char *problem;
    size_t len = member(packed, 5000, 6, NULL);
    memset(packed + len, 0, 1000);
    assert_int_equal(unpack(packed, len + 1000, 1024, out, &problem), 5000);
    assert_null(problem);
    memcpy(packed + len, "no gzip", 7);
    assert_int_equal(unpack(packed, len + 7, 1024, out, &problem), 5000);
    assert_null(problem);
}

static void what_is_cut_off_is_noticed_at_every_byte(void **state)
{
    (void)state;
    cleanup_free unsigned char *packed = xmalloc(PACKED_MOST), *out = xmalloc(SIZE);
    const char *problem;
    size_t len = member(packed, 3000, 6, "name");
    for (size_t cut = 2; cut < len; cut++) {
        size_t got = unpack(packed, cut, 512, out, &problem);
        assert_non_null(problem);
        assert_true(got <= 3000);
        assert_memory_equal(out, plain, got);
    }
}

static void a_wrong_sum_is_noticed(void **state)
{
    (void)state;
    cleanup_free unsigned char *packed = xmalloc(PACKED_MOST), *out = xmalloc(SIZE + 65536);
    const char *problem;
    size_t len = member(packed, SIZE, 6, NULL);
    packed[len - 8] ^= 1; /* CRC-32 */
    unpack(packed, len, 65536, out, &problem);
    assert_string_equal(problem, "gzip decompression failed");
    packed[len - 8] ^= 1;
    packed[len - 1] ^= 1; /* length */
    unpack(packed, len, 65536, out, &problem);
    assert_string_equal(problem, "gzip decompression failed");
}

static void an_input_that_fails_says_why(void **state)
{
    (void)state;
    cleanup_free unsigned char *packed = xmalloc(PACKED_MOST);
    char out[4096];
    size_t len = member(packed, SIZE, 0, NULL);
    assert_true(len > 2 * 262144);
    struct input input = {packed, 262144, 1};
    struct gunzip *gunzip = gunzip_new(give, &input);
    ssize_t got;
    while ((got = gunzip_read(gunzip, out, sizeof out)) > 0)
        continue;
    assert_int_equal(got, -1);
    assert_string_equal(gunzip_problem(gunzip), strerror(EIO));
    gunzip_free(gunzip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_member_comes_back_whatever_its_header_and_level),
        cmocka_unit_test(members_follow_each_other_wherever_blocks_end),
        cmocka_unit_test(what_follows_is_ignored),
        cmocka_unit_test(what_is_cut_off_is_noticed_at_every_byte),
        cmocka_unit_test(a_wrong_sum_is_noticed),
        cmocka_unit_test(an_input_that_fails_says_why),
    };
    return cmocka_run_group_tests(tests, fill_plain, free_plain);
}
