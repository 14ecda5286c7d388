/* How a lab looks: the step at the left, the sandbox's terminal beside it, the live picture below. */
#include "tui/lab_state.h"

#include "base/clock.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/hit.h"
#include "tui/lab_layout.h"
#include "tui/list.h"
#include "tui/memory_picture.h"
#include "tui/pageview.h"
#include "tui/pane.h"
#include "tui/topology.h"

#include <stdio.h>

static int draw_pages(struct area area, int y, const struct pages *pages)
{
    int from = y;
    for (size_t i = 0; i < pages->count; i++) {
        if (!str_empty(pages->list[i].title))
            y += draw_rich(area, y, 0, S_TITLE, pages->list[i].title) + 1;
        y += draw_blocks(area, y, &pages->list[i]) + 1;
    }
    return y - from;
}

static int draw_step_list(const struct lab_screen *screen, struct area area, int y)
{
    const struct lab *lab = screen->lab;
    for (size_t i = 0; i < lab->step_count; i++, y++) {
        bool done = screen->done[i], on = i == screen->step;
        put(area, y, 0, done ? S_OK : on ? S_ACCENT : S_DIM, glyph(done ? G_CHECK : on ? G_PLAY : G_RING));
        char text[200], help[40] = "";
        int width = snprintf(text, sizeof text, "%zu  %s", i + 1, lab->steps[i].title);
        if (screen->hints_used[i])
            width += snprintf(help, sizeof help, "  (%u hint%s)", screen->hints_used[i], screen->hints_used[i] == 1 ? "" : "s");
        if (width <= area.w - 2) /* a step's name comes first */
            snprintf(text, sizeof text, "%zu  %s%s", i + 1, lab->steps[i].title, help);
        put_fit(area, y, 2, area.w - 2, on ? S_STRONG : S_DIM, text);
    }
    return y;
}

static int draw_hints(const struct lab_screen *screen, const struct lab_step *step, struct area area, int y)
{
    for (size_t i = 0; i < screen->hints && i < step->hint_count; i++) {
        char text[64];
        snprintf(text, sizeof text, "Hint %zu of %zu", i + 1, step->hint_count);
        put(area, y++, 0, S_WARN, text);
        y += draw_pages(area, y, &step->hints[i]);
    }
    return y;
}

static int draw_verdict(const struct lab_screen *screen, struct area area, int y)
{
    if (!str_empty(screen->solution)) {
        put(area, y++, 0, S_TITLE, "The solution ran");
        y += draw_rich(area, y, 0, S_CODE, screen->solution) + 1;
    }
    if (str_empty(screen->advice))
        return y;
    put(area, y, 0, S_WARN, glyph(G_PLAY));
    y += draw_rich(area, y, 2, S_TEXT, screen->advice) + 1;
    return y;
}

static int draw_end(const struct lab_screen *screen, struct area area, int y)
{
    y += draw_rich(area, y, 0, S_OK, "All steps are done.") + 1;
    y += draw_rich(area, y, 0, S_TEXT,
                   "Look around as long as you like: the sandbox is yours until you leave. Esc goes back, R begins again with a "
                   "fresh one.") +
         1;
    return draw_step_list(screen, area, y);
}

static int draw_trouble(const struct lab_screen *screen, struct area area, int y)
{
    const char *text = screen->away ? "The engine is away. When it is back, the lab goes on by itself." : screen->trouble;
    return str_empty(text) ? y : y + draw_rich(area, y, 0, screen->away ? S_WARN : S_BAD, text) + 1;
}

/* What the step that was done just now means. */
static int draw_news(const struct lab_screen *screen, struct area area, int y)
{
    if (screen->news >= screen->lab->step_count)
        return y;
    const struct lab_step *step = &screen->lab->steps[screen->news];
    put(area, y, 0, S_OK, glyph(G_CHECK));
    y += draw_rich(area, y, 2, S_OK, step->title) + 1;
    return y + draw_pages(area, y, &step->meaning);
}

