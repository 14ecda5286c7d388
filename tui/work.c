/* Job queues with one thread each, and the list of what is done. The lock is held for list handling only, never during a call. */
#include "tui/work.h"

#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct job {
    struct job *next;
    void *owner;
    bool forgotten;
    struct error err;
    /* A question to the engine or the school: */
    char *method, *path;
    json_t *body, *answer;
    bool school;
    answer_fn done;
    /* or anything else: */
    run_fn run;
    ran_fn ran;
    void *data;
};

struct queue {
    struct work *work;
    struct job *first, **last, *current;
    pthread_t thread;
    pthread_cond_t more;
    bool started;
};

struct work {
    char *host;
    int event;
    bool ending;
    pthread_mutex_t lock;
    struct queue queues[LANE_COUNT];
    struct job *done_first, **done_last;
};

struct work *work_new(const char *host)
{
    struct work *work = xcalloc(1, sizeof *work);
    work->host = xstrdup(str_or(host, ""));
    work->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&work->lock, NULL);
    work->done_last = &work->done_first;
    for (int i = 0; i < LANE_COUNT; i++) {
        work->queues[i].work = work;
        work->queues[i].last = &work->queues[i].first;
        pthread_cond_init(&work->queues[i].more, NULL);
    }
    return work;
}

int work_fd(const struct work *work) { return work->event; }

static void job_free(struct job *job)
{
    free(job->method);
    free(job->path);
    json_decref(job->body);
    json_decref(job->answer);
    free(job);
}

static void job_do(struct job *job, struct client **client, const char *host)
{
    if (job->run) {
        job->run(job->data, &job->err);
        return;
    }
    if (job->school) {
        class_call(job->body, &job->answer, &job->err);
        return;
    }
    if (!*client)
        *client = client_new(host);
    client_call(*client, job->method, job->path, job->body, &job->answer, &job->err);
}

static void *serve(void *argument)
{
    struct queue *queue = argument;
    struct work *work = queue->work;
    struct client *client = NULL;
    pthread_mutex_lock(&work->lock);
    for (;;) {
        while (!queue->first && !work->ending)
            pthread_cond_wait(&queue->more, &work->lock);
        if (work->ending)
            break;
        struct job *job = queue->first;
        queue->first = job->next;
        if (!queue->first)
            queue->last = &queue->first;
        queue->current = job;
        pthread_mutex_unlock(&work->lock);
        job_do(job, &client, work->host);
        pthread_mutex_lock(&work->lock);
        queue->current = NULL;
        job->next = NULL;
        *work->done_last = job;
        work->done_last = &job->next;
        uint64_t one = 1;
        if (write(work->event, &one, sizeof one) < 0 && errno != EAGAIN)
            break;
    }
    pthread_mutex_unlock(&work->lock);
    if (client)
        client_free(client);
    return NULL;
}

static void enqueue(struct work *work, enum lane lane, struct job *job)
{
    struct queue *queue = &work->queues[lane];
    pthread_mutex_lock(&work->lock);
    *queue->last = job;
    queue->last = &job->next;
    if (!queue->started) {
        /* Signals are for the UI's thread and its signalfd. */
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before);
        queue->started = pthread_create(&queue->thread, NULL, serve, queue) == 0;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    pthread_cond_signal(&queue->more);
    pthread_mutex_unlock(&work->lock);
}

void work_engine(struct work *work, enum lane lane, const char *method, const char *path, json_t *body, answer_fn done, void *owner)
{
    struct job *job = xcalloc(1, sizeof *job);
    *job = (struct job){.method = xstrdup(method), .path = xstrdup(path), .body = body, .done = done, .owner = owner};
    enqueue(work, lane, job);
}

void work_school(struct work *work, json_t *request, answer_fn done, void *owner)
{
    struct job *job = xcalloc(1, sizeof *job);
    *job = (struct job){.body = request, .school = true, .done = done, .owner = owner};
    enqueue(work, LANE_SCHOOL, job);
}

void work_run(struct work *work, enum lane lane, run_fn run, ran_fn done, void *data, void *owner)
{
    struct job *job = xcalloc(1, sizeof *job);
    *job = (struct job){.run = run, .ran = done, .data = data, .owner = owner};
    enqueue(work, lane, job);
}

void work_deliver(struct work *work, struct app *app)
{
    uint64_t count;
    if (read(work->event, &count, sizeof count) < 0 && errno != EAGAIN)
        return;
    for (;;) {
        pthread_mutex_lock(&work->lock);
        struct job *job = work->done_first;
        if (job) {
            work->done_first = job->next;
            if (!work->done_first)
                work->done_last = &work->done_first;
        }
        pthread_mutex_unlock(&work->lock);
        if (!job)
            return;
        const struct error *err = job->err.code ? &job->err : NULL;
        if (job->ran)
            job->ran(app, job->forgotten ? NULL : job->owner, job->data, err);
        else if (job->done && !job->forgotten)
            job->done(app, job->owner, job->answer, err);
        job_free(job);
    }
}

bool work_idle(struct work *work)
{
    pthread_mutex_lock(&work->lock);
    bool idle = !work->done_first;
    for (int i = 0; i < LANE_COUNT; i++)
        idle = idle && !work->queues[i].first && !work->queues[i].current;
    pthread_mutex_unlock(&work->lock);
    return idle;
}

static void forget_list(struct job *job, void *owner)
{
    for (; job; job = job->next)
        if (job->owner == owner)
            job->forgotten = true;
}

void work_forget(struct work *work, void *owner)
{
    pthread_mutex_lock(&work->lock);
    forget_list(work->done_first, owner);
    for (int i = 0; i < LANE_COUNT; i++) {
        forget_list(work->queues[i].first, owner);
        if (work->queues[i].current && work->queues[i].current->owner == owner)
            work->queues[i].current->forgotten = true;
    }
    pthread_mutex_unlock(&work->lock);
}

void work_free(struct work *work)
{
    if (!work)
        return;
    pthread_mutex_lock(&work->lock);
    work->ending = true;
    for (int i = 0; i < LANE_COUNT; i++)
        pthread_cond_broadcast(&work->queues[i].more);
    pthread_mutex_unlock(&work->lock);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 2;
    bool all = true;
    for (int i = 0; i < LANE_COUNT; i++)
        if (work->queues[i].started && pthread_timedjoin_np(work->queues[i].thread, NULL, &until) != 0)
            all = false;
    if (!all)
        return; /* a call still hangs; the process ends anyway, and its thread must not find its memory gone */
    work_deliver(work, NULL);
    for (int i = 0; i < LANE_COUNT; i++) {
        for (struct job *job = work->queues[i].first, *next; job; job = next) {
            next = job->next;
            if (job->ran)
                job->ran(NULL, NULL, job->data, NULL);
            job_free(job);
        }
        pthread_cond_destroy(&work->queues[i].more);
    }
    pthread_mutex_destroy(&work->lock);
    fd_close(work->event);
    free(work->host);
    free(work);
}
