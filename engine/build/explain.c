/* build --explain: why the cache had a step or had it not. Asked only when somebody wants to know, so it may look at everything
 * that was made from the same parent. The documents are described in build.h. */
#include "build/build_internal.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { CANDIDATES_MOST = 64, NAMES_MOST = 20 };

struct candidate {
    char id[DIGEST_TEXT];
    json_t *config; /* its container_config */
    char *command;
    int64_t created_ns;
};

struct candidates {
    struct candidate list[CANDIDATES_MOST];
    size_t count;
    const struct build *build;
};

static char *command_of_config(const json_t *config)
{
    cleanup_strv char **words = json_to_strv(json_object_get(config, "Cmd"));
    return words ? strv_join(words, " ") : xstrdup("");
}

static bool collect(void *data, const char *id, const json_t *config, int64_t created_ns)
{
    struct candidates *candidates = data;
    const json_t *made_by = json_object_get(config, "container_config");
    bool counts = candidates->build->options->cache_from || image_made_here(candidates->build->store, id);
    if (!json_is_object(made_by) || !counts)
        return false;
    struct candidate *next = &candidates->list[candidates->count++];
    memcpy(next->id, id, DIGEST_TEXT);
    next->config = json_deep_copy(made_by);
    next->command = command_of_config(made_by);
    next->created_ns = created_ns;
    return candidates->count == CANDIDATES_MOST;
}

static void clear(struct candidates *candidates)
{
    for (size_t i = 0; i < candidates->count; i++) {
        json_decref(candidates->list[i].config);
        free(candidates->list[i].command);
    }
}

/* The comment of a COPY without the digest of its files: 64 digits, and the word before them. */
static char *without_digest(const char *command)
{
    for (const char *p = command; *p; p++) {
        size_t digits = strspn(p, "0123456789abcdef");
        if (digits < 64) {
            if (digits)
                p += digits - 1;
            continue;
        }
        size_t head = (size_t)(p - command);
        static const char *const kinds[] = {"file:", "dir:", "multi:"};
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
            if (head >= strlen(kinds[i]) && strncmp(command + head - strlen(kinds[i]), kinds[i], strlen(kinds[i])) == 0)
                head -= strlen(kinds[i]);
        return str_format("%.*s#%s", (int)head, command, p + 64);
    }
    return NULL;
}

/* A RUN's words without "|2 a=b c=d" in front; those in `arguments` (may be NULL) as an object. */
static char *without_arguments(const json_t *config, json_t *arguments)
{
    const json_t *words = json_object_get(config, "Cmd");
    const char *first = str_or(json_string_value(json_array_get(words, 0)), "");
    long long count = 0;
    size_t i;
    json_t *word;
    struct buf out = BUF_INIT;
    bool has = *first == '|' && str_to_int(first + 1, &count);
    json_array_foreach((json_t *)words, i, word)
    {
        const char *text = str_or(json_string_value(word), "");
        cleanup_free char *name = xstrndup(text, strcspn(text, "="));
        if (has && i == 0)
            continue;
        if (has && (long long)i <= count) {
            if (arguments && text[strlen(name)])
                json_object_set_new(arguments, name, json_string(text + strlen(name) + 1));
            continue;
        }
        buf_printf(&out, "%s%s", out.len ? " " : "", text);
    }
    return buf_take(&out);
}

static json_t *document(struct turn *turn, const char *cache)
{
    cleanup_free char *number = str_format("%zu", turn->index);
    json_t *doc = json_pack("{s:I,s:I,s:s,s:o,s:s}", "step", (json_int_t)turn->step, "of", (json_int_t)turn->build->steps, "stage",
                            turn->stage->name ? turn->stage->name : number, "instruction",
                            json_text_value(turn->text, strlen(turn->text)), "cache", cache);
    if (turn->trigger)
        json_object_set_new(doc, "trigger", json_true());
    return doc;
}

static void say(struct turn *turn, json_t *doc, char *why)
{
    json_object_set_new(doc, "why", json_text_value(why, strlen(why)));
    free(why);
    output_document(turn->build->output, turn->index, json_pack("{s:o}", "slipway", doc));
}

static void since(int64_t created_ns, char out[CLOCK_TEXT]) { clock_human(clock_wall_ns() - created_ns, out); }

