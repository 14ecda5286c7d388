/* quiz questions: the questions of the banks, one a line, or one of them whole; with --key the answer and its reasons, which the
 * school keeps to itself while an exam of the asking person runs. */
#include "quizzes/exam_commands.h"

#include "base/flags.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct options {
    bool json, key;
};

static const struct flag flags[] = {
    {0, "json", FLAG_BOOL, offsetof(struct options, json), NULL, "Print JSON"},
    {0, "key", FLAG_BOOL, offsetof(struct options, key), NULL, "Tell the answer of a question, and the reason for each option"},
    {0}};

static int fail(const struct error *err)
{
    fprintf(stderr, "slipway: %s\n", err->message);
    return 1;
}

/* All questions of a bank, in its order. */
static int items_of(const char *bank, json_t *items, struct error *err)
{
    json_int_t from = 1;
    while (from) {
        cleanup_json json_t *request = json_pack("{s:s,s:s,s:I}", "op", "bank.items", "bank", bank, "from", from), *reply = NULL;
        if (class_call(request, &reply, err) < 0)
            return -1;
        size_t index;
        json_t *item;
        json_array_foreach(json_object_get(reply, "items"), index, item)
        {
            json_object_set_new(item, "bank", json_string(bank));
            json_array_append(items, item);
        }
        from = json_num(reply, "next", 0);
    }
    return 0;
}

static int all_items(const char *bank, json_t *items, struct error *err)
{
    if (bank)
        return items_of(bank, items, err);
    cleanup_json json_t *request = json_pack("{s:s}", "op", "bank.list"), *reply = NULL;
    if (class_call(request, &reply, err) < 0)
        return -1;
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(reply, "banks"), index, entry)
    {
        if (items_of(json_str(entry, "bank", ""), items, err) < 0)
            return -1;
    }
    return 0;
}

static void print_line(const json_t *item)
{
    const char *stem = json_str(item, "stem", "");
    printf("%-22s %-34s %-16s %-5lld %-8s %.*s\n", json_str(item, "bank", ""), json_str(item, "id", ""),
           json_str(item, "topic", ""), json_num(item, "level", 0), json_str(item, "type", ""), (int)strcspn(stem, "\n"), stem);
}

static void print_whole(const json_t *item)
{
    size_t index;
    json_t *option;
    printf("%s/%s  %s, %s, level %lld\n\n%s\n\n", json_str(item, "bank", ""), json_str(item, "id", ""), json_str(item, "topic", ""),
           json_str(item, "type", ""), json_num(item, "level", 0), json_str(item, "stem", ""));
    json_array_foreach(json_object_get(item, "options"), index, option)
    {
        const char *letter = json_str(option, "id", "");
        const json_t *keys = json_object_get(item, "key");
        bool right = false;
        for (size_t i = 0; i < json_array_size(keys); i++)
            right = right || str_equal(json_string_value(json_array_get(keys, i)), letter);
        printf("%s %s) %s\n", right ? "*" : " ", letter, json_str(option, "text", ""));
        const char *why = json_str(json_object_get(item, "explanations"), letter, "");
        if (*why)
            printf("     %s\n", why);
    }
}

static int add_key(json_t *item, struct error *err)
{
    cleanup_json json_t *request = json_pack("{s:s,s:s,s:s}", "op", "item.key", "bank", json_str(item, "bank", ""), "id",
                                             json_str(item, "id", "")),
                        *reply = NULL;
    if (class_call(request, &reply, err) < 0)
        return -1;
    json_object_set(item, "key", json_object_get(reply, "key"));
    json_object_set(item, "explanations", json_object_get(reply, "explanations"));
    return 0;
}

static json_t *find(const json_t *items, const char *id)
{
    size_t index;
    json_t *item;
    json_array_foreach(items, index, item)
    {
        if (str_equal(json_str(item, "id", ""), id))
            return item;
    }
    return NULL;
}

static void print_json(const json_t *doc)
{
    cleanup_free char *text = json_dumps(doc, JSON_INDENT(2));
    puts(text);
}

static int show(json_t *items, const char *bank, const char *id, const struct options *options)
{
    struct error err = ERROR_INIT;
    json_t *item = find(items, id);
    if (!item)
        error_set(&err, ENOENT, "bank %s has no question \"%s\"", bank, id);
    if (!item || (options->key && add_key(item, &err) < 0))
        return fail(&err);
    if (options->json)
        print_json(item);
    else
        print_whole(item);
    return 0;
}

int quiz_questions_command(const struct command_context *context, int argc, char **argv)
{
    if (flags_described(context, flags))
        return 0;
    struct options options = {0};
    struct error err = ERROR_INIT;
    char **rest;
    int r = flags_parse(flags, &options, NULL, argc, argv, false, &rest, &err);
    size_t words = r < 0 ? 0 : strv_len(rest);
    if (r >= 0 && (words > 2 || (options.key && words < 2)))
        r = error_set(&err, EINVAL,
                      words > 2 ? "name a bank and a question of it" : "--key is for one question: name its bank and it");
    if (r < 0) {
        if (r != -ECANCELED)
            fprintf(stderr, "slipway: %s\n\n", err.message);
        fprintf(r == -ECANCELED ? stdout : stderr, "Usage:  slipway quiz questions [OPTIONS] [BANK [QUESTION]]\n");
        fprintf(r == -ECANCELED ? stdout : stderr, "\nOptions:\n");
        flags_help(flags, r == -ECANCELED ? stdout : stderr);
        return r == -ECANCELED ? 0 : 1;
    }
    cleanup_json json_t *items = json_array();
    if (class_import_shipped(&err) < 0 || all_items(words ? rest[0] : NULL, items, &err) < 0)
        return fail(&err);
    if (words == 2)
        return show(items, rest[0], rest[1], &options);
    if (options.json) {
        print_json(items);
        return 0;
    }
    printf("%-22s %-34s %-16s %-5s %-8s %s\n", "BANK", "QUESTION", "TOPIC", "LEVEL", "TYPE", "STEM");
    size_t index;
    json_t *item;
    json_array_foreach(items, index, item) { print_line(item); }
    return 0;
}
