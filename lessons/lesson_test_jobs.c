/* Several tests of lessons at once. A line of lessons is a process of its own: each has a shell, a terminal and an environment. */
#include "lessons/lesson_test.h"

#include "base/memory.h"
#include "lessons/lesson.h"

#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_ROOM = 64 << 10 }; /* a report is written at once, so that those of two lines do not mix */

/* Line 0 has the lessons on the engine; the others share those in machines among them. */
static int line_of(const struct lesson *lesson, size_t number, int jobs) { return lesson->machine ? 1 + (int)number % jobs : 0; }

static int run_line(const char *host, struct lesson *const *lessons, size_t count, int line, int jobs)
{
    int failures = 0;
    size_t machines = 0;
    for (size_t i = 0; i < count; i++) {
        bool mine = line_of(lessons[i], machines, jobs) == line;
        machines += lessons[i]->machine;
        if (mine)
            failures += lesson_test(host, lessons[i], stdout);
    }
    return failures;
}

int lessons_test(const char *host, struct lesson *const *lessons, size_t count, int jobs)
{
    cleanup_free pid_t *pids = xcalloc((size_t)jobs + 1, sizeof *pids);
    int failed = 0;
    fflush(stdout);
    for (int line = 0; line <= jobs; line++) {
        pids[line] = fork();
        if (pids[line] == 0) {
            setvbuf(stdout, NULL, _IOFBF, OUTPUT_ROOM);
            int failures = run_line(host, lessons, count, line, jobs);
            fflush(stdout);
            _exit(failures > 0);
        }
    }
    for (int line = 0; line <= jobs; line++) {
        int status = 1;
        if (pids[line] < 0 || waitpid(pids[line], &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
            failed++;
    }
    return failed;
}
