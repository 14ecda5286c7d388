/* One build from its Dockerfile to its image. The stages are taken in turn by a few threads; one that needs an earlier stage waits
 * for it, and because they are begun in the order of the file, the first that is not built yet never waits. When a stage fails
 * those behind it are ended, those before it are not: what is said, and which error counts, does not depend on who was faster. */
#include "build/build_internal.h"
#include "build/point.h"

#include "base/files.h"
#include "base/go_text.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/reference.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { THREADS_MOST = 4, STACK = 1 << 20 };

struct build *build_new(struct image_store *store, const struct build_host *host, const struct build_options *options,
                        const struct build_context *context, const struct build_sink *sink)
{
    struct build *build = xcalloc(1, sizeof *build);
    pthread_mutex_init(&build->lock, NULL);
    pthread_cond_init(&build->stage_done, NULL);
    build->store = store;
    build->host = host;
    build->options = options;
    build->context = context;
    build->failed = SIZE_MAX;
    build->arguments = arguments_new(options->arguments);
    build->output = output_new(sink, options->quiet);
    return build;
}

static void turn_clear(struct turn *turn)
{
    arguments_free(turn->arguments);
    json_decref(turn->config);
    free(turn->architecture);
    free(turn->author);
    free(turn->noted);
    strv_free(turn->made);
    strv_free(turn->kept);
}

void build_free(struct build *build)
{
    if (!build)
        return;
    for (size_t i = 0; i < build->count; i++)
        turn_clear(&build->turns[i]);
    free(build->turns);
    free(build->running);
    free(build->architecture);
    free(build->text);
    arguments_free(build->arguments);
    output_free(build->output);
    dockerfile_clear(&build->file);
    pthread_cond_destroy(&build->stage_done);
    pthread_mutex_destroy(&build->lock);
    free(build);
}

/* Ends what runs in stages from `first` on. The host may block, so it is asked without the lock. */
static void kill_running(struct build *build, size_t first)
{
    cleanup_strv char **containers = NULL;
    pthread_mutex_lock(&build->lock);
    for (size_t i = 0; i < build->running_count; i++)
        if (build->running[i].stage >= first)
            strv_add(&containers, build->running[i].container);
    pthread_mutex_unlock(&build->lock);
    for (char **id = containers; id && *id; id++)
        build->host->kill(build->host->data, *id);
}

void build_cancel(struct build *build)
{
    pthread_mutex_lock(&build->lock);
    build->cancelled = true;
    pthread_cond_broadcast(&build->stage_done);
    pthread_mutex_unlock(&build->lock);
    output_open(build->output);
    kill_running(build, 0);
}

bool turn_cancelled(struct turn *turn, struct error *err)
{
    struct build *build = turn->build;
    pthread_mutex_lock(&build->lock);
    bool unwanted = build->cancelled || build->failed < turn->index;
    pthread_mutex_unlock(&build->lock);
    if (unwanted)
        error_set(err, ECANCELED, "Build cancelled");
    return unwanted;
}

int stage_wait(struct turn *turn, size_t index, char image[DIGEST_TEXT], struct error *err)
{
    struct build *build = turn->build;
    struct turn *other = &build->turns[index];
    pthread_mutex_lock(&build->lock);
    while (!other->done && !build->cancelled && build->failed >= turn->index)
        pthread_cond_wait(&build->stage_done, &build->lock);
    bool good = other->done && !other->failed;
    if (good)
        memcpy(image, other->image, DIGEST_TEXT);
    pthread_mutex_unlock(&build->lock);
    return good ? 0 : error_set(err, ECANCELED, "Build cancelled");
}

void running_add(struct turn *turn, const char *container)
{
    struct build *build = turn->build;
    pthread_mutex_lock(&build->lock);
    build->running = xrealloc(build->running, (build->running_count + 1) * sizeof *build->running);
    build->running[build->running_count++] = (struct running){xstrdup(container), turn->index};
    pthread_mutex_unlock(&build->lock);
}

