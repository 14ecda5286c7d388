/* Builds without an engine: a host that has images and "containers" that write one file. What the builder makes of a Dockerfile, in
 * which order it asks, what it says, and what it leaves behind when something fails. */
#include "build/build.h"
#include "image/layer.h"
#include "image_fixture.h"

#include <errno.h>
#include <pthread.h>

struct world {
    struct fixture *f;
    struct build_context context;
    struct buf heard;
    pthread_mutex_t lock;
    struct buf asked; /* "create", "run sh -c x", "remove": one a line */
    json_t *last;     /* what the last container was made of */
    char id[DIGEST_TEXT];
    struct error err;
    bool told;
};

static void note(struct world *w, const char *format, const char *text)
{
    pthread_mutex_lock(&w->lock);
    buf_printf(&w->asked, "%s%s\n", format, text);
    pthread_mutex_unlock(&w->lock);
}

static int fake_image(void *data, const char *name, bool pull, const char *platform, const struct build_listener *listener,
                      char id[DIGEST_TEXT], json_t **config, struct error *err)
{
    struct world *w = data;
    (void)pull;
    (void)platform;
    (void)listener;
    return image_find(w->f->store, name, id, config, err);
}

static int fake_create(void *data, const json_t *request, char id[ID_TEXT], json_t **warnings, struct error *err)
{
    struct world *w = data;
    struct rootfs rootfs = {0};
    id_generate(id);
    int r = rootfs_create(w->f->store, id, json_str(request, "Image", ""), &rootfs, err);
    rootfs_clear(&rootfs);
    pthread_mutex_lock(&w->lock);
    json_decref(w->last);
    w->last = json_deep_copy(request);
    pthread_mutex_unlock(&w->lock);
    *warnings = json_pack("[s]", "this is a fake");
    note(w, "create", "");
    return r;
}

/* "fail N" ends with N, anything else becomes the file /made. */
static int fake_run(void *data, const char *container, void (*output)(void *sink, int stream, const char *bytes, size_t len),
                    void *sink, int *exit_code, struct error *err)
{
    struct world *w = data;
    struct rootfs rootfs = {0};
    pthread_mutex_lock(&w->lock);
    cleanup_free char *command = xstrdup(
        json_string_value(json_array_get(json_object_get(w->last, "Cmd"), json_array_size(json_object_get(w->last, "Cmd")) - 1)));
    pthread_mutex_unlock(&w->lock);
    note(w, "run ", command);
    output(sink, 1, "caf\xc3", 4); /* a character in two pieces */
    output(sink, 1, "\xa9\n", 2);
    output(sink, 2, "bad\n", 4);
    *exit_code = str_starts(command, "fail ") ? atoi(command + 5) : 0;
    int r = rootfs_open(w->f->store, container, &rootfs, err);
    if (r < 0)
        return r;
    cleanup_free char *path = path_join(rootfs.upper, "made");
    rootfs_clear(&rootfs);
    return file_write(path, command, strlen(command), 0644, err);
}

static void fake_remove(void *data, const char *container)
{
    struct world *w = data;
    rootfs_remove(w->f->store, container, NULL);
    note(w, "remove", "");
}

static int fake_fetch(void *data, const char *url, int fd, int64_t *modified, const struct build_listener *listener,
                      struct error *err)
{
    (void)data;
    (void)listener;
    *modified = 1000000000;
    return write_full(fd, url, strlen(url)) < 0 ? error_set(err, EIO, "write") : 0;
}

static void fake_tagged(void *data, const char *id, const char *name)
{
    (void)id;
    note(data, "tagged ", name);
}

static void hear(void *data, const char *text, size_t len)
{
    struct world *w = data;
    buf_add(&w->heard, text, len);
}

