/* A class of students, each a process with a user number of its own, that sits an exam and answers as fast as it may. What was
 * acknowledged goes to a file, to be compared with what is stored; how long it took goes to the output. The server may die as often
 * as it likes: a student connects again and sends the same answer until it is acknowledged.
 *
 *   students SOCKET FIRST-UID STUDENTS QUESTIONS ANSWERS PAUSE-MS ASSIGNMENT FILE [STOP-FILE]
 *
 * ANSWERS 0: until STOP-FILE is there. Prints: answers, seconds, answers a second, median and 99th percentile in ms. */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE = 1 << 20, MOST = 4000 };

struct student {
    long count;
    uint32_t took_us[MOST];
    char said[MOST];
};

static const char *socket_path;
static int fd = -1;
static char *room;

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void connect_again(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    strncpy(name.sun_path, socket_path, sizeof name.sun_path - 1);
    for (;;) {
        if (fd >= 0)
            close(fd);
        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (connect(fd, (struct sockaddr *)&name, sizeof name) == 0)
            return;
        poll(NULL, 0, 5);
    }
}

/* Until it is acknowledged. A refusal is the end of the test, but one for a database that is busy. */
static void insist(const char *request)
{
    for (;;) {
        ssize_t got = -1;
        if (fd >= 0 && send(fd, request, strlen(request), MSG_NOSIGNAL) > 0)
            got = recv(fd, room, MESSAGE - 1, 0);
        if (got > 0) {
            room[got] = 0;
            if (strstr(room, "\"ok\":true"))
                return;
            fprintf(stderr, "refused: %.300s\n", room);
            if (!strstr(room, "locked"))
                _exit(1);
        }
        connect_again();
    }
}

static long number_in(const char *name)
{
    const char *at = strstr(room, name);
    return at ? strtol(at + strlen(name), NULL, 10) : 0;
}

/* All begin at the moment at which the parent closes its end of the pipe: 300 processes that look at a clock would be the load that
 * is measured. */
static void sit(struct student *me, unsigned seed, int questions, long answers, int pause, const char *assignment, const char *stop,
                int *ready, int gate)
{
    char request[256];
    snprintf(request, sizeof request, "{\"op\":\"exam.start\",\"assignment\":%s}", assignment);
    connect_again();
    insist(request);
    long attempt = number_in("\"attempt\":");
    char nothing;
    __atomic_add_fetch(ready, 1, __ATOMIC_SEQ_CST);
    while (read(gate, &nothing, 1) < 0 && errno == EINTR)
        ;
    for (long i = 0; i < MOST && (answers ? i < answers : access(stop, F_OK) != 0); i++) {
        me->said[i] = (char)('a' + rand_r(&seed) % 2);
        snprintf(request, sizeof request, "{\"op\":\"exam.answer\",\"attempt\":%ld,\"slot\":%ld,\"seq\":%ld,\"answer\":[\"%c\"]}",
                 attempt, 1 + i % questions, 1 + i / questions, me->said[i]);
        int64_t before = now_us();
        insist(request);
        me->took_us[i] = (uint32_t)(now_us() - before);
        me->count++;
        if (pause)
            poll(NULL, 0, (int)(rand_r(&seed) % (2 * (unsigned)pause)));
    }
    snprintf(request, sizeof request, "{\"op\":\"exam.finish\",\"attempt\":%ld}", attempt);
    insist(request);
}

static int by_value(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

static void report(const struct student *students, int count, int first, int questions, double seconds, const char *file)
{
    FILE *out = fopen(file, "w");
    uint32_t *all = malloc(sizeof *all * MOST * (size_t)count);
    size_t n = 0;
    for (int i = 0; i < count; i++)
        for (long k = 0; k < students[i].count; k++) {
            all[n++] = students[i].took_us[k];
            fprintf(out, "%d %ld %ld %c\n", first + i, 1 + k % questions, 1 + k / questions, students[i].said[k]);
        }
    fclose(out);
    qsort(all, n, sizeof *all, by_value);
    printf("%zu %.2f %.0f %.1f %.1f\n", n, seconds, (double)n / seconds, n ? all[n / 2] / 1000.0 : 0,
           n ? all[n * 99 / 100] / 1000.0 : 0);
}

int main(int argc, char **argv)
{
    if (argc < 9)
        return 2;
    socket_path = argv[1];
    int first = atoi(argv[2]), count = atoi(argv[3]), questions = atoi(argv[4]), pause = atoi(argv[6]), failed = 0, status;
    struct student *students =
        mmap(NULL, sizeof *students * (size_t)count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int *ready = mmap(NULL, sizeof *ready, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), gate[2];
    if (pipe(gate) < 0)
        return 1;
    room = malloc(MESSAGE);
    for (int i = 0; i < count; i++)
        if (fork() == 0) {
            if (setgid((gid_t)(first + i)) < 0 || setuid((uid_t)(first + i)) < 0)
                _exit(1);
            close(gate[1]);
            sit(&students[i], (unsigned)(first + i), questions, atol(argv[5]), pause, argv[7], argc > 9 ? argv[9] : "", ready,
                gate[0]);
            _exit(0);
        }
    while (__atomic_load_n(ready, __ATOMIC_SEQ_CST) < count && waitpid(-1, &status, WNOHANG) == 0)
        poll(NULL, 0, 1);
    int64_t before = now_us();
    close(gate[1]);
    while (wait(&status) > 0)
        failed += status != 0;
    report(students, count, first, questions, (double)(now_us() - before) / 1e6, argv[8]);
    return failed != 0;
}
