/* Files of contexts and images as the builder handles them: paths that lead nowhere else, patterns, digests, how they are put in
 * their place; and the small texts that history shows. */
#include "build/arguments.h"
#include "build/files.h"
#include "build/output.h"
#include "build/owner.h"
#include "build/shown.h"
#include "image_fixture.h"

#include <errno.h>
#include <sys/xattr.h>

static int open_root(const struct fixture *f, const char *name)
{
    cleanup_free char *path = path_join(f->root, name);
    mkdir(path, 0755);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void put(int root, const char *path, const char *text, mode_t mode)
{
    int fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write_full(fd, text, strlen(text)), 0);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static char *get(int root, const char *path) { return file_read_at(root, path, NULL, NULL); }

static void names_match_as_in_go(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *name;
        bool wanted;
    } rows[] = {{"a*c", "abbc", true},      {"a*c", "abb", false},    {"*", "", true},       {"?", "ab", false},
                {"[a-c]x", "bx", true},     {"[^a-c]x", "bx", false}, {"[!e]x", "ex", true}, {"[!e]x", "ax", false},
                {"\\*", "*", true},         {"\\*", "x", false},      {"[", "[", false},     {"[]a]", "a", false},
                {"a*b*c", "aXbYbZc", true}, {"**", "abc", true},      {"[a-", "a", false},   {"x\\", "x\\", true}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (name_matches(rows[i].pattern, rows[i].name) != rows[i].wanted)
            fail_msg("%s against %s", rows[i].pattern, rows[i].name);
    assert_true(has_wildcards("a/*") && has_wildcards("a[b") && !has_wildcards("a\\*") && !has_wildcards("plain"));
}

static void paths_stay_within(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"a/b", "a/b"}, {"./a//b/.", "a/b"}, {"a/../b", "b"}, {"", ""}, {".", ""}, {"a/..", ""}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *clean = path_within(rows[i][0]);
        assert_string_equal(clean, rows[i][1]);
    }
    assert_null(path_within("../a"));
    assert_null(path_within("a/../../b"));
}