static int setup(void **state)
{
    struct world *w = xcalloc(1, sizeof *w);
    void *fixture;
    char base[DIGEST_TEXT];
    if (fixture_open(&fixture) < 0)
        return -1;
    w->f = fixture;
    pthread_mutex_init(&w->lock, NULL);
    fixture_image(w->f, "base:latest", "true", base);
    cleanup_free char *path = path_join(w->f->root, "context");
    mkdir(path, 0755);
    w->context = (struct build_context){.directory = xstrdup(path), .fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    void *fixture = w->f;
    build_context_remove(&w->context);
    buf_free(&w->heard);
    buf_free(&w->asked);
    json_decref(w->last);
    fixture_close(&fixture);
    free(w);
    return 0;
}

static int build(struct world *w, const char *dockerfile, const struct build_options *given)
{
    struct build_options options = given ? *given : (struct build_options){.remove = true};
    const struct build_host host = {w, fake_image, fake_create, fake_run, fake_remove, fake_remove, fake_fetch, fake_tagged};
    options.dockerfile = options.dockerfile ? options.dockerfile : "";
    options.platform = options.platform ? options.platform : "";
    options.target = options.target ? options.target : "";
    free(w->context.dockerfile);
    w->context.dockerfile = xstrdup(dockerfile);
    buf_clear(&w->heard);
    buf_clear(&w->asked);
    w->err = ERROR_INIT;
    struct build *b = build_new(w->f->store, &host, &options, &w->context, &(struct build_sink){hear, w});
    int r = build_run(b, w->id, &w->told, &w->err);
    build_free(b);
    return r;
}

static void builds(struct world *w, const char *dockerfile, const struct build_options *options)
{
    if (build(w, dockerfile, options) < 0)
        fail_msg("%s", w->err.message);
}

static const char *asked(const struct world *w) { return str_or(w->asked.data, ""); }
static bool says(const struct world *w, const char *text) { return strstr(str_or(w->heard.data, ""), text) != NULL; }

static size_t count(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, part)); p += strlen(part))
        n++;
    return n;
}

static json_t *config_of(struct world *w)
{
    json_t *config = NULL;
    assert_int_equal(image_find(w->f->store, w->id, NULL, &config, NULL), 0);
    return config;
}

static void containers_are_made_for_run_alone(void **state)
{
    struct world *w = *state;
    builds(w, "FROM base\nENV A=1\nRUN one\nLABEL b=2\nRUN [\"x\", \"two\"]\n", NULL);
    assert_string_equal(asked(w), "create\nrun one\nremove\ncreate\nrun two\nremove\n");
    assert_int_equal(count(w->heard.data, " ---\\u003e Running in "), 4); /* as Docker shows it */
    assert_int_equal(count(w->heard.data, "Removing intermediate container"), 4);
    assert_true(says(w, " ---\\u003e [Warning] this is a fake\\n"));
    assert_true(says(w, "{\"stream\":\"caf\"}\r\n{\"stream\":\"\xc3\xa9\\n\"}\r\n"));
    assert_true(says(w, "{\"stream\":\"\\u001B[91mbad\\n\\u001B[0m\"}"));
    cleanup_json json_t *config = config_of(w);
    assert_int_equal(json_array_size(json_at(config, "rootfs.diff_ids")), 3);
    assert_string_equal(json_str(json_array_get(json_object_get(config, "history"), 4), "created_by", ""), "x two");
    builds(w, "FROM base\nENV A=1\nRUN one\nLABEL b=2\nRUN [\"x\", \"two\"]\n", NULL);
    assert_string_equal(asked(w), "");
    assert_int_equal(count(w->heard.data, "Using cache"), 4);
}

static void what_stays_is_made_for_every_step(void **state)
{
    struct world *w = *state;
    builds(w, "FROM base\nENV A=1\nRUN one\n", &(struct build_options){0});
    assert_string_equal(asked(w), "create\ncreate\nrun one\n");
    assert_int_equal(count(w->heard.data, "Removing"), 0);
}

