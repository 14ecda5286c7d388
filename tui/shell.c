/* A shell inside a container, in a pane that fills the screen. */
#include "base/json.h"
#include "base/memory.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/pane.h"

#include <stdio.h>

struct shell {
    struct pane *pane;
    char name[80];
    bool page; /* the keyboard is with the app */
};

static void open_shell(struct app *app, void *state, const void *argument)
{
    struct shell *shell = state;
    const json_t *container = argument;
    copy_text(shell->name, sizeof shell->name, json_str(container, "name", ""));
    json_t *config =
        json_pack("{s:b,s:b,s:b,s:b,s:[s,s,s],s:[s]}", "AttachStdin", 1, "AttachStdout", 1, "AttachStderr", 1, "Tty", 1, "Cmd",
                  "/bin/sh", "-c", "command -v bash >/dev/null && exec bash || exec sh", "Env", "TERM=screen-256color");
    shell->pane = pane_exec(app, json_str(container, "id", ""), config);
}

static void draw_shell(struct app *app, void *state, struct area area)
{
    struct shell *shell = state;
    (void)app;
    char title[128];
    snprintf(title, sizeof title, "Shell in %s", shell->name);
    bool focus = !shell->page && pane_alive(shell->pane);
    struct area inside = draw_box(area, title, focus ? "the keyboard is here" : NULL, focus ? S_ACCENT : S_DIM);
    pane_draw(shell->pane, (struct area){inside.y, inside.x - 1, inside.h, inside.w + 2}, focus);
}

static struct pane *pane_of_shell(struct app *app, void *state)
{
    struct shell *shell = state;
    (void)app;
    return shell->page || !pane_alive(shell->pane) ? NULL : shell->pane;
}

static void swap_shell(struct app *app, void *state)
{
    struct shell *shell = state;
    shell->page = !shell->page;
    app_dirty(app);
}

static void close_shell(struct app *app, void *state)
{
    (void)app;
    pane_close(((struct shell *)state)->pane);
}

static const char *where_shell(struct app *app, void *state)
{
    (void)app;
    return ((struct shell *)state)->name;
}

static const struct action actions[] = {
    {"app.swap", NULL, "terminal", "the keyboard to the terminal, or back to the app", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "A shell that the engine started inside the container by joining its namespaces and its cgroup, as docker exec does. It sees "
     "the container's files, processes, network and host name, and counts against its limits.",
     "man 2 setns, man 1 nsenter", NULL},
};

const struct screen screen_shell = {
    .name = "shell",
    .about = "A process that joins the container's namespaces and cgroup. Leaving the screen hangs up its terminal.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .fleeting = true,
    .size = sizeof(struct shell),
    .open = open_shell,
    .draw = draw_shell,
    .close = close_shell,
    .pane = pane_of_shell,
    .swap = swap_shell,
    .where = where_shell,
};
