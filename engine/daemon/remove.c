/* Removing and renaming. A removal is decided and made known first; the files are the janitor's business. */
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/disk.h"
#include "daemon/events.h"
#include "daemon/exec.h"
#include "daemon/instance.h"
#include "daemon/janitor.h"
#include "daemon/lifecycle.h"
#include "daemon/resolving.h"
#include "daemon/sandbox.h"
#include "daemon/steps.h"
#include "daemon/volumes.h"

#include <errno.h>
#include <signal.h>

void container_finish_removal(struct instance *instance, bool volumes)
{
    disk_forget(instance); /* first: whatever happens now, it will not come back */
    pthread_mutex_lock(&instance->engine->lock);
    instance->state.running = instance->state.restarting = false;
    pthread_mutex_unlock(&instance->engine->lock);
    table_remove(instance);
    if (volumes)
        volumes_drop_anonymous(instance); /* before anybody is told: who asks then finds them gone */
    sandbox_ended(instance);
    instance_changed(instance);
    event_container(instance, "destroy", NULL);
    execs_forget(instance);
    attachers_fail(instance);
    if (volumes)
        volumes_clear(instance->engine);
    /* As long as the shim is there its socket must be, or a daemon that comes after a crash could not find it. */
    pthread_mutex_lock(&instance->engine->lock);
    bool later = instance->clear_later = instance->followed;
    pthread_mutex_unlock(&instance->engine->lock);
    if (!later)
        janitor_clear(instance->engine, instance->id);
}

static int claim(struct instance *instance, bool force, bool *running, struct error *err)
{
    struct engine *engine = instance->engine;
    int rc = 0;
    pthread_mutex_lock(&engine->lock);
    struct state *state = &instance->state;
    *running = state->running;
    if (state->removing || instance->removed)
        rc = error_set(err, EBUSY, "removal of container %s is already in progress", instance->name);
    else if (state->running && !force && state->paused)
        rc = error_set(
            err, EBUSY,
            "You cannot remove a paused container %s. Unpause and then stop the container before attempting removal or force "
            "remove",
            instance->id);
    else if (state->running && !force)
        rc = error_set(err, EBUSY,
                       "You cannot remove a %s container %s. Stop the container before attempting removal or force remove",
                       state->restarting ? "restarting" : "running", instance->id);
    else
        state->removing = true;
    pthread_mutex_unlock(&engine->lock);
    return rc;
}

int container_remove(struct instance *instance, bool force, bool volumes, struct error *err)
{
    bool running;
    int rc = claim(instance, force, &running, err);
    if (rc < 0)
        return rc;
    if (running)
        rc = container_stop_with(instance, &(struct stop_request){.reason = STOP_REMOVAL}, err);
    if (rc < 0 && rc != -EALREADY) {
        pthread_mutex_lock(&instance->engine->lock);
        instance->state.removing = false;
        pthread_mutex_unlock(&instance->engine->lock);
        return error_prefix(err, "Could not kill running container %s, cannot remove", instance->id);
    }
    *err = ERROR_INIT;
    for (bool again = true; again && rc != -EIO;) {
        pthread_mutex_lock(&instance->op);
        pthread_mutex_lock(&instance->engine->lock);
        again = instance->shim != NULL; /* a start that was under way has come first */
        pthread_mutex_unlock(&instance->engine->lock);
        if (!again)
            container_finish_removal(instance, volumes);
        pthread_mutex_unlock(&instance->op);
        if (again)
            rc = container_stop_with(instance, &(struct stop_request){.reason = STOP_REMOVAL}, err);
    }
    return rc == -EIO ? rc : 0;
}

int container_rename(struct instance *instance, const char *name, struct error *err)
{
    if (*name == '/')
        name++;
    if (!*name)
        return error_set(err, EINVAL, "Neither old nor new names may be empty");
    pthread_mutex_lock(&instance->engine->lock);
    bool same = str_equal(instance->name, name);
    cleanup_free char *old = xstrdup(instance->name);
    pthread_mutex_unlock(&instance->engine->lock);
    if (same)
        return error_set(err, EINVAL, "Renaming a container with the same name as its current name");
    if (!name_valid(name))
        return error_set(err, EINVAL,
                         "Error when allocating new name: Invalid container name (/%s), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
                         name);
    int rc = table_rename(instance, name, err);
    if (rc < 0)
        return error_prefix(err, "Error when allocating new name");
    resolving_rename(instance);
    disk_note(instance);
    event_container(instance, "rename", json_pack("{s:o}", "oldName", json_sprintf("/%s", old)));
    instance_changed(instance);
    return 0;
}