void running_drop(struct turn *turn, const char *container)
{
    struct build *build = turn->build;
    pthread_mutex_lock(&build->lock);
    for (size_t i = 0; i < build->running_count; i++) {
        if (!str_equal(build->running[i].container, container))
            continue;
        free(build->running[i].container);
        build->running[i] = build->running[--build->running_count];
        break;
    }
    pthread_mutex_unlock(&build->lock);
}

void build_say_step(struct build *build, size_t channel, size_t step, const char *text)
{
    output_say(build->output, channel, "Step %zu/%zu : %s", step, build->steps, text);
    output_say(build->output, channel, "\n");
}

static void say_image(struct turn *turn)
{
    const char *hex = *turn->image ? turn->image + strlen("sha256:") : "";
    json_object_set_new(turn->config, "Image", json_string(turn->image));
    output_say(turn->build->output, turn->index, " ---> %.12s\n", hex);
}

static int build_stage(struct turn *turn, struct error *err)
{
    const struct stage *stage = turn->stage;
    turn->instruction = &stage->from;
    int r = stage_check_name(turn, err);
    if (r < 0)
        return r;
    build_say_step(turn->build, turn->index, turn->step, stage->from.original);
    r = dispatch_from(turn, err);
    if (r == 0)
        say_image(turn);
    for (size_t i = 0; i < stage->count && r == 0; i++) {
        turn->step++;
        if (turn_cancelled(turn, err))
            return -err->code;
        turn->instruction = &stage->instructions[i];
        build_say_step(turn->build, turn->index, turn->step, stage->instructions[i].original);
        r = dispatch(turn, &stage->instructions[i], err);
        step_remove_containers(turn, r < 0);
        if (r == 0)
            say_image(turn);
    }
    if (r == 0 && *turn->image)
        output_document(turn->build->output, turn->index, json_pack("{s:{s:s}}", "aux", "ID", turn->image));
    return r;
}

static void finish_stage(struct turn *turn, int r)
{
    struct build *build = turn->build;
    bool first_to_fail = false;
    pthread_mutex_lock(&build->lock);
    arguments_merge_used(build->arguments, turn->arguments);
    turn->failed = r < 0;
    turn->done = true;
    if (r < 0 && turn->err.code != ECANCELED && turn->index < build->failed) {
        build->failed = turn->index;
        first_to_fail = true;
    }
    pthread_cond_broadcast(&build->stage_done);
    pthread_mutex_unlock(&build->lock);
    for (size_t i = turn->index + 1; first_to_fail && i < build->count; i++)
        output_drop(build->output, i);
    if (first_to_fail)
        kill_running(build, turn->index + 1);
    output_end(build->output, turn->index);
}

static void *work(void *data)
{
    struct build *build = data;
    for (;;) {
        pthread_mutex_lock(&build->lock);
        size_t index = build->next < build->count ? build->next++ : SIZE_MAX;
        pthread_mutex_unlock(&build->lock);
        if (index == SIZE_MAX)
            return NULL;
        struct turn *turn = &build->turns[index];
        int r = turn_cancelled(turn, &turn->err) ? -ECANCELED : build_stage(turn, &turn->err);
        finish_stage(turn, r);
    }
}

/* This thread works, too: a single stage needs no other. */
static void build_stages(struct build *build)
{
    pthread_t threads[THREADS_MOST];
    pthread_attr_t attributes;
    size_t count = 0;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    while (count + 1 < build->count && count + 1 < THREADS_MOST && pthread_create(&threads[count], &attributes, work, build) == 0)
        count++;
    pthread_attr_destroy(&attributes);
    work(build);
    while (count)
        pthread_join(threads[--count], NULL);
}

static void set_epoch(struct build *build)
{
    long long seconds;
    const char *text = json_string_value(json_object_get(build->options->arguments, "SOURCE_DATE_EPOCH"));
    if (text && str_to_int(text, &seconds) && seconds > 0)
        build->epoch_ns = seconds * 1000000000LL;
}

