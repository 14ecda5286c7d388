/* The base library: strings, buffers, files, JSON, clocks, units, digests, flags and errors. */
#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/files.h"
#include "base/flags.h"
#include "base/json.h"
#include "base/json_skim.h"
#include "base/memory.h"
#include "base/pattern.h"
#include "base/sockets.h"
#include "base/strings.h"
#include "base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char *temporary(void)
{
    char *dir = xstrdup("/tmp/slt-base-XXXXXX");
    assert_non_null(mkdtemp(dir));
    return dir;
}

static void an_error_names_what_why_and_where(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    assert_int_equal(error_errno(&err, ENOENT, "open %s", "/x"), -ENOENT);
    assert_string_equal(err.message, "open /x: No such file or directory");
    assert_int_equal(error_prefix(&err, "container %s", "web"), -ENOENT);
    assert_string_equal(err.message, "container web: open /x: No such file or directory");
    assert_int_equal(error_set(NULL, EPERM, "nobody listens"), -EPERM);
}

static void shell_quoting_survives_the_shell(void **state)
{
    (void)state;
    cleanup_free char *plain = str_shell_quote("a-b/c=1"), *odd = str_shell_quote("it's $HOME"), *none = str_shell_quote("");
    assert_string_equal(plain, "a-b/c=1");
    assert_string_equal(odd, "'it'\\''s $HOME'");
    assert_string_equal(none, "''");
}

static void splitting_keeps_empty_fields_and_joining_reverses_it(void **state)
{
    (void)state;
    cleanup_strv char **list = str_split("a::b:", ':');
    assert_int_equal(strv_len(list), 4);
    cleanup_free char *joined = strv_join(list, ":");
    assert_string_equal(joined, "a::b:");
    assert_true(strv_has(list, "b"));
    assert_false(strv_has(NULL, "b"));
}

static void a_buffer_grows_and_gives_its_front_away(void **state)
{
    (void)state;
    cleanup_buf struct buf buf = BUF_INIT;
    for (int i = 0; i < 1000; i++)
        buf_printf(&buf, "%d,", i);
    assert_int_equal(buf.len, 3890);
    buf_consume(&buf, 2);
    assert_memory_equal(buf.data, "1,2,", 4);
    buf_consume(&buf, 1 << 20);
    assert_int_equal(buf.len, 0);
}

static void numbers_are_whole_strings(void **state)
{
    (void)state;
    long long n = 7;
    assert_true(str_to_int("-12", &n));
    assert_int_equal(n, -12);
    assert_false(str_to_int("12x", &n));
    assert_false(str_to_int("", &n));
    assert_false(str_to_int(" 1", &n));
    assert_false(str_to_int("99999999999999999999", &n));
    assert_int_equal(n, -12);
    static const char *const none[] = {"", " 1", "1x", "1 ", "nan", "-inf", "infinity", "1e999", "4.5%"};
    double real = 7;
    assert_true(str_to_real("-4.5", &real));
    assert_true(real == -4.5);
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        assert_false(str_to_real(none[i], &real));
    assert_true(real == -4.5);
}

static void an_atomic_write_replaces_and_leaves_no_temporary(void **state)
{
    (void)state;
    cleanup_free char *dir = temporary(), *path = path_join(dir, "f");
    struct error err = ERROR_INIT;
    assert_int_equal(file_write_atomic(path, "one", 3, 0600, true, &err), 0);
    assert_int_equal(file_write_atomic(path, "three", 5, 0640, false, &err), 0);
    size_t len;
    cleanup_free char *text = file_read(path, &len, &err);
    assert_string_equal(text, "three");
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
    assert_int_equal(file_write_atomic("/nonexistent/f", "x", 1, 0600, false, &err), -ENOENT);
    assert_non_null(strstr(err.message, "/nonexistent/f"));
}