/* What a step still waits for; in a strict lab all before it. */
static int draw_needs(const struct lab_screen *screen, struct area area, int y)
{
    const struct lab *lab = screen->lab;
    bool strict = str_equal(lab->order_of_steps, "strict");
    for (size_t i = 0; i < screen->step; i++)
        if (!screen->done[i] && (strict || strv_has(lab->steps[screen->step].needs, lab->steps[i].slug))) {
            char text[200];
            snprintf(text, sizeof text, "First: %zu  %s", i + 1, lab->steps[i].title);
            return y + draw_rich(area, y, 0, S_WARN, text) + 1;
        }
    return y;
}

/* Everything that is said about the step; drawn from -top on. */
static int draw_text(const struct lab_screen *screen, struct area area, int y)
{
    const struct lab *lab = screen->lab;
    if (screen->introduction)
        return y + draw_pages(area, y, &lab->introduction);
    y = draw_trouble(screen, area, y);
    y = draw_news(screen, area, y);
    if (screen->step >= lab->step_count)
        return draw_end(screen, area, y);
    const struct lab_step *step = &lab->steps[screen->step];
    y += draw_rich(area, y, 0, S_TITLE, step->title) + 1;
    y = draw_needs(screen, area, y);
    y += draw_pages(area, y, &step->instruction);
    if (screen->done[screen->step])
        y += draw_pages(area, y, &step->meaning);
    y = draw_verdict(screen, area, y);
    y = draw_hints(screen, step, area, y);
    return draw_step_list(screen, area, y);
}

static void page_note(const struct lab_screen *screen, char *note, size_t room)
{
    const struct lab *lab = screen->lab;
    long long left = (screen->until_ns - clock_mono_ns()) / 1000000000;
    bool timed = lab->timed && screen->steps_done < lab->step_count;
    if (screen->busy && !screen->away && !timed)
        snprintf(note, room, "%s", screen->doing);
    else if (screen->steps_done >= lab->step_count)
        snprintf(note, room, "%s done", glyph(G_CHECK));
    else if (timed && left <= 0)
        snprintf(note, room, "time is over");
    else if (timed)
        snprintf(note, room, "%lld:%02lld left", left / 60, left % 60);
    else
        snprintf(note, room, "%s", screen->step < lab->step_count && screen->done[screen->step] ? glyph(G_CHECK) : "");
}

static void draw_page(struct lab_screen *screen, struct area area)
{
    const struct lab *lab = screen->lab;
    char title[64], note[48];
    size_t step = screen->step < lab->step_count ? screen->step + 1 : lab->step_count;
    snprintf(title, sizeof title, screen->introduction ? "Introduction" : "Step %zu of %zu", step, lab->step_count);
    page_note(screen, note, sizeof note);
    struct area inside = draw_box(area, title, note, screen->in_terminal ? S_DIM : S_ACCENT);
    screen->rows = inside.h;
    struct area text = area_columns(inside, 0, inside.w - 1), nothing = {text.y, text.x, 0, text.w};
    screen->lines = draw_text(screen, nothing, 0);
    int last = scroll_fit(&screen->top, inside, screen->lines);
    draw_text(screen, text, -screen->top);
    scroll_marks(inside, screen->top, last);
}

static void draw_terminal(struct lab_screen *screen, struct area area)
{
    struct pane *pane = lab_pane(screen);
    bool alive = pane && pane_alive(pane), focus = screen->in_terminal && alive;
    char title[96] = "Sandbox";
    if (screen->machine_count > 1)
        snprintf(title, sizeof title, "Sandbox %s (%zu of %zu, o goes on)",
                 screen->machine ? screen->lab->hosts[screen->machine - 1] : "lab", screen->machine + 1, screen->machine_count);
    const char *note = focus ? "the keyboard is here" : alive ? "Ctrl-] types here" : "Ctrl-] opens a new shell";
    struct area inside = draw_box(area, title, note, focus ? S_ACCENT : S_DIM);
    if (pane)
        pane_draw(pane, (struct area){inside.y, inside.x - 1, inside.h, inside.w + 2}, focus);
}

