/* Build arguments; see arguments.h. What was given wins over the value in the Dockerfile, a null that was given counts for nothing.
 */
#include "build/arguments.h"

#include "base/memory.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

struct arguments {
    const json_t *given;
    json_t *early;    /* name -> text or null */
    json_t *declared; /* the same, of this stage */
    json_t *used;     /* a set of names */
};

static const char *const predefined[] = {"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY",
                                         "ftp_proxy",  "NO_PROXY",   "no_proxy",    "ALL_PROXY",   "all_proxy"};
/* They steer the builder itself, so nobody need declare them. */
static const char *const for_builder[] = {"SOURCE_DATE_EPOCH",       "BUILDKIT_INLINE_CACHE", "BUILDKIT_SYNTAX",
                                          "BUILDKIT_MULTI_PLATFORM", "TARGETPLATFORM",        "BUILDPLATFORM"};

static bool among(const char *name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i], name))
            return true;
    return false;
}

struct arguments *arguments_new(const json_t *given)
{
    struct arguments *arguments = xcalloc(1, sizeof *arguments);
    *arguments = (struct arguments){given, json_object(), json_object(), json_object()};
    return arguments;
}

void arguments_free(struct arguments *arguments)
{
    if (!arguments)
        return;
    json_decref(arguments->early);
    json_decref(arguments->declared);
    json_decref(arguments->used);
    free(arguments);
}

static void set(json_t *object, const char *name, const char *value)
{
    json_object_set_new_nocheck(object, name, value ? json_string_nocheck(value) : json_null());
}

void arguments_offer(struct arguments *arguments, const char *name, const char *value) { set(arguments->early, name, value); }

void arguments_declare_early(struct arguments *arguments, const char *name, const char *value)
{
    set(arguments->early, name, value);
    set(arguments->used, name, "");
}

void arguments_declare(struct arguments *arguments, const char *name, const char *value)
{
    set(arguments->declared, name, value);
    set(arguments->used, name, "");
}

/* NULL: it has no value. */
static const char *value_of(const struct arguments *arguments, const json_t *declared, const char *name)
{
    const char *value = json_string_value(json_object_get(arguments->given, name));
    if (!value)
        value = json_string_value(json_object_get(declared, name));
    return value ? value : json_string_value(json_object_get(arguments->early, name));
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static bool in_environment(const json_t *env, const char *name)
{
    size_t i, len = strlen(name);
    json_t *entry;
    json_array_foreach((json_t *)env, i, entry)
    {
        const char *text = str_or(json_string_value(entry), "");
        if (strncmp(text, name, len) == 0 && text[len] == '=')
            return true;
    }
    return false;
}

static char **collect(const struct arguments *arguments, json_t *declared, const json_t *env)
{
    char **list = NULL;
    const char *name;
    json_t *value;
    json_object_foreach(declared, name, value)
    {
        const char *text = value_of(arguments, declared, name);
        if (text && !in_environment(env, name))
            strv_take(&list, str_format("%s=%s", name, text));
    }
    for (size_t i = 0; i < ARRAY_LEN(predefined); i++) {
        const char *text = value_of(arguments, declared, predefined[i]);
        if (text && !json_object_get(declared, predefined[i]) && !in_environment(env, predefined[i]))
            strv_take(&list, str_format("%s=%s", predefined[i], text));
    }
    if (list)
        qsort(list, strv_len(list), sizeof *list, by_text);
    return list;
}

char **arguments_early(const struct arguments *arguments) { return collect(arguments, arguments->early, NULL); }

struct arguments *arguments_for_stage(const struct arguments *arguments)
{
    struct arguments *stage = arguments_new(arguments->given);
    json_object_update(stage->early, arguments->early);
    return stage;
}

char **arguments_environment(const struct arguments *arguments, const json_t *env)
{
    return collect(arguments, arguments->declared, env);
}

bool arguments_shown(const struct arguments *arguments, const char *name)
{
    return !among(name, predefined, ARRAY_LEN(predefined)) || json_object_get(arguments->used, name);
}

void arguments_merge_used(struct arguments *into, const struct arguments *stage) { json_object_update(into->used, stage->used); }

char **arguments_unused(const struct arguments *arguments)
{
    char **list = NULL;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)arguments->given, name, value)
    {
        if (!json_object_get(arguments->used, name) && !among(name, predefined, ARRAY_LEN(predefined)) &&
            !among(name, for_builder, ARRAY_LEN(for_builder)))
            strv_add(&list, name);
    }
    if (list)
        qsort(list, strv_len(list), sizeof *list, by_text);
    return list;
}