static void what_a_person_asks_to_be_written_replaces_ordinary_files_alone(void **state)
{
    (void)state;
    cleanup_free char *dir = temporary(), *path = path_join(dir, "f"), *link = path_join(dir, "link");
    struct error err = ERROR_INIT;
    struct stat st;
    assert_int_equal(file_replace(path, "one", 3, 0644, &err), 0);
    assert_int_equal(symlink("f", link), 0);
    assert_int_equal(file_replace(link, "two", 3, 0600, &err), -EEXIST);
    assert_int_equal(file_replace("/dev/null", "two", 3, 0600, &err), -EEXIST);
    assert_int_equal(file_replace(dir, "two", 3, 0600, &err), -EEXIST);
    assert_non_null(strstr(err.message, "is no ordinary file; name another"));
    cleanup_free char *before = file_read(path, NULL, &err);
    assert_string_equal(before, "one");
    assert_int_equal(file_replace(path, "three", 5, 0600, &err), 0);
    cleanup_free char *text = file_read(path, NULL, &err);
    assert_string_equal(text, "three");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(path_remove_tree(dir, &err), 0);
}

static void a_new_file_takes_the_place_of_nothing(void **state)
{
    (void)state;
    cleanup_free char *dir = temporary(), *path = path_join(dir, "f"), *link = path_join(dir, "link"), *gone = path_join(dir, "no");
    struct error err = ERROR_INIT;
    struct stat st;
    assert_int_equal(file_write_new(path, "one", 3, 0600, &err), 0);
    assert_int_equal(file_write_new(path, "three", 5, 0600, &err), -EEXIST);
    assert_int_equal(symlink("no", link), 0);
    assert_int_equal(file_write_new(link, "three", 5, 0600, &err), -EEXIST);
    assert_false(path_exists(gone));
    cleanup_free char *text = file_read(path, NULL, &err);
    assert_string_equal(text, "one");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(path_remove_tree(dir, &err), 0);
}

static void removing_a_tree_never_follows_links(void **state)
{
    (void)state;
    cleanup_free char *dir = temporary(), *outside = temporary(), *deep = path_join(dir, "a/b/c"), *link = path_join(dir, "a/link");
    cleanup_free char *kept = path_join(outside, "kept");
    assert_int_equal(path_make_dirs(deep, 0755, NULL), 0);
    assert_int_equal(file_write(kept, "x", 1, 0600, NULL), 0);
    assert_int_equal(symlink(outside, link), 0);
    assert_int_equal(path_remove_tree(dir, NULL), 0);
    assert_false(path_exists(dir));
    assert_true(path_exists(kept));
    assert_int_equal(path_remove_tree(outside, NULL), 0);
    assert_int_equal(path_remove_tree(outside, NULL), 0);
}

static void json_paths_give_defaults_instead_of_failing(void **state)
{
    (void)state;
    cleanup_json json_t *doc = json_pack("{s:{s:s,s:i,s:b}}", "a", "name", "web", "n", 3, "on", 1);
    assert_string_equal(json_str(doc, "a.name", "?"), "web");
    assert_string_equal(json_str(doc, "a.n", "?"), "?");
    assert_string_equal(json_str(NULL, "a.n", "?"), "?");
    assert_int_equal(json_num(doc, "a.n", 0), 3);
    assert_true(json_flag(doc, "a.on", false));
    assert_true(json_flag(doc, "a.missing.deep", true));
}

static void text_that_is_not_utf8_becomes_a_valid_string(void **state)
{
    (void)state;
    cleanup_json json_t *bad = json_text_value("a\xff\xc0\xaf\xed\xa0\x80z", 8);
    assert_string_equal(json_string_value(bad), "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz");
    cleanup_json json_t *good = json_text_value("gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\xb3", 11);
    assert_string_equal(json_string_value(good), "gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\xb3");
}

static void documents_are_written_as_jansson_writes_them(void **state)
{
    (void)state;
    char every[128];
    for (int c = 0; c < 128; c++)
        every[c] = (char)c;
    cleanup_json json_t *doc = json_pack("{s:[s%,s,{},[],n,b,b,f,f], s:{s:I,s:I,s:i}}", "a\"\\\n", every, sizeof every,
                                         "gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\xb3", 1, 0, 0.1, 3e30, "o", "max", (json_int_t)INT64_MAX,
                                         "min", (json_int_t)INT64_MIN, "nought", 0);
    assert_non_null(doc);
    cleanup_free char *ours = json_text(doc), *theirs = json_dumps(doc, JSON_COMPACT);
    assert_string_equal(ours, theirs);
    cleanup_free char *nothing = json_text(NULL);
    assert_string_equal(nothing, "null");
}

