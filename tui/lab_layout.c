/* The borders between a lab's panes, and their file. */
#include "tui/lab_layout.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_LEAST = 24, TERMINAL_LEAST = 30, PICTURE_LEAST = 5, UPPER_LEAST = 7, TERMINAL_TRUE = 82 };

static int within(int value, int least, int most)
{
    value = value > most ? most : value;
    return value < least ? least : value;
}

static int usual_width(int all)
{
    int width = all >= 120 && all - TERMINAL_TRUE <= 60 ? all - TERMINAL_TRUE : all * 2 / 5;
    return width < 32 ? 32 : width;
}

static int usual_height(int all) { return all >= 30 ? all * 2 / 5 : 9; }

struct lab_places lab_layout_places(struct lab_layout *layout, struct area area, bool picture)
{
    int width = within(usual_width(area.w) + layout->wider, PAGE_LEAST, area.w - TERMINAL_LEAST);
    int height = picture ? within(usual_height(area.h) + layout->higher, PICTURE_LEAST, area.h - UPPER_LEAST) : 0;
    layout->wider = width - usual_width(area.w);
    layout->higher = picture ? height - usual_height(area.h) : layout->higher;
    int upper = area.h - height;
    bool above = layout->arrangement == PICTURE_OVER_PAGE_TERMINAL, beside = layout->arrangement == PAGE_PICTURE_BESIDE_TERMINAL;
    struct area rows = area_rows(area, above ? height : 0, upper);
    struct lab_places places = {.picture = area_rows(area, above ? 0 : upper, height)};
    if (layout->arrangement == TERMINAL_PAGE_OVER_PICTURE) {
        places.terminal = area_columns(rows, 0, area.w - width);
        places.page = area_columns(rows, area.w - width, width);
    } else {
        places.page = area_columns(rows, 0, width);
        places.terminal = area_columns(beside ? area : rows, width, area.w - width);
    }
    if (beside)
        places.picture = area_columns(places.picture, 0, width);
    return places;
}

void lab_layout_width_to(struct lab_layout *layout, struct area area, bool picture, int x)
{
    bool mirrored = layout->arrangement == TERMINAL_PAGE_OVER_PICTURE;
    layout->wider = (mirrored ? area.x + area.w - x : x - area.x) - usual_width(area.w);
    lab_layout_places(layout, area, picture);
}

void lab_layout_height_to(struct lab_layout *layout, struct area area, int y)
{
    bool above = layout->arrangement == PICTURE_OVER_PAGE_TERMINAL;
    layout->higher = (above ? y - area.y : area.y + area.h - y) - usual_height(area.h);
    lab_layout_places(layout, area, true);
}

struct lab_layout *lab_layout(void)
{
    static struct lab_layout layout;
    static bool asked;
    if (asked)
        return &layout;
    asked = true;
    cleanup_free char *path = settings_path("layout"), *text = path_exists(path) ? file_read(path, NULL, NULL) : NULL;
    int arrangement, wider, higher;
    if (text && sscanf(text, "lab %d %d %d", &arrangement, &wider, &higher) == 3 && arrangement >= 0 && arrangement < ARRANGEMENTS)
        layout = (struct lab_layout){(enum arrangement)arrangement, within(wider, -1000, 1000), within(higher, -1000, 1000)};
    return &layout;
}

/* A layout that cannot be kept still holds until the program ends. */
void lab_layout_keep(void)
{
    const struct lab_layout *layout = lab_layout();
    cleanup_free char *path = settings_path("layout"), *dir = xstrdup(path);
    cleanup_free char *text = str_format("lab %d %d %d\n", (int)layout->arrangement, layout->wider, layout->higher);
    *strrchr(dir, '/') = 0;
    if (path_make_dirs(dir, 0755, NULL) == 0)
        file_write_atomic(path, text, strlen(text), 0644, false, NULL);
}