static void the_command_of_run_is_the_shell_s(void **state)
{
    struct world *w = *state;
    cleanup_json json_t *arguments = json_pack("{s:s,s:s}", "GIVEN", "yes", "https_proxy", "p");
    builds(w, "FROM base\nENV E=env\nARG GIVEN=no\nARG E\nSHELL [\"/bin/x\", \"-y\"]\nRUN words\n",
           &(struct build_options){.remove = true, .arguments = arguments});
    cleanup_free char *command = json_text(json_object_get(w->last, "Cmd")), *env = json_text(json_object_get(w->last, "Env"));
    assert_string_equal(command, "[\"/bin/x\",\"-y\",\"words\"]");
    assert_non_null(strstr(env, "\"E=env\",\"GIVEN=yes\",\"https_proxy=p\"]"));
    assert_string_equal(json_str(w->last, "Healthcheck.Test", "list"), "list");
    cleanup_json json_t *config = config_of(w);
    const json_t *history = json_object_get(config, "history");
    assert_string_equal(json_str(json_array_get(history, json_array_size(history) - 1), "created_by", ""),
                        "|1 GIVEN=yes /bin/x -y words");
    cleanup_free char *kept = json_text(json_at(config, "config.Env"));
    assert_null(strstr(kept, "GIVEN")); /* arguments are for the build alone */
}

static void a_failure_ends_it_and_is_the_last_word(void **state)
{
    struct world *w = *state;
    assert_int_equal(build(w, "FROM base\nRUN fail 7\nRUN never\n", NULL), -ECHILD);
    assert_string_equal(w->err.message, "The command '/bin/sh -c fail 7' returned a non-zero code: 7");
    assert_true(w->told && says(w, "{\"errorDetail\":{\"code\":7,"));
    assert_string_equal(asked(w), "create\nrun fail 7\n"); /* the container stays, to be looked at */
    assert_int_equal(build(w, "FROM base\nRUN fail 7\n", &(struct build_options){.remove = true, .force_remove = true}), -ECHILD);
    assert_string_equal(asked(w), "create\nrun fail 7\nremove\n");
    assert_int_equal(build(w, "FROM base\nNOPE\n", NULL), -EINVAL);
    assert_false(w->told);
    assert_int_equal(w->heard.len, 0); /* so that it can be a status, and not a stream */
    assert_int_equal(build(w, "FROM base\n", &(struct build_options){.tags = (char *[]){"Bad:Name:x", NULL}}), -EINVAL);
    assert_int_equal(w->heard.len, 0);
}

static void stages_behind_a_failure_are_not_heard(void **state)
{
    struct world *w = *state;
    assert_int_equal(build(w, "FROM base AS a\nRUN fail 3\nFROM base AS b\nRUN other\nFROM base\nCOPY --from=a /made /m\n", NULL),
                     -ECHILD);
    assert_true(says(w, "\"code\":3"));
    assert_false(says(w, "Step 3/6"));
}

static void quiet_builds_say_one_thing(void **state)
{
    struct world *w = *state;
    char *tags[] = {"made:1", "made:2", NULL};
    builds(w, "FROM base\nRUN one\n", &(struct build_options){.remove = true, .quiet = true, .tags = tags});
    cleanup_free char *wanted = str_format("{\"stream\":\"%s\\n\"}\r\n", w->id);
    assert_string_equal(w->heard.data, wanted);
    assert_non_null(strstr(asked(w), "tagged made:1\ntagged made:2\n"));
    assert_int_equal(build(w, "FROM base\nRUN fail 1\n", &(struct build_options){.remove = true, .quiet = true}), -ECHILD);
    assert_true(says(w, "Step 1/2") && says(w, "errorDetail"));
}

static void a_download_counts_by_its_contents(void **state)
{
    struct world *w = *state;
    builds(w, "FROM base\nADD http://x.invalid/dir/name /to/\n", NULL);
    builds(w, "FROM base\nADD http://x.invalid/dir/name /to/\n", NULL);
    assert_int_equal(count(w->heard.data, "Using cache"), 1);
    builds(w, "FROM base\nADD http://x.invalid/dir/other /to/\n", NULL);
    assert_int_equal(count(w->heard.data, "Using cache"), 0);
    assert_int_equal(build(w, "FROM base\nADD http://x.invalid /to/\n", NULL), -EINVAL);
    assert_non_null(strstr(w->err.message, "cannot determine filename"));
}