static bool keep(void *data, json_t *object)
{
    json_array_append(data, object);
    return json_array_size(data) < 3;
}

static char *skimmed(const char *text, size_t len, const char *const *keys, int expected)
{
    cleanup_json json_t *list = json_array();
    assert_int_equal(json_skim(text, len, keys, keep, list), expected);
    return json_text(list);
}

static void a_list_is_read_in_part(void **state)
{
    (void)state;
    static const char *const keys[] = {"a", "b c", NULL};
    static const char text[] =
        " [ {\"x\" : {\"a\":[1,{\"]\":\"}\\\\\"}]}, \"a\":\"q\\\"u\", \"b c\" : [ 1 , {} ] } , {\"ab\":1} ,{} ,{\"a\":4}]\n";
    cleanup_free char *part = skimmed(text, sizeof text - 1, keys, 0);
    assert_string_equal(part, "[{\"a\":\"q\\\"u\",\"b c\":[1,{}]},{},{}]"); /* the third stops */
    cleanup_free char *whole = skimmed("[{\"x\":1,\"a\":null}]", 20, NULL, 0);
    assert_string_equal(whole, "[{\"x\":1,\"a\":null}]");
    cleanup_free char *none = skimmed("[]", 2, keys, 0);
    assert_string_equal(none, "[]");
    static const char *const bad[] = {"",
                                      "{}",
                                      "[",
                                      "[1]",
                                      "[{}",
                                      "[{},]",
                                      "[{\"a\"}]",
                                      "[{\"a\":}]",
                                      "[{\"a\":tru}]",
                                      "[{\"a\":1,}]",
                                      "[{}]x",
                                      "[{\"a\":\"\xff\"}]",
                                      "[{x:1}]"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        free(skimmed(bad[i], strlen(bad[i]), keys, -EINVAL));
    for (size_t len = 0; len < sizeof text; len++) { /* any beginning, in memory of just that size */
        char *cut = malloc(len ? len : 1);
        memcpy(cut, text, len);
        cleanup_json json_t *list = json_array();
        json_skim(cut, len, keys, keep, list);
        free(cut);
    }
}

static void times_read_back_what_they_wrote(void **state)
{
    (void)state;
    char text[CLOCK_TEXT];
    int64_t ns;
    clock_rfc3339(1795252367277979451LL, text);
    assert_string_equal(text, "2026-11-21T09:12:47.277979451Z");
    assert_true(clock_parse(text, &ns));
    assert_true(ns == 1795252367277979451LL);
    assert_true(clock_parse("2026-11-21T10:12:47.5+01:00", &ns));
    assert_true(ns == 1795252367500000000LL);
    assert_true(clock_parse(CLOCK_ZERO, &ns));
    assert_true(ns == INT64_MIN);
    assert_false(clock_parse("yesterday", &ns));
    assert_false(clock_parse("2026-11-21T10:12:47+1:2", &ns)); /* too short a zone is not read past its end */
    assert_false(clock_parse("2026-11-21T10:12:47+", &ns));
    ns = 7;
    assert_false(clock_parse("9999-12-31T23:59:59Z", &ns)); /* more than nanoseconds can count */
    assert_true(ns == 7);
}

static void moments_are_those_of_gmtime(void **state)
{
    (void)state;
    char ours[CLOCK_TEXT], theirs[CLOCK_TEXT];
    struct tm tm;
    for (int64_t at = -9223372036LL; at <= 9223372036LL; at += 86399) { /* each day from 1677 to 2262, at another second */
        clock_rfc3339(at * 1000000000LL, ours);
        gmtime_r(&(time_t){at}, &tm);
        strftime(theirs, sizeof theirs, "%Y-%m-%dT%H:%M:%SZ", &tm);
        assert_string_equal(ours, theirs);
    }
    clock_rfc3339(-1, ours);
    assert_string_equal(ours, "1969-12-31T23:59:59.999999999Z");
}

static void expressions_that_cost_too_much_are_refused(void **state)
{
    (void)state;
    static const char *const good[] = {"^web_[0-9]{1,3}$", "a|b", "[]x]+", "([[:alpha:]]-){2}", "x{1000}", "\\(", ""},
                             *const bad[] = {"x{1001}", "(x{100}){11}", "((a{1,255}){1,255}){1,255}", "(", "[", "a{600}b{600}"};
    char deep[101];
    memset(deep, '(', 50), deep[50] = 'x', memset(deep + 51, ')', 49), deep[100] = 0;
    regex_t regex;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_true(pattern_compile(&regex, good[i]));
        regfree(&regex);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(pattern_compile(&regex, bad[i]));
    assert_false(pattern_compile(&regex, deep));
}

static void depth_counts_what_is_open(void **state)
{
    (void)state;
    static const char text[] = "{\"[[[\\\"[\":[{}],\"b\":[]}";
    assert_true(json_deeper(text, strlen(text), 2));
    assert_false(json_deeper(text, strlen(text), 3));
}

static void durations_follow_go(void **state)
{
    (void)state;
    int64_t ns;
    assert_true(clock_parse_duration("1h30m", &ns));
    assert_true(ns == 5400000000000LL);
    assert_true(clock_parse_duration("1.5s", &ns));
    assert_true(ns == 1500000000LL);
    assert_false(clock_parse_duration("5", &ns));
    assert_false(clock_parse_duration("", &ns));
    assert_false(clock_parse_duration("5 parsecs", &ns));
    assert_false(clock_parse_duration("99999999999h", &ns));
    static const struct {
        long long seconds;
        const char *text;
    } human[] = {{0, "Less than a second"}, {1, "1 second"},          {59, "59 seconds"},      {61, "About a minute"},
                 {600, "10 minutes"},       {3600, "About an hour"},  {3600 * 30, "30 hours"}, {86400 * 3, "3 days"},
                 {86400 * 21, "3 weeks"},   {86400 * 100, "3 months"}};
    for (size_t i = 0; i < ARRAY_LEN(human); i++) {
        char text[CLOCK_TEXT];
        clock_human(human[i].seconds * 1000000000LL, text);
        assert_string_equal(text, human[i].text);
    }
}

static void sizes_parse_and_print_as_docker_does(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t bytes;
    } good[] = {{"10m", 10 << 20}, {"512", 512}, {"1.5g", 1610612736}, {"64KB", 65536}, {"1GiB", 1 << 30}, {"7b", 7}};
    int64_t bytes;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_true(units_parse_bytes(good[i].text, &bytes));
        assert_int_equal(bytes, good[i].bytes);
    }
    static const char *const bad[] = {"", "m", "-1m", "10x", "10mm", "1e", "abc"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(units_parse_bytes(bad[i], &bytes));
    char text[UNITS_TEXT];
    units_decimal(1239000, text);
    assert_string_equal(text, "1.24MB");
    units_binary(12.4 * 1048576, text);
    assert_string_equal(text, "12.4MiB");
}

