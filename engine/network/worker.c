/* Cleaning up behind containers that are gone. With the last reference to a namespace the kernel removes its links by itself, many
 * together, some 30 ms later; deleting a veth by hand holds the kernel's network lock for 20 ms and would delay every container
 * that starts meanwhile. So: close the namespace, wait, and delete only what is then still there. */
#include "network/network_internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const int64_t GRACE_NS = 300 * INT64_C(1000000);

struct job {
    int netns;
    char host_link[16];
    int64_t due_ns;
    struct job *next;
};

struct worker {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    struct netlink route;
    struct job *first, **last;
    bool stop;
};

/* With the lock held. Waits until the first job is due, or there is one, or it is time to stop. */
static void wait_for_work(struct worker *worker)
{
    if (!worker->first) {
        pthread_cond_wait(&worker->changed, &worker->lock);
        return;
    }
    struct timespec due = {.tv_sec = worker->first->due_ns / 1000000000, .tv_nsec = worker->first->due_ns % 1000000000};
    pthread_cond_timedwait(&worker->changed, &worker->lock, &due);
}

static void close_namespaces(struct worker *worker)
{
    for (struct job *job = worker->first; job; job = job->next) {
        if (job->netns < 0)
            continue;
        int netns = move_fd(job->netns);
        pthread_mutex_unlock(&worker->lock);
        fd_close(netns);
        pthread_mutex_lock(&worker->lock);
    }
}

static void delete_leftover(struct worker *worker, const char *link)
{
    struct link_info info;
    struct error err = ERROR_INIT;
    if (!*link || link_find(&worker->route, link, &info, NULL) < 0)
        return;
    log_debug("link %s outlived its container, deleting it", link);
    if (link_delete(&worker->route, NULL, link, &err) < 0 && err.code != ENODEV)
        log_warn("%s", err.message);
}

static void *worker_run(void *context)
{
    struct worker *worker = context;
    pthread_mutex_lock(&worker->lock);
    for (;;) {
        close_namespaces(worker);
        struct job *job = worker->first;
        if (!job && worker->stop)
            break;
        if (!job || (clock_mono_ns() < job->due_ns && !worker->stop)) {
            wait_for_work(worker);
            continue;
        }
        worker->first = job->next;
        if (!worker->first)
            worker->last = &worker->first;
        pthread_mutex_unlock(&worker->lock);
        delete_leftover(worker, job->host_link);
        free(job);
        pthread_mutex_lock(&worker->lock);
    }
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

struct worker *worker_new(struct error *err)
{
    struct worker *worker = xcalloc(1, sizeof *worker);
    worker->last = &worker->first;
    pthread_mutex_init(&worker->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&worker->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    int r = netlink_open(&worker->route, NETLINK_ROUTE, err);
    if (r == 0) {
        int code = netlink_thread(&worker->thread, worker_run, worker);
        r = code ? error_errno(err, code, "start the network's worker") : 0;
    }
    if (r < 0) {
        netlink_close(&worker->route);
        free(worker);
        return NULL;
    }
    return worker;
}

void worker_clean(struct worker *worker, int netns, const char *host_link)
{
    struct job *job = xcalloc(1, sizeof *job);
    job->netns = netns;
    job->due_ns = clock_mono_ns() + GRACE_NS;
    snprintf(job->host_link, sizeof job->host_link, "%s", host_link);
    pthread_mutex_lock(&worker->lock);
    *worker->last = job;
    worker->last = &job->next;
    pthread_cond_signal(&worker->changed);
    pthread_mutex_unlock(&worker->lock);
}

void worker_free(struct worker *worker)
{
    if (!worker)
        return;
    pthread_mutex_lock(&worker->lock);
    worker->stop = true;
    pthread_cond_signal(&worker->changed);
    pthread_mutex_unlock(&worker->lock);
    pthread_join(worker->thread, NULL);
    netlink_close(&worker->route);
    pthread_cond_destroy(&worker->changed);
    pthread_mutex_destroy(&worker->lock);
    free(worker);
}
