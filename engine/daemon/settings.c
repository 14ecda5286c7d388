/* The daemon's settings, as one document that is replaced as a whole. */
#include "daemon/settings.h"

#include "daemon/engine.h"

json_t *settings_defaults(void)
{
    return json_pack("{s:s, s:{}, s:b, s:{}, s:[], s:[], s:[], s:[], s:[], s:[], s:b, s:i}", "log-driver", "json-file", "log-opts",
                     "live-restore", 1, "default-ulimits", "dns", "dns-search", "dns-opts", "labels", "insecure-registries",
                     "registry-mirrors", "debug", 0, "shutdown-timeout", 15);
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