static void digests_agree_with_the_published_vectors(void **state)
{
    (void)state;
    char text[DIGEST_TEXT];
    digest_bytes("abc", 3, text);
    assert_string_equal(text, "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    unsigned char mac[32];
    char hex[65];
    hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, mac);
    str_hex(mac, 32, hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    char a[ID_TEXT], b[ID_TEXT];
    id_generate(a);
    id_generate(b);
    assert_int_equal(strspn(a, "0123456789abcdef"), 64);
    assert_string_not_equal(a, b);
}

struct options {
    bool interactive, tty, rm;
    const char *memory;
    long long pids, weight;
    char **env, **filter;
};

static const struct flag table[] = {
    {'i', "interactive", FLAG_BOOL, offsetof(struct options, interactive), NULL, "Keep STDIN open"},
    {'t', "tty", FLAG_BOOL, offsetof(struct options, tty), NULL, "Allocate a pseudo-TTY"},
    {0, "rm", FLAG_BOOL, offsetof(struct options, rm), NULL, "Remove"},
    {'m', "memory", FLAG_STRING, offsetof(struct options, memory), "bytes", "Memory limit"},
    {0, "pids-limit", FLAG_INT, offsetof(struct options, pids), NULL, "Pids"},
    {'e', "env", FLAG_LIST, offsetof(struct options, env), NULL, "Environment"},
    {0, "weight", FLAG_INT, offsetof(struct options, weight), "uint16", "A number of sixteen bits"},
    {0, "filter", FLAG_LIST, offsetof(struct options, filter), "filter", "What to show"},
    {0, "old", FLAG_BOOL, offsetof(struct options, rm), NULL, "deprecated: use --rm instead"},
    {0, "hidden", FLAG_BOOL, offsetof(struct options, rm), NULL, NULL},
    {0},
};

static int parse(struct options *options, char ***operands, struct error *err, bool stop, const char *line)
{
    static char *argv[32];
    static char copy[256];
    int argc = 0;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    *options = (struct options){0};
    return flags_parse(table, options, NULL, argc, argv, stop, operands, err);
}

static void flags_follow_docker(void **state)
{
    (void)state;
    struct options o;
    char **rest;
    struct error err = ERROR_INIT;
    assert_int_equal(parse(&o, &rest, &err, true, "run -itm 10m --rm=false -e A=1 --env=B=2 busybox ls -l"), 0);
    assert_true(o.interactive && o.tty && !o.rm);
    assert_string_equal(o.memory, "10m");
    assert_int_equal(strv_len(o.env), 2);
    assert_string_equal(rest[0], "busybox");
    assert_string_equal(rest[2], "-l");
    strv_free(o.env);
    assert_int_equal(parse(&o, &rest, &err, false, "rm web --rm db -- -x"), 0);
    assert_true(o.rm);
    assert_int_equal(strv_len(rest), 3);
    assert_string_equal(rest[2], "-x");
}

static void numbers_are_read_as_go_reads_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        long long value;
    } numbers[] = {{"0", 0},
                   {"-5", -5},
                   {"+7", 7},
                   {"0x1F", 31},
                   {"0o17", 15},
                   {"017", 15},
                   {"0b101", 5},
                   {"0x1_000", 4096},
                   {"9223372036854775807", INT64_MAX},
                   {"-9223372036854775808", INT64_MIN}};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        struct options o;
        char **rest;
        struct error err = ERROR_INIT;
        cleanup_free char *line = str_format("run --pids-limit %s", numbers[i].text);
        assert_int_equal(parse(&o, &rest, &err, true, line), 0);
        assert_true(o.pids == numbers[i].value);
    }
}

