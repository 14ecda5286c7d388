/* Network namespaces: made ahead of need, and visited by threads of their own.
 *
 * Making one costs 0.8 ms, most of it the kernel setting up a whole network stack; so a few stand ready, and a thread that
 * sleeps otherwise makes the next when one is taken. Threads that unshare or join a namespace never run anyone else's
 * code, so that no caller ever finds itself elsewhere. */
#include "kernel/net/netlink.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READY_MOST = 3, THREAD_STACK = 256 * 1024 };

struct ready {
    int netns;
    struct netlink inside;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t taken;
    struct ready items[READY_MOST];
    int count;
    bool running;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .taken = PTHREAD_COND_INITIALIZER};

int netlink_thread(pthread_t *thread, void *(*run)(void *), void *context)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, THREAD_STACK);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int r = pthread_create(thread, &attributes, run, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return r;
}

/* --- making one --- */

static int loopback_up(struct netlink *inside, struct error *err)
{
    struct netlink_batch batch;
    netlink_batch_begin(&batch);
    struct nlmsghdr *message = netlink_batch_add(&batch, inside, RTM_NEWLINK, NLM_F_ACK);
    struct ifinfomsg *link = mnl_nlmsg_put_extra_header(message, sizeof *link);
    link->ifi_index = 1; /* lo is the first link of every namespace */
    link->ifi_flags = link->ifi_change = IFF_UP;
    return netlink_batch_send(&batch, inside, NULL, err);
}

/* Runs in a thread that has just unshared. /proc/sys/net shows the namespace of the thread that looks. */
static int furnish(struct ready *ready, struct error *err)
{
    cleanup_close int netns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (netns < 0)
        return error_errno(err, errno, "open /proc/thread-self/ns/net");
    int r = netlink_open(&ready->inside, NETLINK_ROUTE, err);
    if (r < 0)
        return r;
    r = loopback_up(&ready->inside, err);
    if (r < 0) {
        netlink_close(&ready->inside);
        return error_prefix(err, "bring up lo in a new network namespace");
    }
    /* No IPv6 address, not even a link-local one, as in Docker's default network; a kernel without IPv6 has no such file. Only
     * now: the message above sleeps while somebody holds the kernel's network lock, this write would spin for it. */
    (void)file_write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1", 1, 0, NULL);
    ready->netns = move_fd(netns);
    return 0;
}

struct making {
    struct ready ready;
    struct error error;
    int result;
};

static void *make_one(void *context)
{
    struct making *making = context;
    if (unshare(CLONE_NEWNET) < 0)
        making->result = error_errno(&making->error, errno, "make a network namespace");
    else
        making->result = furnish(&making->ready, &making->error);
    return NULL;
}

static int make(struct ready *ready, struct error *err)
{
    struct making making = {.ready.netns = -EBADF};
    pthread_t thread;
    int r = netlink_thread(&thread, make_one, &making);
    if (r)
        return error_errno(err, r, "start a thread for a network namespace");
    pthread_join(thread, NULL);
    if (making.result < 0)
        return error_set(err, making.error.code, "%s", making.error.message);
    *ready = making.ready;
    return 0;
}

/* --- keeping some ready --- */

static void *keep_ready(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        while (pool.count == READY_MOST)
            pthread_cond_wait(&pool.taken, &pool.lock);
        pthread_mutex_unlock(&pool.lock);
        struct ready ready;
        int r = make(&ready, NULL);
        pthread_mutex_lock(&pool.lock);
        if (r < 0)
            break; /* whoever takes the next one makes it, and hears why it failed */
        pool.items[pool.count++] = ready;
    }
    pool.running = false;
    pthread_mutex_unlock(&pool.lock);
    return NULL;
}

/* With the lock held. */
static void pool_wake(void)
{
    pthread_t thread;
    if (pool.running) {
        pthread_cond_signal(&pool.taken);
    } else if (netlink_thread(&thread, keep_ready, NULL) == 0) {
        pthread_detach(thread);
        pool.running = true;
    }
}

void netns_prepare(void)
{
    pthread_mutex_lock(&pool.lock);
    pool_wake();
    pthread_mutex_unlock(&pool.lock);
}

int netns_take(struct steps *steps, const char *label, int *netns, struct netlink *inside, struct error *err)
{
    int64_t start = step_start();
    struct ready ready;
    pthread_mutex_lock(&pool.lock);
    bool was_ready = pool.count > 0;
    if (was_ready)
        ready = pool.items[--pool.count];
    pool_wake();
    pthread_mutex_unlock(&pool.lock);
    int r = was_ready ? 0 : make(&ready, err);
    step_recordf(steps, start, r, "unshare", was_ready ? "network namespace (made ahead)" : "network namespace", "ip netns add %s",
                 label);
    if (r < 0)
        return r;
    step_recordf(steps, step_start(), 0, "netlink link set", "lo", "ip -n %s link set lo up", label);
    *netns = ready.netns;
    if (inside)
        *inside = ready.inside;
    else
        netlink_close(&ready.inside);
    return 0;
}

/* --- visiting one --- */

struct visit {
    int netns;
    int (*act)(void *);
    void *context;
    int join_error;
    int result;
};

static void *visit_run(void *context)
{
    struct visit *visit = context;
    if (setns(visit->netns, CLONE_NEWNET) < 0)
        visit->join_error = errno;
    else
        visit->result = visit->act(visit->context);
    return NULL;
}

int netns_run(int netns, int (*act)(void *context), void *context, struct error *err)
{
    struct visit visit = {.netns = netns, .act = act, .context = context};
    pthread_t thread;
    int r = netlink_thread(&thread, visit_run, &visit);
    if (r)
        return error_errno(err, r, "start a thread to join a network namespace");
    pthread_join(thread, NULL);
    if (visit.join_error)
        return error_errno(err, visit.join_error, "join the network namespace");
    return visit.result;
}

static int open_here(void *context) { return netlink_open(context, NETLINK_ROUTE, NULL); }

int netlink_open_in(struct netlink *netlink, int netns, struct error *err)
{
    int r = netns_run(netns, open_here, netlink, err);
    return r < 0 ? error_set(err, -r, "open a netlink socket in a network namespace: %s", strerror(-r)) : 0;
}

/* --- IPv6 --- */

static int turn_on(void *link)
{
    cleanup_free char *path = str_format("/proc/sys/net/ipv6/conf/%s/disable_ipv6", (const char *)link);
    (void)file_write("/proc/sys/net/ipv6/conf/lo/disable_ipv6", "0", 1, 0, NULL);
    return file_write(path, "0", 1, 0, NULL);
}

int netns_ipv6_on(struct steps *steps, const char *label, int netns, const char *link, struct error *err)
{
    int64_t start = step_start();
    struct error local = ERROR_INIT;
    int r = netns_run(netns, turn_on, (void *)link, &local);
    step_recordf(steps, start, r, "sysctl", "disable_ipv6", "ip netns exec %s sysctl -w net.ipv6.conf.%s.disable_ipv6=0", label,
                 link);
    if (r == -ENOENT)
        return error_set(err, EAFNOSUPPORT, "this kernel has no IPv6: a network with --ipv6 cannot be used");
    return r < 0
               ? error_set(err, -r, "turn on IPv6 for %s in the container: %s", link, *local.message ? local.message : strerror(-r))
               : 0;
}
