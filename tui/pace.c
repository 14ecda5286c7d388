/* One frame at a time, see pace.h. */
#include "tui/pace.h"

#include "base/clock.h"
#include "tui/input.h"

#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

static const int64_t PATIENCE_NS = 15 * 1000000000LL; /* a frame of 200x60 at 9600 baud */
static const int64_t PARTING_NS = 2 * 1000000000LL;

static struct {
    bool forbidden, open;
    bool trusted; /* it has answered */
    bool awaited; /* it has been asked */
    bool owed;    /* a frame was written since, and it was not asked again */
    int64_t asked_ns;
} pace;

static void ask(void)
{
    static const char question[] = "\033[5n";
    pace.owed = false;
    pace.asked_ns = clock_mono_ns();
    pace.awaited = write(STDOUT_FILENO, question, sizeof question - 1) == sizeof question - 1;
}

void pace_forbid(void) { pace.forbidden = true; }

void pace_open(void)
{
    pace.open = !pace.forbidden && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO);
    pace.trusted = pace.awaited = pace.owed = false;
    if (pace.open)
        ask();
}

void pace_frame(void)
{
    if (!pace.open)
        return;
    if (pace.awaited)
        pace.owed = true;
    else if (pace.trusted)
        ask();
}

void pace_answer(void)
{
    pace.trusted = pace.open;
    pace.awaited = false;
    if (pace.open && pace.owed)
        ask();
}

int64_t pace_left(int64_t now_ns)
{
    if (!pace.awaited || !pace.trusted)
        return 0;
    int64_t left = pace.asked_ns + PATIENCE_NS - now_ns;
    if (left > 0)
        return left;
    pace.trusted = false; /* until it answers after all */
    return 0;
}

void pace_close(void)
{
    int64_t end = clock_mono_ns() + PARTING_NS, left;
    pace.open = false;
    while (pace.awaited && pace.trusted && (left = end - clock_mono_ns()) > 0) {
        struct pollfd wait = {.fd = STDIN_FILENO, .events = POLLIN};
        if (poll(&wait, 1, (int)(left / 1000000) + 1) > 0 && input_read() == K_NONE && (wait.revents & (POLLHUP | POLLERR)))
            return;
    }
}