static void make_turns(struct build *build)
{
    size_t step = build->file.argument_count + 1;
    build->turns = xcalloc(build->file.stage_count, sizeof *build->turns);
    for (; build->count < build->file.stage_count; build->count++) {
        struct turn *turn = &build->turns[build->count];
        turn->build = build;
        turn->stage = &build->file.stages[build->count];
        turn->index = build->count;
        turn->config = json_object();
        turn->arguments = arguments_for_stage(build->arguments);
        turn->step = step;
        step += 1 + turn->stage->count;
    }
}

/* The error of the first stage that has one of its own. */
static int outcome(struct build *build, int *exit_code, struct error *err)
{
    const struct turn *last = &build->turns[build->count - 1];
    if (build->failed != SIZE_MAX) {
        *err = build->turns[build->failed].err;
        *exit_code = build->turns[build->failed].exit_code;
        return -err->code;
    }
    if (build->cancelled)
        return error_set(err, ECANCELED, "Build cancelled");
    if (last->failed) {
        *err = last->err;
        return -err->code;
    }
    return *last->image ? 0 : error_set(err, EINVAL, "No image was generated. Is your Dockerfile empty?");
}

static int tag(struct build *build, const char *id, struct error *err)
{
    int r = 0;
    for (char *const *name = build->options->tags; name && *name && r == 0; name++) {
        struct reference reference;
        r = reference_parse(*name, &reference, err);
        if (r == 0)
            r = image_tag(build->store, id, *name, err);
        cleanup_free char *shown = r < 0 ? NULL : reference_text(&reference);
        if (r == 0) {
            build->host->tagged(build->host->data, id, shown);
            output_say(build->output, build->count - 1, "Successfully tagged %s\n", shown);
        }
        reference_clear(&reference);
    }
    return r;
}

static int finish(struct build *build, char id[DIGEST_TEXT], struct error *err)
{
    struct turn *last = &build->turns[build->count - 1];
    size_t channel = build->count - 1;
    cleanup_strv char **unused = arguments_unused(build->arguments);
    memcpy(id, last->image, DIGEST_TEXT);
    if (unused) {
        cleanup_free char *names = strv_join(unused, " ");
        output_say(build->output, channel, "[Warning] One or more build-args [%s] were not consumed\n", names);
    }
    if (build->options->squash) {
        int r = squash(build, last->base, id, err);
        if (r < 0)
            return error_prefix(err, "error squashing image");
        output_document(build->output, channel, json_pack("{s:{s:s}}", "aux", "ID", id));
    }
    output_say(build->output, channel, "Successfully built %.12s\n", id + strlen("sha256:"));
    int r = tag(build, id, err);
    if (r == 0 && build->options->quiet) {
        cleanup_free char *line = str_format("%s\n", id);
        output_result(build->output, line);
    }
    return r;
}

/* The instruction that failed, or the line that cannot be read. A label of the command line stands nowhere. */
static void point(const struct build *build, struct error *err)
{
    const struct turn *turn = build->failed == SIZE_MAX ? NULL : &build->turns[build->failed];
    int first = turn ? turn->instruction->first : build->file.failed_line, last = turn ? turn->instruction->last : first;
    if (build->options->point && build->text && first && err->code != ECANCELED)
        point_at(err, build_dockerfile_name(build), build->text, first, last);
}

int build_run(struct build *build, char id[DIGEST_TEXT], bool *told, struct error *err)
{
    struct error own = ERROR_INIT;
    int exit_code = 0;
    err = err ? err : &own;
    set_epoch(build);
    int r = build_prepare(build, err);
    if (r == 0) {
        make_turns(build);
        build_stages(build);
        r = outcome(build, &exit_code, err);
    }
    if (r == 0)
        r = finish(build, id, err);
    if (r < 0)
        point(build, err);
    *told = r < 0 && output_heard(build->output);
    if (*told)
        output_failed(build->output, exit_code, err->message);
    return r;
}