static void triggers_are_done_once(void **state)
{
    struct world *w = *state;
    char *tags[] = {"parent", NULL};
    builds(w, "FROM base\nONBUILD RUN trigger\nONBUILD ENV T=1\n", &(struct build_options){.remove = true, .tags = tags});
    builds(w, "FROM parent\nRUN own\n", NULL);
    assert_string_equal(asked(w), "create\nrun trigger\nremove\ncreate\nrun own\nremove\n");
    assert_true(says(w, "# Executing 2 build trigger"));
    cleanup_json json_t *config = config_of(w);
    assert_true(json_is_null(json_at(config, "config.OnBuild")));
}

static void nothing_half_made_stays(void **state)
{
    struct world *w = *state;
    close(openat(w->context.fd, "f", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    assert_int_not_equal(build(w, "FROM base\nCOPY f /bin/true/x\n", NULL), 0);
    cleanup_free char *overlay = path_join(w->f->root, "overlay2");
    cleanup_dir DIR *dir = opendir(overlay);
    for (struct dirent *entry; (entry = readdir(dir));)
        assert_false(str_starts(entry->d_name, "tmp-"));
}

static int cancelling_image(void *data, const char *name, bool pull, const char *platform, const struct build_listener *listener,
                            char id[DIGEST_TEXT], json_t **config, struct error *err)
{
    struct world *w = ((void **)data)[0];
    build_cancel(((void **)data)[1]);
    assert_true(listener->stop(listener->data));
    return fake_image(w, name, pull, platform, listener, id, config, err);
}

static void what_a_step_wrote_is_its_layer_bit_for_bit(void **state)
{
    struct world *w = *state;
    struct image_layer *layers;
    size_t layer_count;
    struct error err = ERROR_INIT;
    close(openat(w->context.fd, "f", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    builds(w, "FROM base\nCOPY . /all/\nRUN one\nWORKDIR /w/d\n", NULL);
    assert_int_equal(image_layers(w->f->store, w->id, &layers, &layer_count, &err), 0);
    assert_int_equal(layer_count, 4);
    for (size_t i = 0; i < layer_count; i++) {
        struct layer_tar tar;
        cleanup_buf struct buf all = BUF_INIT;
        char block[4096], digest[DIGEST_TEXT];
        assert_int_equal(layer_tar_open(w->f->store, layers[i].chain, &tar, &err), 0);
        for (ssize_t got; (got = read(tar.fd, block, sizeof block)) > 0;)
            buf_add(&all, block, (size_t)got);
        if (layer_tar_close(&tar, &err) < 0)
            fail_msg("%s", err.message);
        digest_bytes(all.data, all.len, digest);
        assert_string_equal(digest, layers[i].diff);
    }
    cleanup_free char *made = str_format("%s/made", layers[2].directory);
    cleanup_free char *text = file_read(made, NULL, NULL);
    assert_string_equal(text, "one");
    image_layers_free(w->f->store, layers, layer_count);
}

static void a_cancelled_build_goes_no_further(void **state)
{
    struct world *w = *state;
    void *both[2] = {w, NULL};
    const struct build_host host = {both,        cancelling_image, fake_create, fake_run,
                                    fake_remove, fake_remove,      fake_fetch,  fake_tagged};
    const struct build_options options = {.dockerfile = "", .platform = "", .target = ""};
    struct error err = ERROR_INIT;
    bool told;
    w->context.dockerfile = xstrdup("FROM base\nRUN never\n");
    struct build *b = build_new(w->f->store, &host, &options, &w->context, &(struct build_sink){hear, w});
    both[1] = b;
    assert_int_equal(build_run(b, w->id, &told, &err), -ECANCELED);
    assert_string_equal(asked(w), "");
    build_free(b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {TEST(containers_are_made_for_run_alone),
                                       TEST(what_stays_is_made_for_every_step),
                                       TEST(the_command_of_run_is_the_shell_s),
                                       TEST(a_failure_ends_it_and_is_the_last_word),
                                       TEST(stages_behind_a_failure_are_not_heard),
                                       TEST(quiet_builds_say_one_thing),
                                       TEST(a_download_counts_by_its_contents),
                                       TEST(triggers_are_done_once),
                                       TEST(nothing_half_made_stays),
                                       TEST(what_a_step_wrote_is_its_layer_bit_for_bit),
                                       TEST(a_cancelled_build_goes_no_further)};
    if (geteuid() != 0) {
        puts("skip - builds need root");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
