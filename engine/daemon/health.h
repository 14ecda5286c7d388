/* Health checks: a command that runs in the container now and then and says by its exit code whether the container is well.
 *
 * One thread for all containers sleeps until the next check is due (for ever when there is none); each check is an exec that a
 * short-lived thread of its own starts and reads, so that a check that hangs holds up nobody. What a check may take and what its
 * results mean is Docker's: https://docs.docker.com/reference/dockerfile/#healthcheck
 */
#ifndef SLIPWAY_DAEMON_HEALTH_H
#define SLIPWAY_DAEMON_HEALTH_H

#include "daemon/engine.h"

enum { HEALTH_LOG_MOST = 5, HEALTH_OUTPUT_MOST = 4096 };

/* A container's Healthcheck with the defaults filled in. */
struct health_config {
    const json_t *command; /* borrowed: the words behind CMD or CMD-SHELL */
    bool shell;
    int64_t interval_ns, timeout_ns, start_period_ns;
    int retries;
};

/* False when the container has no health check. */
bool health_config_read(const json_t *config, struct health_config *out);
/* EINVAL in Docker's words for a Healthcheck that cannot be. */
int health_config_check(const json_t *config, struct error *err);
/* What the container does not say is taken from the image's Healthcheck. */
void health_config_merge(json_t *config, const json_t *image_healthcheck);
/* The words to run, a new array. */
json_t *health_command(const json_t *config, const struct health_config *health);

/* "1m30s", "500ms": as Go prints a duration; for messages. */
enum { DURATION_TEXT = 40 };
void duration_text(int64_t ns, char out[DURATION_TEXT]);

/* All three with engine->lock held. */
void health_begin(struct instance *instance);  /* its process has just started */
void health_resume(struct instance *instance); /* it was unpaused, or found running by a new daemon */
void health_halt(struct instance *instance);   /* it ended, or is paused: nobody knows any more, so it counts as unhealthy */

const char *health_name(enum health health); /* "none", "starting", ... */
enum health health_from_name(const char *name);
/* {"Status","FailingStreak","Log"}, or NULL without a health check; with engine->lock held. */
json_t *health_json(const struct instance *instance);

/* One result, as Docker counts it: the new status. Pure. */
struct health_count {
    enum health status;
    int failing_streak;
};
struct health_count health_judge(struct health_count before, const struct health_config *config, int exit_code,
                                 int64_t since_start_ns);

/* Runs one check to its end: {"Start","End","ExitCode","Output"}. */
json_t *health_probe(struct instance *instance, const struct health_config *config);

#endif
