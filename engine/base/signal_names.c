/* Signals by their names, as Docker's clients and Dockerfiles write them. */
#include "base/signal_names.h"

#include "base/memory.h"
#include "base/strings.h"

#include <signal.h>
#include <string.h>
#include <strings.h>

int signal_number(const char *text)
{
    long long number;
    if (str_to_int(text, &number))
        return number > 0 && number <= 64 ? (int)number : 0;
    if (strncasecmp(text, "SIG", 3) == 0)
        text += 3;
    static const struct {
        const char *name;
        int number;
    } others[] = {{"CLD", SIGCHLD}, {"IOT", SIGABRT}, {"IO", SIGIO}, {"POLL", SIGPOLL}, {"STKFLT", SIGSTKFLT}};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (strcasecmp(others[i].name, text) == 0)
            return others[i].number;
    for (int i = 1; i < 32; i++)
        if (sigabbrev_np(i) && strcasecmp(sigabbrev_np(i), text) == 0)
            return i;
    if (strcasecmp(text, "RTMIN") == 0)
        return SIGRTMIN;
    if (strcasecmp(text, "RTMAX") == 0)
        return SIGRTMAX;
    if (strncasecmp(text, "RTMIN+", 6) == 0 && str_to_int(text + 6, &number) && number >= 0 && number <= 15)
        return SIGRTMIN + (int)number;
    if (strncasecmp(text, "RTMAX-", 6) == 0 && str_to_int(text + 6, &number) && number >= 0 && number <= 14)
        return SIGRTMAX - (int)number;
    return 0;
}