static void draw_picture(struct app *app, struct lab_screen *screen, struct area area)
{
    bool memory = str_equal(screen->lab->picture, "memory");
    if (!lab_own_picture(screen)) {
        lesson_picture_draw(app, &screen->picture, area);
        return;
    }
    struct area inside = draw_box(area, memory ? "Memory, live" : "Network, live",
                                  app->model.link == LINK_DOWN ? "old" : "read from the kernel, 2 a second", S_DIM);
    if (!screen->now)
        put(inside, 0, 0, S_DIM, "looking");
    else if (memory)
        draw_memory_tree(inside, screen->now, screen->before);
    else
        draw_topology(inside, screen->now, screen->before, "sandbox");
}

static void draw_waiting(const struct lab_screen *screen, struct area area)
{
    struct area inside = draw_box(area, screen->lab ? screen->lab->title : "Lab", NULL, S_DIM);
    if (screen->phase == LAB_FAILED || screen->phase == LAB_LOST) {
        bool lost = screen->phase == LAB_LOST;
        int y = lost ? draw_wrapped(inside, 0, 0, S_STRONG, "The machine of this lab is gone.") + 1 : 0;
        y += draw_wrapped(inside, y, 0, lost ? S_TEXT : S_BAD,
                          lost ? "It was killed, or removed from outside. What you did in it is lost; a fresh one begins with the "
                                 "first step. Your record keeps your time, and that the lab was done if it was."
                               : screen->error) +
             1;
        put(inside, y, 0, S_DIM, lost ? "R makes a fresh one, Esc goes back." : "R tries again, Esc goes back.");
        return;
    }
    put(inside, 0, 0, S_STRONG,
        screen->busy && str_equal(screen->doing, "resetting") ? "Making a fresh sandbox" : "Making your sandbox");
    if (screen->lab)
        draw_wrapped(area_columns(inside, 0, 84), 2, 0, S_TEXT, screen->lab->summary);
}

/* What the borders were drawn for, as far as the mouse is concerned. */
static struct {
    struct area area;
    bool picture;
} borders;

static void width_moved(struct app *app, int y, int x, bool done)
{
    (void)y;
    lab_layout_width_to(lab_layout(), borders.area, borders.picture, x);
    app_dirty(app);
    if (done)
        lab_layout_keep();
}

static void height_moved(struct app *app, int y, int x, bool done)
{
    (void)x;
    lab_layout_height_to(lab_layout(), borders.area, y);
    app_dirty(app);
    if (done)
        lab_layout_keep();
}

/* The two lines of frames between two panes are one border; their corners are nobody's. */
static void offer_borders(struct area area, const struct lab_places *places, bool picture)
{
    const struct area *page = &places->page, *terminal = &places->terminal, *below = &places->picture;
    int column = page->x < terminal->x ? terminal->x : page->x, row = below->y > page->y ? below->y : page->y;
    borders.area = area;
    borders.picture = picture;
    hit_border((struct area){page->y + 1, column - 1, page->h - 2, 2}, width_moved);
    if (picture)
        hit_border((struct area){row - 1, below->x + 1, 2, below->w - 2}, height_moved);
}

void lab_draw(struct app *app, struct lab_screen *screen, struct area area)
{
    if (screen->phase != LAB_OPEN) {
        draw_waiting(screen, area);
        return;
    }
    bool picture = lab_has_picture(screen);
    if (screen->zoom == ZOOM_TERMINAL || (screen->zoom == ZOOM_PICTURE && !picture)) {
        draw_terminal(screen, area);
    } else if (screen->zoom == ZOOM_PICTURE) {
        draw_picture(app, screen, area);
    } else if (screen->zoom == ZOOM_PAGE) {
        draw_page(screen, area);
    } else {
        struct lab_places places = lab_layout_places(lab_layout(), area, picture);
        draw_page(screen, places.page);
        draw_terminal(screen, places.terminal);
        if (picture)
            draw_picture(app, screen, places.picture);
        offer_borders(area, &places, picture);
    }
}
