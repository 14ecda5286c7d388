/* The container table: ids, names and unique prefixes. A few dozen entries are searched faster than hashed. */
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/instance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Locked: by name; `name` without slash. */
static struct instance *by_name(struct engine *engine, const char *name)
{
    for (size_t i = 0; i < engine->count; i++)
        if (str_equal(engine->table[i]->name, name))
            return engine->table[i];
    return NULL;
}

/* Locked: "parent/alias", the name that a link gives. */
static struct instance *by_id(struct engine *engine, const char *prefix, bool *ambiguous);
static struct instance *by_link(struct engine *engine, const char *name)
{
    const char *slash = strrchr(name, '/');
    size_t i;
    json_t *link;
    if (!slash)
        return NULL;
    cleanup_free char *parent_name = xstrndup(name, (size_t)(slash - name));
    const struct instance *parent = by_name(engine, parent_name);
    bool ambiguous = false;
    json_array_foreach(parent ? parent->links : NULL, i, link)
    {
        if (str_equal(json_string_value(json_object_get(link, "Alias")), slash + 1))
            return by_id(engine, json_string_value(json_object_get(link, "Id")), &ambiguous);
    }
    return NULL;
}

static struct instance *by_id(struct engine *engine, const char *prefix, bool *ambiguous)
{
    struct instance *found = NULL;
    size_t len = strlen(prefix);
    for (size_t i = 0; i < engine->count; i++) {
        if (strncmp(engine->table[i]->id, prefix, len) != 0)
            continue;
        if (found)
            *ambiguous = true;
        found = engine->table[i];
    }
    return found;
}

struct instance *table_find(struct engine *engine, const char *text, struct error *err)
{
    const char *name = text[0] == '/' ? text + 1 : text;
    bool ambiguous = false;
    pthread_mutex_lock(&engine->lock);
    struct instance *found = NULL;
    if (strlen(text) == ID_TEXT - 1)
        found = by_id(engine, text, &ambiguous);
    if (!found)
        found = by_name(engine, name);
    if (!found)
        found = by_link(engine, name);
    if (!found && *text)
        found = by_id(engine, text, &ambiguous);
    if (found && !ambiguous)
        instance_ref(found);
    pthread_mutex_unlock(&engine->lock);
    if (ambiguous) {
        error_set(err, EINVAL, "multiple IDs found with provided prefix: %s", text);
        return NULL;
    }
    if (!found)
        error_set(err, ENOENT, "No such container: %s", text);
    return found;
}

static int conflict(const char *name, const struct instance *owner, struct error *err)
{
    return error_set(
        err, EEXIST,
        "Conflict. The container name \"/%s\" is already in use by container \"%s\". You have to remove (or rename) that "
        "container to be able to reuse that name.",
        name, owner->id);
}

/* Locked. */
static char *free_name(struct engine *engine)
{
    for (int attempt = 0;; attempt++) {
        char *name = name_generate(attempt < 8 ? 0 : attempt);
        if (!by_name(engine, name))
            return name;
        free(name);
    }
}

int table_add(struct instance *instance, const char *name, struct error *err)
{
    struct engine *engine = instance->engine;
    if (name && *name == '/')
        name++;
    int rc = 0;
    pthread_mutex_lock(&engine->lock);
    const struct instance *owner = name ? by_name(engine, name) : NULL;
    if (owner) {
        rc = conflict(name, owner, err);
    } else {
        instance->name = name ? xstrdup(name) : free_name(engine);
        if (engine->count == engine->room) {
            engine->room = engine->room ? engine->room * 2 : 16;
            engine->table = xrealloc(engine->table, engine->room * sizeof(struct instance *));
        }
        engine->table[engine->count++] = instance_ref(instance);
    }
    pthread_mutex_unlock(&engine->lock);
    return rc;
}

int table_rename(struct instance *instance, const char *name, struct error *err)
{
    struct engine *engine = instance->engine;
    int rc = 0;
    pthread_mutex_lock(&engine->lock);
    const struct instance *owner = by_name(engine, name);
    if (owner) {
        rc = conflict(name, owner, err);
    } else {
        free(instance->name);
        instance->name = xstrdup(name);
    }
    pthread_mutex_unlock(&engine->lock);
    return rc;
}

void table_remove(struct instance *instance)
{
    struct engine *engine = instance->engine;
    bool found = false;
    pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < engine->count && !found; i++) {
        if (engine->table[i] != instance)
            continue;
        memmove(&engine->table[i], &engine->table[i + 1], (engine->count - i - 1) * sizeof(struct instance *));
        engine->count--;
        found = true;
    }
    instance->removed = true;
    pthread_mutex_unlock(&engine->lock);
    if (found)
        instance_unref(instance);
}

struct instance **table_all(struct engine *engine, size_t *count)
{
    pthread_mutex_lock(&engine->lock);
    struct instance **all = xcalloc(engine->count + 1, sizeof *all);
    for (size_t i = 0; i < engine->count; i++)
        all[i] = instance_ref(engine->table[i]);
    *count = engine->count;
    pthread_mutex_unlock(&engine->lock);
    return all;
}

void table_all_free(struct instance **all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        instance_unref(all[i]);
    free(all);
}