struct sought {
    const char *id;
    int64_t created_ns;
};

static bool is_sought(void *data, const char *id, const json_t *config, int64_t created_ns)
{
    (void)config;
    struct sought *sought = data;
    if (!str_equal(id, sought->id))
        return false;
    sought->created_ns = created_ns;
    return true;
}

void explain_hit(struct turn *turn, const char *image)
{
    char ago[CLOCK_TEXT];
    if (!turn->build->options->explain)
        return;
    struct sought sought = {.id = image};
    image_children(turn->build->store, turn->image, is_sought, &sought);
    json_t *doc = document(turn, "hit");
    json_object_set_new(doc, "image", json_string(image));
    since(sought.created_ns, ago);
    say(turn, doc,
        sought.created_ns ? str_format("the same instruction on the same parent made this image %s ago", ago)
                          : str_format("an image of --cache-from has this step"));
}

/* "digest path" lines to {"path":"digest"}. */
static json_t *files_of(const char *lines)
{
    json_t *out = json_object();
    cleanup_strv char **list = str_split(str_or(lines, ""), '\n');
    for (char **line = list; *line; line++) {
        char *blank = strchr(*line, ' ');
        if (!blank)
            continue;
        *blank = 0;
        cleanup_json json_t *path = json_text_value(blank + 1, strlen(blank + 1));
        json_object_set_new(out, json_string_value(path), json_string(*line));
    }
    return out;
}

static void add_names(struct buf *why, const char *what, const json_t *names)
{
    size_t i;
    json_t *name;
    if (!json_array_size(names))
        return;
    buf_printf(why, "%s%s ", str_ends(why->data, ": ") ? "" : "; ", what);
    json_array_foreach((json_t *)names, i, name) buf_printf(why, "%s%s", i ? ", " : "", json_string_value(name));
    if (json_array_size(names) == NAMES_MOST)
        buf_puts(why, ", ...");
}

static void say_files(struct turn *turn, const struct candidate *before)
{
    cleanup_free char *lines = image_noted(turn->build->store, before->id);
    cleanup_json json_t *old = files_of(lines), *now = files_of(turn->noted);
    json_t *lists[3] = {json_array(), json_array(), json_array()}, *value;
    static const char *const keys[] = {"changed", "added", "removed"}, *const words[] = {"changed", "new", "gone"};
    const char *path;
    json_object_foreach(now, path, value)
    {
        const json_t *was = json_object_get(old, path);
        json_t *list = lists[was ? 0 : 1];
        if ((!was || !json_equal(was, value)) && json_array_size(list) < NAMES_MOST)
            json_array_append_new(list, json_string(path));
    }
    json_object_foreach(old, path, value)
    {
        if (!json_object_get(now, path) && json_array_size(lists[2]) < NAMES_MOST)
            json_array_append_new(lists[2], json_string(path));
    }
    char ago[CLOCK_TEXT];
    struct buf why = BUF_INIT;
    since(before->created_ns, ago);
    buf_printf(&why, "the same instruction, but its files differ from those of %.12s (%s ago): ", before->id + strlen("sha256:"),
               ago);
    json_t *doc = document(turn, "miss");
    json_object_set_new(doc, "reason", json_string("files"));
    json_object_set_new(doc, "nearest", json_string(before->command));
    for (size_t i = 0; i < 3; i++) {
        add_names(&why, words[i], lists[i]);
        json_object_set_new(doc, keys[i], lists[i]);
    }
    say(turn, doc, buf_take(&why));
}

static void say_arguments(struct turn *turn, const json_t *before, const json_t *now)
{
    json_t *list = json_array(), *value;
    struct buf why = BUF_INIT;
    const char *name;
    cleanup_json json_t *all = json_copy((json_t *)before);
    json_object_update(all, (json_t *)now);
    buf_puts(&why, "the same command, but build arguments differ: ");
    json_object_foreach(all, name, value)
    {
        json_t *was = json_object_get(before, name), *is = json_object_get(now, name);
        if (was && is && json_equal(was, is))
            continue;
        buf_printf(&why, "%s%s was %s and is %s", json_array_size(list) ? ", " : "", name,
                   was ? str_or(json_string_value(was), "empty") : "not set",
                   is ? str_or(json_string_value(is), "empty") : "not set");
        json_array_append_new(
            list, json_pack("{s:s,s:O,s:O}", "name", name, "before", was ? was : json_null(), "now", is ? is : json_null()));
    }
    json_t *doc = document(turn, "miss");
    json_object_set_new(doc, "reason", json_string("argument"));
    json_object_set_new(doc, "arguments", list);
    say(turn, doc, buf_take(&why));
}

