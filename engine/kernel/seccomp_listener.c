/* A filter whose calls somebody else answers. From the moment it is loaded, any system call of this thread may wait for an answer
 * that nobody can give yet; so the listener's descriptor is sent on its way by a second thread, which was there before and stays
 * unfiltered. */
#include "base/memory.h"
#include "kernel/seccomp.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STACK = 256 * 1024 };
enum { NOT_YET = -1, GIVEN_UP = -2 };

struct handing {
    atomic_int listener; /* NOT_YET, GIVEN_UP, or the descriptor */
    atomic_bool done;
    int (*hand_on)(void *context, int listener, struct error *err);
    void *context;
    struct error *err;
    int result;
};

static int messenger(void *argument)
{
    struct handing *handing = argument;
    int listener;
    while ((listener = atomic_load(&handing->listener)) == NOT_YET)
        sched_yield();
    if (listener >= 0)
        handing->result = handing->hand_on(handing->context, listener, handing->err);
    atomic_store(&handing->done, true);
    return 0;
}

int seccomp_install_listener(struct steps *steps, const struct seccomp_program *program,
                             int (*hand_on)(void *context, int listener, struct error *err), void *context, struct error *err)
{
    /* Static: after exec has failed, this process may yet go on to say so, with the thread still on its way out. */
    static struct handing handing;
    handing = (struct handing){.listener = NOT_YET, .hand_on = hand_on, .context = context, .err = err};
    char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED)
        return error_errno(err, errno, "make a stack for the thread that hands on the seccomp listener");
    /* By clone(2): it shares errno and all with its maker, who does nothing in the meantime. */
    if (clone(messenger, stack + STACK, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
              &handing) < 0)
        return error_errno(err, errno, "make the thread that hands on the seccomp listener");
    int listener = seccomp_install(steps, program, err);
    atomic_store(&handing.listener, listener < 0 ? GIVEN_UP : listener);
    while (!atomic_load(&handing.done)) /* with no system call */
        atomic_signal_fence(memory_order_seq_cst);
    return listener < 0 ? listener : handing.result;
}