static void help_is_a_flag_like_others(void **state)
{
    (void)state;
    struct options o;
    char **rest;
    struct error err = ERROR_INIT;
    assert_int_equal(parse(&o, &rest, &err, false, "run --rm --help x"), -ECANCELED);
    assert_string_equal(err.message, "--help");
    assert_int_equal(parse(&o, &rest, &err, false, "run -ih"), -ECANCELED);
    assert_string_equal(err.message, "-h");
    assert_int_equal(parse(&o, &rest, &err, false, "run --help=false"), 0);
    assert_int_equal(parse(&o, &rest, &err, true, "run x --help"), 0);
}

static void help_is_sorted_and_wrapped(void **state)
{
    (void)state;
    static const struct flag flags[] = {
        {0, "zebra", FLAG_BOOL, 0, NULL, "Last"},
        {'m', "memory", FLAG_STRING, 0, "bytes", "A sentence that is too long for what is left of a line of eighty columns"},
        {0, "old", FLAG_BOOL, 0, NULL, "deprecated: use --zebra instead"},
        {0, "hidden", FLAG_BOOL, 0, NULL, NULL},
        {0}};
    char text[1000] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    flags_help(flags, out);
    fclose(out);
    assert_string_equal(text, "  -m, --memory bytes   A sentence that is too long for what is left of a line\n"
                              "                       of eighty columns\n"
                              "      --zebra          Last\n");
}

