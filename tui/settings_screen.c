/* The settings: each with its choices and what it means, kept as soon as it is changed. */
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/list.h"
#include "tui/settings.h"

#include <stdio.h>
#include <stdlib.h>

struct settings_screen {
    struct list list;
};

static int count(void)
{
    int n = 0;
    while (all_settings[n].name)
        n++;
    return n;
}

static void draw_choices(struct area area, int y, const struct setting *setting, bool on)
{
    enum style row = table_row(area, y, on);
    put_fit(area, y, 2, 14, on ? row : S_STRONG, setting->title);
    int x = 18;
    for (int i = 0; setting->choices[i]; i++) {
        bool chosen = i == *setting->value;
        x += put(area, y, x, on ? row : chosen ? S_OK : S_DIM, chosen ? glyph(G_CHECK) : " ") + 1;
        x += put(area, y, x, on ? row : chosen ? S_STRONG : S_DIM, setting->choices[i]) + 2;
    }
}

/* How each style looks now. */
static void draw_sample(struct area area)
{
    static const struct {
        enum style style;
        const char *text;
    } samples[] = {{S_TEXT, "text"},           {S_STRONG, "strong"}, {S_DIM, "dim"},         {S_TITLE, "heading"},
                   {S_ACCENT, "name"},         {S_CODE, "command"},  {S_KEY, "key"},         {S_OK, "running"},
                   {S_WARN, "near its limit"}, {S_BAD, "failed"},    {S_CHANGED, "changed"}, {S_SELECT, "selected"},
                   {S_BANNER, "banner"}};
    struct area inside = draw_box(area, "As it looks", NULL, S_DIM);
    int x = 0, y = 0;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        if (x + text_width(samples[i].text) > inside.w) {
            x = 0;
            y++;
        }
        x += put(inside, y, x, samples[i].style, samples[i].text) + 2;
    }
    draw_gauge(inside, y + 2, 0, inside.w < 40 ? inside.w : 40, 0.6, S_OK);
}

static void draw_settings(struct app *app, void *state, struct area area)
{
    struct settings_screen *screen = state;
    (void)app;
    int total = count(), upper = total + 6;
    struct area inside = draw_box(area_rows(area, 0, upper), "Settings", "Enter, Left and Right change", S_DIM);
    struct area body = {inside.y, inside.x - 1, total < inside.h ? total : inside.h, inside.w + 2};
    int top = list_fit(&screen->list, body, total);
    for (int y = 0; y < body.h && top + y < total; y++)
        draw_choices(body, y, &all_settings[top + y], list_selected(&screen->list, top + y));
    const struct setting *setting = &all_settings[screen->list.selected];
    int y = total + 1 + draw_wrapped(area_rows(inside, total + 1, 2), 0, 0, S_TEXT, setting->about);
    const char *said = setting->variable ? getenv(setting->variable) : NULL;
    if (!str_empty(said))
        putf(inside, y, 0, S_WARN, "$%s says %s, and goes before what is kept here at the next start", setting->variable, said);
    draw_sample(area_rows(area, upper, 6));
    char shown[64];
    struct area rest = area_rows(area, upper + 6, area.h);
    int x = 2 + put(rest, 0, 2, S_DIM, "kept in") + 1;
    put(rest, 0, x, S_CODE, settings_shown("settings", shown));
    x = 2 + put(rest, 1, 2, S_DIM, "keys, lines of ACTION KEY..., in") + 1;
    put(rest, 1, x, S_CODE, settings_shown("keys", shown));
}

static void change(struct app *app, struct settings_screen *screen, int by)
{
    const struct setting *setting = &all_settings[screen->list.selected];
    struct error err = ERROR_INIT;
    int choices = 0;
    while (setting->choices[choices])
        choices++;
    *setting->value = (*setting->value + by + choices) % choices;
    settings_apply();
    if (settings_save(&err) < 0)
        app_note(app, S_BAD, "not kept: %s", err.message);
    app_ran(app, "slipway # :set %s %s", setting->name, setting->choices[*setting->value]);
}

static void next_choice(struct app *app, void *state) { change(app, state, 1); }
static void choice_before(struct app *app, void *state) { change(app, state, -1); }

static bool key_settings(struct app *app, void *state, keycode key)
{
    (void)app;
    return list_key(&((struct settings_screen *)state)->list, key, count());
}

static const struct action actions[] = {
    {"settings.change", "Enter Right l Space", "change", "the next choice; it holds at once, and is kept", next_choice, NULL},
    {"settings.change-back", "Left h", NULL, "the choice before", choice_before, NULL},
    {"move.down", NULL, "choose", "another setting", NULL, NULL},
    {"move.up", NULL, "choose", "another setting", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "What you chose about the look and the keyboard. A theme changes colours only: whatever has a state says so by a sign or a "
     "word "
     "too. Keys are set in a file of their own: each line is the name of an action, as the palette shows it, and its keys.",
     "man 1 slipway", NULL},
};

const struct screen screen_settings = {
    .name = "settings",
    .title = "Settings",
    .about = "Colours, motion, signs, mouse and keyboard. The environment goes before what is kept: SLIPWAY_THEME, SLIPWAY_ASCII, "
             "NO_COLOR.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .size = sizeof(struct settings_screen),
    .draw = draw_settings,
    .key = key_settings,
};
