/* Screens as they were approved: each is drawn in process from canned answers and compared with tests/tui/expected.
 * SLIPWAY_ACCEPT=1 writes what is drawn there instead: look at the difference before you commit it. */
#ifndef TUI_APPROVED_H
#define TUI_APPROVED_H

#include "tui_world.h"

/* How to come to a screen, and what is seen there once all has come, where a stream does not say so itself. */
struct approved {
    const char *name, *keys, *wait;
};

static void approved_compare(const char *name, int rows, int columns)
{
    char path[160];
    snprintf(path, sizeof path, "tests/tui/expected/%s-%dx%d.txt", name, columns, rows);
    cleanup_free char *drawn = world_text();
    if (getenv("SLIPWAY_ACCEPT")) {
        assert_int_equal(file_write(path, drawn, strlen(drawn), 0644, NULL), 0);
        return;
    }
    cleanup_free char *wanted = file_read(path, NULL, NULL);
    if (!wanted)
        fail_msg("%s is missing; SLIPWAY_ACCEPT=1 makes it", path);
    if (strcmp(drawn, wanted) != 0)
        fail_msg("%s differs; drawn was:\n%s", path, drawn);
}

static void approved_all(const struct approved *screens, size_t count, int rows, int columns)
{
    for (size_t i = 0; i < count; i++) {
        world.looks = 0;
        world_open(rows, columns);
        world.app.still = true;
        world_keys(screens[i].keys);
        if (screens[i].wait)
            wait_text(screens[i].wait);
        approved_compare(screens[i].name, rows, columns);
        world_close();
    }
}

/* Drawn at many sizes, none of which may crash. */
static void approved_at_every_size(const struct approved *screens, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        world_open(24, 80);
        world_keys(screens[i].keys);
        for (int rows = 1; rows <= 60; rows += rows < 30 ? 1 : 6)
            for (int columns = 1; columns <= 200; columns += columns < 90 ? 7 : 20) {
                resizeterm(rows, columns);
                app_draw(&world.app);
                refresh();
            }
        world_close();
    }
}

#endif
