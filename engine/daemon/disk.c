/* Containers on disk. The documents are written in Docker's form, so that what a learner finds there is true elsewhere; a few keys
 * of our own (Slipway...) hold what only this engine needs. */
#include "daemon/disk.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/health.h"
#include "daemon/instance.h"
#include "daemon/links.h"
#include "daemon/membership.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *time_json(int64_t ns)
{
    char text[CLOCK_TEXT] = CLOCK_ZERO;
    if (ns)
        clock_rfc3339(ns, text);
    return json_string(text);
}

static int64_t time_from(const json_t *doc, const char *path)
{
    int64_t ns = 0;
    if (!clock_parse(json_str(doc, path, CLOCK_ZERO), &ns) || ns < 0)
        return 0;
    return ns;
}

/* Locked. */
static json_t *state_json(const struct instance *instance)
{
    const struct state *state = &instance->state;
    json_t *doc = json_object();
    json_object_set_new(doc, "Running", json_boolean(state->running));
    json_object_set_new(doc, "Paused", json_boolean(state->paused));
    json_object_set_new(doc, "Restarting", json_boolean(state->restarting));
    json_object_set_new(doc, "OOMKilled", json_boolean(state->oom_killed));
    json_object_set_new(doc, "RemovalInProgress", json_boolean(state->removing));
    json_object_set_new(doc, "Dead", json_boolean(state->dead));
    json_object_set_new(doc, "Pid", json_integer(state->pid));
    json_object_set_new(doc, "ExitCode", json_integer(state->exit_code));
    json_object_set_new(doc, "Error", json_string(str_or(state->error, "")));
    json_object_set_new(doc, "StartedAt", time_json(state->started_ns));
    json_object_set_new(doc, "FinishedAt", time_json(state->finished_ns));
    json_t *health = health_json(instance);
    json_object_set_new(doc, "Health", health ? health : json_null());
    return doc;
}

static json_t *config_v2(struct instance *instance, json_t *host_config)
{
    char *log_path = instance_log_path(instance);
    json_t *settings = network_settings(instance, host_config, false);
    pthread_mutex_lock(&instance->engine->lock);
    json_t *doc = json_object();
    json_object_set_new(doc, "StreamConfig", json_object());
    json_object_set_new(doc, "State", state_json(instance));
    json_object_set_new(doc, "ID", json_string(instance->id));
    json_object_set_new(doc, "Created", time_json(instance->created_ns));
    json_object_set_new(doc, "Managed", json_false());
    json_object_set_new(doc, "Path", json_string(instance->path));
    json_object_set(doc, "Args", instance->args);
    json_object_set(doc, "Config", instance->config);
    json_object_set_new(doc, "Image", json_string(instance->image_id));
    json_object_set_new(doc, "NetworkSettings", settings);
    json_object_set_new(doc, "LogPath", json_string(str_or(log_path, "")));
    json_object_set_new(doc, "Name", json_sprintf("/%s", instance->name));
    json_object_set_new(doc, "Driver", json_string("overlay2"));
    json_object_set_new(doc, "OS", json_string("linux"));
    json_object_set_new(doc, "MountLabel", json_string(""));
    json_object_set_new(doc, "ProcessLabel", json_string(""));
    json_object_set_new(doc, "RestartCount", json_integer(instance->restart_count));
    json_object_set_new(doc, "HasBeenStartedBefore", json_boolean(instance->started_before));
    json_object_set_new(doc, "HasBeenManuallyStopped", json_boolean(instance->manually_stopped));
    if (instance->ended_meanwhile)
        json_object_set_new(doc, "SlipwayEndedMeanwhile", json_true());
    json_object_set(doc, "MountPoints", instance->mounts);
    json_object_set_new(doc, "SecretReferences", json_null());
    json_object_set_new(doc, "ConfigReferences", json_null());
    json_object_set_new(doc, "AppArmorProfile", json_string(""));
    json_object_set_new(doc, "HostnamePath", json_sprintf("%s/hostname", instance->directory));
    json_object_set_new(doc, "HostsPath", json_sprintf("%s/hosts", instance->directory));
    json_object_set_new(doc, "ResolvConfPath", json_sprintf("%s/resolv.conf", instance->directory));
    json_object_set_new(doc, "ShmPath", json_string(""));
    json_object_set_new(doc, "SeccompProfile", json_string(""));
    json_object_set_new(doc, "NoNewPrivileges", json_false());
    json_object_set_new(doc, "SlipwayEndpoints", memberships_endpoints_json(instance));
    if (instance->links)
        json_object_set_new(doc, "SlipwayLinks", json_copy(instance->links));
    if (instance->sandbox)
        json_object_set_new(doc, "SlipwaySandbox",
                            json_pack("{s:s, s:I, s:I, s:b, s:I, s:s?, s:s?}", "Lab", instance->sandbox->lab, "Owner",
                                      (json_int_t)instance->sandbox->owner, "IdBase", (json_int_t)instance->sandbox->id_base,
                                      "Engine", instance->sandbox->engine, "Io", (json_int_t)instance->sandbox->io, "Host",
                                      instance->sandbox->host, "Main", instance->sandbox->main));
    pthread_mutex_unlock(&instance->engine->lock);
    free(log_path);
    return doc;
}

