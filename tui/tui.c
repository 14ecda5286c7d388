/* tui_main: guard, terminal, app, and back. */
#include "tui/tui.h"

#include "tui/app.h"
#include "tui/outer.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int tui_main(const struct command_context *context)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        fprintf(stderr, "slipway: the UI needs a terminal on standard input and output\n");
        return 1;
    }
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    signal(SIGPIPE, SIG_IGN);
    int code = outer_guard();
    if (code >= 0)
        return code;
    /* Blocked before curses starts, so that none of its own handlers ever sees a resize. */
    sigset_t resize;
    sigemptyset(&resize);
    sigaddset(&resize, SIGWINCH);
    sigprocmask(SIG_BLOCK, &resize, NULL);
    struct error err = ERROR_INIT;
    if (outer_open(&err) < 0) {
        fprintf(stderr, "slipway: %s\n", err.message);
        return 1;
    }
    static struct app app;
    int result = app_open(&app, context->host, &err);
    if (result == 0) {
        app_run(&app);
        outer_close();
        app_close(&app);
    } else {
        outer_close();
        fprintf(stderr, "slipway: %s\n", err.message);
    }
    return result == 0 ? 0 : 1;
}
