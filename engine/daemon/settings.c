/* The daemon's settings, as one document that is replaced as a whole. */
#include "daemon/settings.h"

#include "daemon/directives.h"
#include "daemon/engine.h"

json_t *settings_defaults(void)
{
    json_t *settings = json_object();
    for (const struct directive *directive = directives; directive->key; directive++)
        json_object_set_new(settings, directive->key, json_loads(directive->preset, JSON_DECODE_ANY, NULL));
    return settings;
}

json_t *engine_settings(struct engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    json_t *settings = json_incref(engine->settings);
    pthread_mutex_unlock(&engine->lock);
    return settings;
}

void engine_settings_replace(struct engine *engine, json_t *settings)
{
    pthread_mutex_lock(&engine->lock);
    json_t *before = engine->settings;
    engine->settings = settings;
    pthread_mutex_unlock(&engine->lock);
    json_decref(before);
}

json_t *engine_setting(struct engine *engine, const char *key)
{
    json_t *settings = engine_settings(engine), *value = json_incref(json_object_get(settings, key));
    json_decref(settings);
    return value;
}

bool engine_setting_true(struct engine *engine, const char *key)
{
    json_t *value = engine_setting(engine, key);
    bool held = json_is_true(value);
    json_decref(value);
    return held;
}
