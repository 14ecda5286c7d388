/* What a process that unpacks what strangers wrote can do no more. */
#include "image/confine.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static long make_socket(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static long make_unix_socket(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
static long make_socket_pair(void)
{
    int ends[2];
    return socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
}
static long share_memory(void) { return syscall(SYS_shmget, IPC_PRIVATE, 4096, 0600); }
static long make_semaphores(void) { return syscall(SYS_semget, IPC_PRIVATE, 1, 0600); }
static long make_queue(void) { return syscall(SYS_msgget, IPC_PRIVATE, 0600); }
static long make_posix_queue(void) { return syscall(SYS_mq_open, "confined", O_CREAT | O_RDWR, 0600, NULL); }
static long make_process(void) { return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL); }
static long run_program(void) { return execl("/bin/true", "true", NULL); }
static long make_namespace(void) { return unshare(CLONE_NEWUSER); }

static const struct {
    const char *name;
    long (*call)(void);
} refused[] = {{"socket", make_socket},       {"unix socket", make_unix_socket}, {"socketpair", make_socket_pair},
               {"shmget", share_memory},      {"semget", make_semaphores},       {"msgget", make_queue},
               {"mq_open", make_posix_queue}, {"clone", make_process},           {"execve", run_program},
               {"unshare", make_namespace}};

static void *nothing(void *data) { return data; }

/* In a child: the number of the first call that got through, from 1; 100 and more for other faults. */
static int try(void)
{
    pthread_t thread;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || confine_system_calls(true) < 0)
        return 100;
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        if (refused[i].call() != -1 || errno != EPERM)
            return (int)i + 1;
    if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
        return 101;
    return pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL) ? 102 : 0;
}

static void makes_nothing_but_threads(void **state)
{
    (void)state;
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(try());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    int at = WEXITSTATUS(status);
    if (at > 0 && at <= (int)ARRAY_LEN(refused))
        print_error("%s got through\n", refused[at - 1].name);
    assert_int_equal(at, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(makes_nothing_but_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