/* Saving locked: the state is looked at and written in one step, or an older look could be written over a newer one. */
static int save(struct instance *instance, bool sync, struct error *err)
{
    cleanup_json json_t *host_config = instance_host_config(instance);
    cleanup_json json_t *doc = config_v2(instance, host_config);
    cleanup_free char *config_path = path_join(instance->directory, "config.v2.json");
    cleanup_free char *host_path = path_join(instance->directory, "hostconfig.json");
    /* config.v2.json comes last: its presence says that the container is whole. */
    int rc = json_write_file(host_path, host_config, 0644, sync, err);
    return rc < 0 ? rc : json_write_file(config_path, doc, 0600, sync, err);
}

int disk_save(struct instance *instance, bool sync, struct error *err)
{
    pthread_mutex_lock(&instance->saving);
    int rc = instance->forgotten ? 0 : save(instance, sync, err);
    pthread_mutex_unlock(&instance->saving);
    return rc;
}

void disk_note(struct instance *instance)
{
    struct error err = ERROR_INIT;
    pthread_mutex_lock(&instance->engine->lock);
    bool gone = instance->removed;
    pthread_mutex_unlock(&instance->engine->lock);
    if (!gone && disk_save(instance, false, &err) < 0)
        log_error("saving the state of %.12s: %s", instance->id, err.message);
}

void disk_forget(struct instance *instance)
{
    cleanup_free char *path = path_join(instance->directory, "config.v2.json");
    pthread_mutex_lock(&instance->saving);
    instance->forgotten = true;
    unlink(path);
    pthread_mutex_unlock(&instance->saving);
}

static void load_state(struct instance *instance, const json_t *doc)
{
    struct state *state = &instance->state;
    state->running = json_flag(doc, "State.Running", false);
    state->paused = json_flag(doc, "State.Paused", false);
    state->restarting = json_flag(doc, "State.Restarting", false);
    state->oom_killed = json_flag(doc, "State.OOMKilled", false);
    state->pid = (pid_t)json_num(doc, "State.Pid", 0);
    state->exit_code = (int)json_num(doc, "State.ExitCode", 0);
    const char *error = json_str(doc, "State.Error", "");
    if (*error)
        state->error = xstrdup(error);
    state->started_ns = time_from(doc, "State.StartedAt");
    state->finished_ns = time_from(doc, "State.FinishedAt");
    state->health = health_from_name(json_str(doc, "State.Health.Status", ""));
    state->failing_streak = (int)json_num(doc, "State.Health.FailingStreak", 0);
    instance->health_log = json_incref(json_at(doc, "State.Health.Log"));
}

static struct sandbox *load_sandbox(const json_t *doc)
{
    if (!json_is_object(doc))
        return NULL;
    struct sandbox *sandbox = xcalloc(1, sizeof *sandbox);
    sandbox->lab = xstrdup(json_str(doc, "Lab", ""));
    sandbox->owner = (uid_t)json_num(doc, "Owner", 0);
    sandbox->id_base = (uint32_t)json_num(doc, "IdBase", 0);
    sandbox->host = json_str(doc, "Host", NULL) ? xstrdup(json_str(doc, "Host", "")) : NULL;
    sandbox->main = json_str(doc, "Main", NULL) ? xstrdup(json_str(doc, "Main", "")) : NULL;
    sandbox->io = json_num(doc, "Io", 0);
    sandbox->engine = json_flag(doc, "Engine", false);
    return sandbox;
}

struct instance *disk_load(struct engine *engine, const char *id, struct error *err)
{
    cleanup_free char *config_path = str_format("%s/%s/config.v2.json", engine->containers, id);
    cleanup_free char *host_path = str_format("%s/%s/hostconfig.json", engine->containers, id);
    cleanup_json json_t *doc = json_read_file(config_path, err);
    if (!doc)
        return NULL;
    json_t *host_config = json_read_file(host_path, err);
    if (!host_config)
        return NULL;
    char fixed[ID_TEXT];
    snprintf(fixed, sizeof fixed, "%s", id);
    struct instance *instance = instance_new(engine, fixed);
    instance->host_config = host_config;
    instance->image_id = xstrdup(json_str(doc, "Image", ""));
    instance->image = xstrdup(json_str(doc, "Config.Image", ""));
    instance->path = xstrdup(json_str(doc, "Path", ""));
    instance->args = json_incref(json_at(doc, "Args"));
    instance->config = json_incref(json_at(doc, "Config"));
    instance->mounts = json_incref(json_at(doc, "MountPoints"));
    instance->created_ns = time_from(doc, "Created");
    const char *name = json_str(doc, "Name", "");
    instance->name = xstrdup(*name == '/' ? name + 1 : name);
    instance->restart_count = (int)json_num(doc, "RestartCount", 0);
    instance->started_before = json_flag(doc, "HasBeenStartedBefore", false);
    instance->manually_stopped = json_flag(doc, "HasBeenManuallyStopped", false);
    instance->ended_meanwhile = json_flag(doc, "SlipwayEndedMeanwhile", false);
    snprintf(instance->sandbox_key, sizeof instance->sandbox_key, "%.16s", json_str(doc, "NetworkSettings.SandboxID", ""));
    load_state(instance, doc);
    memberships_load(instance, doc);
    instance->links = json_incref(json_at(doc, "SlipwayLinks"));
    links_loaded(instance->links);
    instance->sandbox = load_sandbox(json_at(doc, "SlipwaySandbox"));
    return instance;
}