static void links_are_resolved_below_the_root(void **state)
{
    cleanup_close int root = open_root(*state, "links");
    struct error err = ERROR_INIT;
    mkdirat(root, "d", 0755);
    put(root, "d/f", "x", 0644);
    static const char *const links[][2] = {
        {"/d", "abs"},      {"d/f", "file"},    {"../../../../d", "up"}, {"/nowhere/at/all", "dangling"},
        {"loop2", "loop1"}, {"loop1", "loop2"}, {"../abs/f", "d/back"}};
    for (size_t i = 0; i < ARRAY_LEN(links); i++)
        assert_int_equal(symlinkat(links[i][0], root, links[i][1]), 0);
    static const char *const rows[][2] = {
        {"abs/f", "d/f"},    {"file", "d/f"}, {"up/f", "d/f"},   {"dangling/x", "nowhere/at/all/x"},
        {"d/back", "d/f"},   {"/", ""},       {"new/../d", "d"}, {"a/b/c", "a/b/c"},
        {"../../etc", "etc"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *resolved = NULL;
        assert_int_equal(files_resolve(root, rows[i][0], &resolved, &err), 0);
        assert_string_equal(resolved, rows[i][1]);
    }
    cleanup_free char *never = NULL;
    assert_int_equal(files_resolve(root, "loop1/x", &never, &err), -ELOOP);
    assert_int_equal(files_open(root, "abs/f", O_RDONLY), -ELOOP); /* what is not resolved is not opened */
}

static void patterns_find_paths_in_order(void **state)
{
    cleanup_close int root = open_root(*state, "patterns");
    static const char *const directories[] = {"a", "b", "b/in"}, *const files[] = {"a/1.txt", "b/2.txt", "b/in/3.txt", "z.txt"};
    for (size_t i = 0; i < ARRAY_LEN(directories); i++)
        mkdirat(root, directories[i], 0755);
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        put(root, files[i], "", 0644);
    static const char *const rows[][2] = {
        {"*.txt", "z.txt"}, {"*/*.txt", "a/1.txt b/2.txt"}, {"b/*", "b/2.txt b/in"}, {"?/in/[0-9].txt", "b/in/3.txt"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_strv char **found = files_match(root, rows[i][0]);
        cleanup_free char *all = strv_join(found, " ");
        assert_string_equal(all, rows[i][1]);
    }
    assert_null(files_match(root, "none*"));
}

static void digest(int root, const char *path, char hex[65])
{
    const char *what;
    struct error err = ERROR_INIT;
    if (files_digest(root, path, "name", &what, hex, NULL, &err) < 0)
        fail_msg("%s", err.message);
}

static void a_digest_is_of_extended_attributes(void **state)
{
    cleanup_close int root = open_root(*state, "attributes");
    char none[65], one[65], joined[65];
    mkdirat(root, "d", 0755);
    mkdirat(root, "d/in", 0755);
    cleanup_close int in = openat(root, "d/in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    digest(root, "d", none);
    if (fsetxattr(in, "user.a", "1", 1, 0) < 0)
        skip(); /* this file system has none */
    digest(root, "d", one);
    assert_string_not_equal(none, one); /* of directories, too: they are copied */
    assert_int_equal(fsetxattr(in, "user.b", "2", 1, 0), 0);
    digest(root, "d", one);
    assert_int_equal(fremovexattr(in, "user.b"), 0);
    assert_int_equal(fsetxattr(in, "user.a", "1user.b\0002", 9, 0), 0);
    digest(root, "d", joined);
    assert_string_not_equal(one, joined); /* two are not one whose value looks like them */
}

static const unsigned char capability[] = {1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

static void a_digest_is_of_hard_links(void **state)
{
    cleanup_close int root = open_root(*state, "linked");
    char alone[65], linked[65], other[65], again[65];
    mkdirat(root, "d", 0755);
    put(root, "d/a", "same", 0644);
    put(root, "d/b", "same", 0644);
    put(root, "d/c", "same", 0644);
    digest(root, "d", alone);
    assert_int_equal(unlinkat(root, "d/b", 0), 0);
    assert_int_equal(linkat(root, "d/a", root, "d/b", 0), 0);
    digest(root, "d", linked);
    assert_string_not_equal(alone, linked);
    assert_int_equal(unlinkat(root, "d/b", 0), 0);
    assert_int_equal(linkat(root, "d/c", root, "d/b", 0), 0);
    digest(root, "d", other);
    assert_string_not_equal(linked, other);
    /* A name elsewhere is not copied, and changes nothing. */
    assert_int_equal(unlinkat(root, "d/b", 0), 0);
    put(root, "d/b", "same", 0644);
    assert_int_equal(linkat(root, "d/a", root, "outside", 0), 0);
    digest(root, "d", again);
    assert_string_equal(alone, again);
}

static void capabilities_stay_with_their_owner(void **state)
{
    cleanup_close int root = open_root(*state, "capabilities");
    struct error err = ERROR_INIT;
    unsigned char value[sizeof capability];
    if (geteuid() != 0)
        skip();
    put(root, "f", "x", 0755);
    cleanup_close int from = openat(root, "f", O_RDONLY | O_CLOEXEC);
    if (fsetxattr(from, "security.capability", capability, sizeof capability, 0) < 0)
        skip();
    struct placing placing = {.root = root, .shown = "", .keep_owner = true};
    assert_int_equal(place_file(&placing, root, "f", "kept", &err), 0);
    cleanup_close int kept = openat(root, "kept", O_RDONLY | O_CLOEXEC);
    assert_int_equal(fgetxattr(kept, "security.capability", value, sizeof value), sizeof value);
    assert_memory_equal(value, capability, sizeof value);
    placing.keep_owner = false; /* as Docker: another owner does not get what the first was trusted with */
    assert_int_equal(place_file(&placing, root, "f", "given", &err), 0);
    cleanup_close int given = openat(root, "given", O_RDONLY | O_CLOEXEC);
    assert_int_equal(fgetxattr(given, "security.capability", value, sizeof value), -1);
}

static void a_digest_is_of_what_files_are(void **state)
{
    cleanup_close int root = open_root(*state, "digest");
    char first[65], next[65];
    mkdirat(root, "d", 0755);
    put(root, "d/f", "text", 0644);
    digest(root, "d", first);
    const struct timespec old[2] = {{1, 0}, {1, 0}};
    utimensat(root, "d/f", old, 0);
    digest(root, "d", next);
    assert_string_equal(first, next); /* not when they were changed */
    fchmodat(root, "d/f", 0755, 0);
    digest(root, "d", next);
    assert_string_not_equal(first, next);
    put(root, "d/f", "other", 0644);
    digest(root, "d", next);
    assert_string_not_equal(first, next);
    put(root, "d/f", "text", 0644);
    renameat(root, "d/f", root, "d/g");
    digest(root, "d", next);
    assert_string_not_equal(first, next);
    renameat(root, "d/g", root, "d/f");
    fchownat(root, "d/f", 7, 7, 0);
    digest(root, "d", next);
    assert_string_not_equal(first, next);
    fchownat(root, "d/f", 0, 0, 0);
    digest(root, "d", next);
    assert_string_equal(first, next);
}

static void a_directory_is_merged_into_what_is_there(void **state)
{
    cleanup_close int from = open_root(*state, "from"), to = open_root(*state, "to");
    struct error err = ERROR_INIT;
    struct stat st, other;
    mkdirat(from, "kind", 0750);
    put(from, "kind/in", "in", 0644);
    put(from, "file", "new", 0640);
    put(from, "suid", "s", 04755);
    linkat(from, "file", from, "hard", 0);
    symlinkat("file", from, "soft");
    mknodat(from, "fifo", S_IFIFO | 0600, 0);
    put(to, "kind", "was a file", 0644);
    mkdirat(to, "file", 0755);
    put(to, "file/deep", "gone", 0644);
    put(to, "stays", "stays", 0600);
    const struct placing placing = {.root = to, .shown = "to", .uid = 5, .gid = 6};
    if (place_directory(&placing, from, "", "", &err) < 0)
        fail_msg("%s", err.message);
    cleanup_free char *in = get(to, "kind/in"), *file = get(to, "file"), *stays = get(to, "stays");
    assert_string_equal(in, "in");
    assert_string_equal(file, "new");
    assert_string_equal(stays, "stays");
    fstatat(to, "file", &st, 0);
    fstatat(to, "hard", &other, 0);
    assert_int_equal(st.st_ino, other.st_ino);
    assert_true(st.st_uid == 5 && st.st_gid == 6 && (st.st_mode & 07777) == 0640);
    fstatat(to, "suid", &st, 0);
    assert_int_equal(st.st_mode & 07777, 0755); /* a new owner takes it away, as chown(2) does */
    fstatat(to, "fifo", &st, AT_SYMLINK_NOFOLLOW);
    assert_true(S_ISFIFO(st.st_mode));
    fstatat(to, "soft", &st, AT_SYMLINK_NOFOLLOW);
    assert_true(S_ISLNK(st.st_mode) && st.st_uid == 5);
}

static void marks_of_layers_are_obeyed_when_asked(void **state)
{
    cleanup_close int from = open_root(*state, "layer"), to = open_root(*state, "below");
    struct error err = ERROR_INIT;
    struct stat st;
    mknodat(from, "gone", S_IFCHR, 0);
    put(to, "gone", "x", 0644);
    struct placing placing = {.root = to, .shown = "to", .keep_owner = true};
    assert_int_equal(place_directory(&placing, from, "", "", &err), -EINVAL); /* not from a context */
    placing.layer = true;
    assert_int_equal(place_directory(&placing, from, "", "", &err), 0);
    assert_int_equal(fstatat(to, "gone", &st, 0), -1);
}

static bool always(void *data)
{
    (void)data;
    return true;
}

static void holes_stay_holes(void **state)
{
    enum { SIZE = 64 << 20 };
    struct error err = ERROR_INIT;
    cleanup_close int root = open_root(*state, "sparse");
    struct stat st;
    char back[4];
    const char *const names[] = {"end", "middle", "all"};
    mkdirat(root, "to", 0755);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        cleanup_close int fd = openat(root, names[i], O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        assert_int_equal(ftruncate(fd, SIZE), 0);
        if (i < 2)
            assert_int_equal(pwrite(fd, "data", 4, i ? 20 << 20 : SIZE - 4), 4);
        cleanup_free char *to = str_format("to/%s", names[i]);
        assert_int_equal(place_file(&(struct placing){.root = root, .shown = ""}, root, names[i], to, &err), 0);
        assert_int_equal(fstatat(root, to, &st, 0), 0);
        assert_int_equal(st.st_size, SIZE);
        assert_true(st.st_blocks < 1024);
        cleanup_close int copy = openat(root, to, O_RDONLY | O_CLOEXEC);
        assert_int_equal(pread(copy, back, 4, i == 1 ? 20 << 20 : SIZE - 4), 4);
        assert_memory_equal(back, i < 2 ? "data" : "\0\0\0", 4);
    }
}

static void a_copy_can_be_stopped(void **state)
{
    cleanup_close int from = open_root(*state, "much"), to = open_root(*state, "little");
    struct error err = ERROR_INIT;
    put(from, "f", "x", 0644);
    const struct placing stopped = {.root = to, .shown = "to", .stop = always};
    assert_int_equal(place_file(&stopped, from, "f", "f", &err), -ECANCELED);
    const struct placing never = {.root = to, .shown = "to"};
    assert_int_equal(place_file(&never, from, "f", "new/dir/f", &err), 0);
    cleanup_free char *text = get(to, "new/dir/f");
    assert_string_equal(text, "x");
    put(to, "blocks", "", 0644);
    assert_int_equal(place_file(&never, from, "f", "blocks/f", &err), -ENOTDIR);
    assert_non_null(strstr(err.message, "not a directory"));
}

static void owners_are_known_to_the_image(void **state)
{
    cleanup_close int root = open_root(*state, "owner");
    struct error err = ERROR_INIT;
    uid_t uid;
    gid_t gid;
    mkdirat(root, "etc", 0755);
    put(root, "etc/passwd", "root:x:0:0::/:\nalice:x:1001:1002::/:\n", 0644);
    put(root, "etc/group", "root:x:0:\nalice:x:1002:\nstaff:x:50:\n", 0644);
    static const struct {
        const char *text;
        uid_t uid;
        gid_t gid;
    } rows[] = {{"alice", 1001, 1002}, {"alice:staff", 1001, 50}, {"7", 7, 7}, {"7:8", 7, 8}, {"alice:9", 1001, 9}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(owner_lookup(root, rows[i].text, &uid, &gid, &err), 0);
        assert_true(uid == rows[i].uid && gid == rows[i].gid);
    }
    assert_int_equal(owner_lookup(root, "bob", &uid, &gid, &err), -EINVAL);
    assert_string_equal(err.message, "can't find uid for user bob: no such user: bob");
    assert_int_equal(owner_lookup(root, ":staff", &uid, &gid, &err), -EINVAL);
    assert_int_equal(owner_lookup(root, "alice:none", &uid, &gid, &err), -EINVAL);
    assert_int_equal(owner_lookup(root, "-1", &uid, &gid, &err), -EINVAL);
}

static void arguments_have_their_order(void **state)
{
    (void)state;
    cleanup_json json_t *given = json_pack("{s:s,s:n,s:s,s:s}", "A", "cli", "N", "HTTP_PROXY", "p", "unused", "x");
    cleanup_json json_t *env = json_pack("[s]", "E=env");
    struct arguments *all = arguments_new(given);
    arguments_declare_early(all, "EARLY", "early");
    arguments_offer(all, "TARGETARCH", "amd64");
    struct arguments *stage = arguments_for_stage(all);
    cleanup_strv char **none = arguments_environment(stage, env);
    cleanup_free char *only = strv_join(none, " ");
    assert_string_equal(only, "HTTP_PROXY=p"); /* nobody has declared the others here */
    arguments_declare(stage, "A", "default");
    arguments_declare(stage, "N", "default");
    arguments_declare(stage, "E", "hidden");
    arguments_declare(stage, "EARLY", NULL);
    arguments_declare(stage, "TARGETARCH", NULL);
    arguments_declare(stage, "NOTHING", NULL);
    cleanup_strv char **list = arguments_environment(stage, env);
    cleanup_free char *text = strv_join(list, " ");
    assert_string_equal(text, "A=cli EARLY=early HTTP_PROXY=p N=default TARGETARCH=amd64");
    assert_true(arguments_shown(stage, "A") && !arguments_shown(stage, "HTTP_PROXY"));
    arguments_merge_used(all, stage);
    cleanup_strv char **unused = arguments_unused(all);
    assert_true(strv_len(unused) == 1 && str_equal(unused[0], "unused"));
    arguments_free(stage);
    arguments_free(all);
}

static void history_shows_values_as_go_does(void **state)
{
    (void)state;
    static const struct {
        int64_t ns;
        const char *text;
    } rows[] = {{0, "0s"},
                {5, "5ns"},
                {1500, "1.5\u00b5s"},
                {250000000, "250ms"},
                {1500000000, "1.5s"},
                {300000000000, "5m0s"},
                {3661000000000, "1h1m1s"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[32];
        shown_duration(rows[i].ns, text);
        assert_string_equal(text, rows[i].text);
    }
    static const struct {
        int rune;
        const char *text;
    } runes[] = {{0, "'\\x00'"}, {5, "'\\x05'"}, {9, "'\\t'"}, {39, "'\\''"}, {65, "'A'"}};
    for (size_t i = 0; i < ARRAY_LEN(runes); i++) {
        cleanup_buf struct buf out = BUF_INIT;
        shown_rune(&out, runes[i].rune);
        assert_string_equal(out.data, runes[i].text);
    }
}

static void collect(void *data, const char *text, size_t len) { buf_add(data, text, len); }

static void what_stages_say_comes_in_their_order(void **state)
{
    (void)state;
    cleanup_buf struct buf heard = BUF_INIT;
    const struct build_sink sink = {collect, &heard};
    struct output *output = output_new(&sink, false);
    output_channels(output, 3);
    output_say(output, 1, "b1");
    output_say(output, 0, "a1");
    output_say(output, 2, "c1");
    output_end(output, 1);
    output_say(output, 0, "a<2>");
    assert_non_null(strstr(heard.data, "a1"));
    assert_null(strstr(heard.data, "b1"));
    output_drop(output, 2); /* the first one failed: nobody hears of this one */
    output_end(output, 0);
    output_end(output, 2);
    output_failed(output, 3, "why");
    assert_string_equal(heard.data, "{\"stream\":\"a1\"}\r\n{\"stream\":\"a\\u003c2\\u003e\"}\r\n{\"stream\":\"b1\"}\r\n"
                                    "{\"errorDetail\":{\"code\":3,\"message\":\"why\"},\"error\":\"why\"}\r\n");
    output_free(output);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_match_as_in_go),
                                       cmocka_unit_test(paths_stay_within),
                                       cmocka_unit_test(arguments_have_their_order),
                                       cmocka_unit_test(history_shows_values_as_go_does),
                                       cmocka_unit_test(what_stages_say_comes_in_their_order),
                                       TEST(links_are_resolved_below_the_root),
                                       TEST(patterns_find_paths_in_order),
                                       TEST(a_digest_is_of_what_files_are),
                                       TEST(a_digest_is_of_extended_attributes),
                                       TEST(a_digest_is_of_hard_links),
                                       TEST(capabilities_stay_with_their_owner),
                                       TEST(a_directory_is_merged_into_what_is_there),
                                       TEST(marks_of_layers_are_obeyed_when_asked),
                                       TEST(holes_stay_holes),
                                       TEST(a_copy_can_be_stopped),
                                       TEST(owners_are_known_to_the_image)};
    if (geteuid() != 0) {
        puts("skip - files of builds need root");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