static void wrong_flags_are_told_in_docker_words(void **state)
{
    (void)state;
    static const struct {
        const char *line, *message;
    } bad[] = {
        {"run --nope", "unknown flag: --nope"},
        {"run -ix", "unknown shorthand flag: 'x' in -x"},
        {"run --memory", "flag needs an argument: --memory"},
        {"run -m", "flag needs an argument: 'm' in -m"},
        {"run --pids-limit=a", "invalid argument \"a\" for \"--pids-limit\" flag: strconv.ParseInt: parsing \"a\": invalid syntax"},
        {"run --rm=maybe", "invalid argument \"maybe\" for \"--rm\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax"},
        {"run --rm=tRuE", "invalid argument \"tRuE\" for \"--rm\" flag: strconv.ParseBool: parsing \"tRuE\": invalid syntax"},
        {"run ---x", "bad flag syntax: ---x"},
        {"run --=x", "bad flag syntax: --=x"},
        {"run --he", "unknown flag: --he"},
        {"run --help --nope", "unknown flag: --nope"},
        {"run -im", "flag needs an argument: 'm' in -m"},
        {"run --filter nokey", "invalid argument \"nokey\" for \"--filter\" flag: bad format of filter (expected name=value)"},
        {"run --pids-limit 9223372036854775808", "invalid argument \"9223372036854775808\" for \"--pids-limit\" flag: "
                                                 "strconv.ParseInt: parsing \"9223372036854775808\": value out "
                                                 "of range"},
        {"run --pids-limit 0x",
         "invalid argument \"0x\" for \"--pids-limit\" flag: strconv.ParseInt: parsing \"0x\": invalid syntax"},
        {"run --weight 65536",
         "invalid argument \"65536\" for \"--weight\" flag: strconv.ParseUint: parsing \"65536\": value out of range"},
        {"run --weight -1", "invalid argument \"-1\" for \"--weight\" flag: strconv.ParseUint: parsing \"-1\": invalid syntax"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct options o;
        char **rest;
        struct error err = ERROR_INIT;
        assert_int_equal(parse(&o, &rest, &err, true, bad[i].line), -EINVAL);
        assert_string_equal(err.message, bad[i].message);
    }
}

static void descriptors_travel_and_stale_sockets_are_replaced(void **state)
{
    (void)state;
    cleanup_free char *dir = temporary(), *path = path_join(dir, "s");
    struct error err = ERROR_INIT;
    int first = unix_listen(path, SOCK_STREAM, 0600, &err);
    assert_true(first >= 0);
    assert_int_equal(unix_listen(path, SOCK_STREAM, 0600, &err), -EADDRINUSE);
    close(first);
    cleanup_close int second = unix_listen(path, SOCK_STREAM, 0600, &err);
    assert_true(second >= 0);
    int pair[2], got;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(fds_send(pair[0], "x", 1, &second, 1), 0);
    char byte;
    size_t count = 1;
    assert_int_equal(fds_receive(pair[1], &byte, 1, &got, &count), 1);
    assert_int_equal(count, 1);
    close(got);
    close(pair[0]);
    close(pair[1]);
    assert_int_equal(path_remove_tree(dir, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_names_what_why_and_where),
        cmocka_unit_test(shell_quoting_survives_the_shell),
        cmocka_unit_test(splitting_keeps_empty_fields_and_joining_reverses_it),
        cmocka_unit_test(a_buffer_grows_and_gives_its_front_away),
        cmocka_unit_test(numbers_are_whole_strings),
        cmocka_unit_test(an_atomic_write_replaces_and_leaves_no_temporary),
        cmocka_unit_test(what_a_person_asks_to_be_written_replaces_ordinary_files_alone),
        cmocka_unit_test(a_new_file_takes_the_place_of_nothing),
        cmocka_unit_test(removing_a_tree_never_follows_links),
        cmocka_unit_test(json_paths_give_defaults_instead_of_failing),
        cmocka_unit_test(text_that_is_not_utf8_becomes_a_valid_string),
        cmocka_unit_test(documents_are_written_as_jansson_writes_them),
        cmocka_unit_test(a_list_is_read_in_part),
        cmocka_unit_test(times_read_back_what_they_wrote),
        cmocka_unit_test(moments_are_those_of_gmtime),
        cmocka_unit_test(expressions_that_cost_too_much_are_refused),
        cmocka_unit_test(depth_counts_what_is_open),
        cmocka_unit_test(durations_follow_go),
        cmocka_unit_test(sizes_parse_and_print_as_docker_does),
        cmocka_unit_test(digests_agree_with_the_published_vectors),
        cmocka_unit_test(flags_follow_docker),
        cmocka_unit_test(numbers_are_read_as_go_reads_them),
        cmocka_unit_test(help_is_a_flag_like_others),
        cmocka_unit_test(help_is_sorted_and_wrapped),
        cmocka_unit_test(wrong_flags_are_told_in_docker_words),
        cmocka_unit_test(descriptors_travel_and_stale_sockets_are_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
