/* The table of settings, its file, and what the environment says. */
#include "tui/settings.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/glyph.h"
#include "tui/outer.h"
#include "tui/palette.h"

#include <errno.h>
#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings settings;

/* What the environment gave for this time, and what the file says meanwhile: kept, unless the person chooses otherwise. */
enum { SETTINGS_MAX = 16 };
static struct {
    bool given;
    int now, kept;
} borrowed[SETTINGS_MAX];

static const char *const off_on[] = {"off", "on", NULL};
static const char *const motions[] = {"full", "reduced", NULL};
static const char *const delays[] = {"25", "10", "50", "100", "250", NULL};

const struct setting all_settings[] = {
    {"theme", "Theme", "Colours: those of your terminal, or a theme of its own ground. State is never told by colour alone.",
     theme_names, &settings.theme, "SLIPWAY_THEME"},
    {"motion", "Motion",
     "Reduced: figures change at most once in two seconds unless you press a key, and what just changed is not lit up.", motions,
     &settings.motion, NULL},
    {"ascii", "ASCII signs", "Lines and signs from ASCII only, for fonts and terminals that lack the others.", off_on,
     &settings.ascii, "SLIPWAY_ASCII"},
    {"mouse", "Mouse", "Off leaves the mouse to your terminal, for selecting text; F12 does so for a while.", off_on,
     &settings.mouse, NULL},
    {"clock", "Clock", "The time of day in the header; a still screen then wakes once a minute.", off_on, &settings.clock, NULL},
    {"escdelay", "Esc delay",
     "How many milliseconds a lone Esc is waited for before it counts. More over slow lines, where arrows arrive in pieces.",
     delays, &settings.esc_delay, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

char *settings_path(const char *name)
{
    const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    return str_empty(base) ? str_format("%s/.config/slipway/%s", str_or(home, "/"), name) : str_format("%s/slipway/%s", base, name);
}

const char *settings_shown(const char *name, char out[64])
{
    snprintf(out, 64, "%s/slipway/%s", str_empty(getenv("XDG_CONFIG_HOME")) ? "~/.config" : "$XDG_CONFIG_HOME", name);
    return out;
}

static void defaults(void) { settings = (struct settings){.mouse = 1}; }

int settings_set(const char *name, const char *value, struct error *err)
{
    for (const struct setting *setting = all_settings; setting->name; setting++) {
        if (!str_equal(setting->name, name))
            continue;
        for (int i = 0; setting->choices[i]; i++)
            if (str_equal(setting->choices[i], value)) {
                *setting->value = i;
                return 0;
            }
        cleanup_free char *choices = strv_join((char *const *)setting->choices, ", ");
        return error_set(err, EINVAL, "%s cannot be \"%s\"; it is one of %s", name, value, choices);
    }
    return error_set(err, EINVAL, "there is no setting \"%s\"", name);
}

void settings_read(const char *path, const char *text, char *note, size_t room)
{
    cleanup_strv char **lines = str_split(text, '\n');
    note[0] = 0;
    for (int i = 0; lines[i]; i++) {
        char *name = str_trim(lines[i]), *value = name + strcspn(name, " \t");
        if (!*name || *name == '#')
            continue;
        if (*value)
            *value++ = 0;
        struct error err = ERROR_INIT;
        if (settings_set(name, str_trim(value), &err) < 0 && !note[0])
            snprintf(note, room, "%s:%d: %s", path, i + 1, err.message);
    }
}

void settings_load(char *note, size_t room)
{
    cleanup_free char *path = settings_path("settings"), *text = path_exists(path) ? file_read(path, NULL, NULL) : NULL;
    char shown[64];
    defaults();
    settings_read(settings_shown("settings", shown), str_or(text, ""), note, room);
    for (const struct setting *setting = all_settings; setting->name; setting++) {
        const char *value = setting->variable ? getenv(setting->variable) : NULL;
        struct error err = ERROR_INIT;
        size_t at = (size_t)(setting - all_settings);
        borrowed[at].given = !str_empty(value);
        borrowed[at].kept = *setting->value;
        if (str_empty(value))
            continue;
        if (setting->choices == off_on)
            *setting->value = 1;
        else if (settings_set(setting->name, value, &err) < 0 && !note[0])
            snprintf(note, room, "$%s: %s", setting->variable, err.message);
        borrowed[at].now = *setting->value;
    }
}

static int to_keep(const struct setting *setting)
{
    size_t at = (size_t)(setting - all_settings);
    return borrowed[at].given && borrowed[at].now == *setting->value ? borrowed[at].kept : *setting->value;
}

int settings_save(struct error *err)
{
    cleanup_free char *path = settings_path("settings"), *dir = xstrdup(path);
    cleanup_buf struct buf text = BUF_INIT;
    buf_puts(&text, "# Written by Slipway's settings screen; lines are NAME VALUE.\n");
    for (const struct setting *setting = all_settings; setting->name; setting++)
        buf_printf(&text, "%s %s\n", setting->name, setting->choices[to_keep(setting)]);
    *strrchr(dir, '/') = 0;
    int r = path_make_dirs(dir, 0755, err);
    return r < 0 ? r : file_write_atomic(path, text.data, text.len, 0644, false, err);
}

void settings_apply(void)
{
    glyph_ascii(settings.ascii);
    palette_theme(settings.theme);
    palette_calm(settings.motion);
    set_escdelay(atoi(delays[settings.esc_delay]));
    static int mouse = -1; /* F12 gives it away for a while, which another setting does not end */
    if (mouse != settings.mouse)
        outer_mouse(settings.mouse);
    mouse = settings.mouse;
}