static void say_simple(struct turn *turn, const char *reason, const char *nearest, char *why)
{
    json_t *doc = document(turn, "miss");
    json_object_set_new(doc, "reason", json_string(reason));
    if (nearest)
        json_object_set_new(doc, "nearest", json_text_value(nearest, strlen(nearest)));
    say(turn, doc, why);
}

static const char *config_difference(const json_t *a, const json_t *b)
{
    static const char *const keys[] = {"Env", "User", "Entrypoint", "Labels", "ExposedPorts", "Volumes", "SlipwayMounts"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const json_t *left = json_object_get(a, keys[i]), *right = json_object_get(b, keys[i]);
        bool empty = !json_array_size(left) && !json_array_size(right) && !json_object_size(left) && !json_object_size(right) &&
                     !json_is_string(left) && !json_is_string(right);
        if (!empty && !json_equal(left, right))
            return str_equal(keys[i], "SlipwayMounts") ? "what is mounted into it" : keys[i];
    }
    return NULL;
}

/* Newest first, so the first that fits is the best of its kind. */
static bool look_closer(struct turn *turn, const struct candidates *candidates, const json_t *wanted)
{
    cleanup_free char *command = command_of_config(wanted), *bare = without_digest(command);
    cleanup_json json_t *now = json_object();
    cleanup_free char *plain = without_arguments(wanted, now);
    for (size_t i = 0; i < candidates->count; i++) {
        const struct candidate *each = &candidates->list[i];
        cleanup_free char *other = bare ? without_digest(each->command) : NULL;
        if (bare && other && str_equal(bare, other) && !str_equal(command, each->command)) {
            say_files(turn, each);
            return true;
        }
        if (str_equal(command, each->command)) {
            const char *what = config_difference(each->config, wanted);
            say_simple(
                turn, "environment", each->command,
                str_format("the same instruction, but it starts from another configuration: %s differs", str_or(what, "it")));
            return true;
        }
        cleanup_json json_t *before = json_object();
        cleanup_free char *others = without_arguments(each->config, before);
        if (*plain && str_equal(plain, others)) {
            say_arguments(turn, before, now);
            return true;
        }
    }
    return false;
}

/* As many characters at the start as possible, those before the instruction's own words not counted. */
static const struct candidate *most_similar(const struct candidates *candidates, const char *command)
{
    const struct candidate *best = &candidates->list[0];
    size_t most = 0;
    for (size_t i = 0; i < candidates->count; i++) {
        size_t same = 0;
        while (command[same] && command[same] == candidates->list[i].command[same])
            same++;
        if (same > most) {
            most = same;
            best = &candidates->list[i];
        }
    }
    return best;
}

void explain_miss(struct turn *turn, const json_t *container_config)
{
    const struct build_options *options = turn->build->options;
    struct candidates candidates = {.count = 0, .build = turn->build};
    if (!options->explain)
        return;
    if (options->no_cache) {
        say_simple(turn, "no-cache", NULL, xstrdup("--no-cache was given: the cache is not asked"));
        return;
    }
    if (turn->missed) {
        json_t *doc = document(turn, "miss");
        json_object_set_new(doc, "reason", json_string("parent"));
        json_object_set_new(doc, "since", json_integer((json_int_t)turn->missed));
        say(turn, doc,
            str_format("step %zu was built anew, so this one has a parent that nothing was ever built on", turn->missed));
        return;
    }
    image_children(turn->build->store, turn->image, collect, &candidates);
    if (!candidates.count) {
        say_simple(turn, "first", NULL, xstrdup("nothing was built on this parent before"));
    } else if (!look_closer(turn, &candidates, container_config)) {
        cleanup_free char *command = command_of_config(container_config);
        const struct candidate *nearest = most_similar(&candidates, command);
        say_simple(turn, "instruction", nearest->command,
                   str_format("on this parent other steps were built, but none with this instruction; the most similar: %s",
                              nearest->command));
    }
    clear(&candidates);
}
