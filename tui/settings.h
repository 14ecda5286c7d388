/* What the person chose about the look and the keyboard: kept in $XDG_CONFIG_HOME/slipway/settings (~/.config without it), lines
 * "NAME VALUE". A setting is a row of settings.c: the file, the settings screen and `:set` all come from it.
 */
#ifndef SLIPWAY_TUI_SETTINGS_H
#define SLIPWAY_TUI_SETTINGS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct settings {
    int theme;     /* of palette.h */
    int motion;    /* 0: full, 1: reduced: rare changes, and no marks that come and go */
    int ascii;     /* 1: signs from ASCII only */
    int mouse;     /* 0: off */
    int clock;     /* 1: the time of day in the header */
    int esc_delay; /* index into the choices: how long a lone Esc is waited for */
};
extern struct settings settings;

struct setting {
    const char *name, *title, *about;
    const char *const *choices; /* NULL ends */
    int *value;                 /* index of the choice */
    const char *variable;       /* of the environment, which goes before the file; or NULL */
};
extern const struct setting all_settings[]; /* name NULL ends */

char *settings_path(const char *name);                      /* of a file beside the settings; allocated */
const char *settings_shown(const char *name, char out[64]); /* the same as a person would write it: "~/.config/slipway/keys" */
void settings_load(char *note, size_t room);                /* defaults, file, environment; what is wrong in `note`, else empty */
void settings_read(const char *path, const char *text, char *note, size_t room);
int settings_save(struct error *err);
/* -EINVAL when there is no such setting or choice, which `err` names. */
int settings_set(const char *name, const char *value, struct error *err);
void settings_apply(void); /* colours, signs, mouse and keyboard of the terminal as the settings say; after outer_open() */

#endif
