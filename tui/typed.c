/* Commands that are written with arguments in the palette. */
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/capture.h"
#include "tui/finder.h"
#include "tui/settings.h"

#include <errno.h>
#include <string.h>

static int set(struct app *app, const char *arguments, struct error *err)
{
    cleanup_free char *text = xstrdup(arguments);
    char *name = str_trim(text), *value = name + strcspn(name, " ");
    if (*value)
        *value++ = 0;
    int r = settings_set(name, str_trim(value), err);
    r = r < 0 ? r : settings_save(err);
    settings_apply();
    if (r == 0)
        app_note(app, S_OK, "%s is now %s", name, str_trim(value));
    return r;
}

static int theme(struct app *app, const char *arguments, struct error *err)
{
    cleanup_free char *text = str_format("theme %s", arguments);
    return set(app, text, err);
}

static int save_screen(struct app *app, const char *arguments, struct error *err)
{
    int r = capture_save(app, arguments, err);
    if (r == 0)
        app_note(app, S_OK, "the screen is in %s", arguments);
    return r;
}

static int quit(struct app *app, const char *arguments, struct error *err)
{
    (void)arguments, (void)err;
    app_quit(app);
    return 0;
}

const struct typed typed_commands[] = {
    {"set", "NAME VALUE", "change a setting and keep it", set},
    {"theme", "NAME", "auto, dark, light, contrast, colour-blind or mono", theme},
    {"save-screen", "FILE", "keep a picture of the screen: .svg, .html, or else text", save_screen},
    {"quit", "", "leave Slipway", quit},
    {NULL, NULL, NULL, NULL},
};

int typed_run(struct app *app, const char *line, struct error *err)
{
    size_t len = strcspn(line, " ");
    for (const struct typed *typed = typed_commands; typed->name; typed++)
        if (strlen(typed->name) == len && strncmp(typed->name, line, len) == 0)
            return typed->run(app, line + len + strspn(line + len, " "), err);
    return error_set(err, EINVAL, "there is no command \"%.*s\"", (int)len, line);
}
