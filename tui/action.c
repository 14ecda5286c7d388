/* Looking actions up by key and by name, and the person's own keys for them. */
#include "tui/action.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/keyname.h"
#include "tui/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BOUND_MAX = 256 };

/* What the file of keys says. */
static struct {
    const struct action *action;
    keycode keys[ACTION_KEYS];
    int count;
} bound[BOUND_MAX];
static int bound_count;

static int parse_keys(const char *text, keycode keys[ACTION_KEYS])
{
    int count = 0;
    while (text && *text && count < ACTION_KEYS) {
        size_t len = strcspn(text, " ");
        keycode key = key_parse(text, len, NULL);
        if (key)
            keys[count++] = key;
        text += len + strspn(text + len, " ");
    }
    return count;
}

static int bound_to(const struct action *action)
{
    for (int i = 0; i < bound_count; i++)
        if (bound[i].action == action || str_equal(bound[i].action->id, action->id))
            return i;
    return -1;
}

static const struct action *named_in(const struct action *table, const char *id)
{
    for (; table && table->id; table++)
        if (str_equal(table->id, id))
            return table;
    return NULL;
}

int action_keys(const struct action *action, keycode keys[ACTION_KEYS])
{
    const struct action *row = action->run ? action : named_in(motion_actions, action->id);
    row = row ? row : named_in(general_actions, action->id);
    row = row ? row : action;
    int own = bound_to(row);
    if (own < 0)
        return parse_keys(row->keys, keys);
    memcpy(keys, bound[own].keys, sizeof bound[own].keys);
    return bound[own].count;
}

bool action_has_key(const struct action *action, keycode key)
{
    keycode keys[ACTION_KEYS];
    int count = action_keys(action, keys);
    for (int i = 0; i < count; i++)
        if (keys[i] == key)
            return true;
    return false;
}

const struct part *view_part(struct app *app, const struct view *view)
{
    const struct screen *screen = view->screen;
    if (!screen->parts)
        return NULL;
    int at = screen->part ? screen->part(app, view->state) : 0;
    return &screen->parts[at >= 0 && at < screen->part_count ? at : 0];
}

struct action_set actions_now(struct app *app)
{
    struct view *view = app_view(app);
    const struct part *part = view_part(app, view);
    struct action_set set = {.state = view->state};
    int count = 0;
    if (part && part->actions)
        set.tables[count++] = part->actions;
    if (view->screen->actions)
        set.tables[count++] = view->screen->actions;
    set.tables[count] = general_actions;
    return set;
}

bool action_offered(struct app *app, void *state, const struct action *action) { return !action->when || action->when(app, state); }

/* What the person bound goes before what the tables say, so that a key may be taken from another action. */
static const struct action *find_in(struct app *app, void *state, const struct action *table, keycode key, bool own)
{
    for (; table && table->id; table++)
        if (table->run && (bound_to(table) >= 0) == own && action_has_key(table, key) && action_offered(app, state, table))
            return table;
    return NULL;
}

const struct action *action_find(struct app *app, keycode key, bool general)
{
    struct action_set set = actions_now(app);
    const struct action *found = NULL;
    key = key_plain(key);
    for (int own = bound_count > 0; own >= 0; own--)
        for (int i = 0; !found && set.tables[i]; i++)
            if ((set.tables[i] == general_actions) == general)
                found = find_in(app, set.state, set.tables[i], key, own);
    return found;
}

void action_run(struct app *app, void *state, const struct action *action)
{
    if (action->run && action_offered(app, state, action))
        action->run(app, state);
    app_dirty(app);
}

const struct action *action_named(const char *id)
{
    const struct action *found = named_in(motion_actions, id);
    found = found ? found : named_in(general_actions, id);
    for (size_t i = 0; !found && all_screens[i]; i++) {
        const struct screen *screen = all_screens[i];
        found = named_in(screen->actions, id);
        for (int part = 0; !found && part < screen->part_count; part++)
            found = named_in(screen->parts[part].actions, id);
    }
    return found;
}

/* "a b c d e" is "a-e". */
static void shorten(char *keys)
{
    size_t len = strlen(keys), signs = (len + 1) / 2;
    for (size_t i = 0; i + 1 < len; i += 2)
        if (keys[i + 1] != ' ' || keys[i + 2] != keys[i] + 1)
            return;
    if (signs > 2)
        snprintf(keys + 1, len, "-%c", keys[len - 1]);
}

const struct action *action_group(const struct action *action, bool help, bool all, char *keys, size_t room)
{
    const struct action *first = action;
    size_t used = 0;
    keys[0] = 0;
    for (; action->id && (action == first || str_equal(help ? action->help : action->brief, help ? first->help : first->brief));
         action++) {
        keycode list[ACTION_KEYS];
        int count = action_keys(action, list);
        for (int i = 0; i < count && (all || i == 0); i++) {
            char name[KEY_NAME];
            int added = snprintf(keys + used, room - used, "%s%s", used ? " " : "", key_text(list[i], name));
            used += added > 0 && (size_t)added < room - used ? (size_t)added : 0;
        }
    }
    keys[used] = 0;
    shorten(keys);
    return action;
}

enum motion motion_of(keycode key)
{
    for (int own = bound_count > 0; own >= 0; own--)
        for (const struct action *motion = motion_actions; motion->id; motion++)
            if ((bound_to(motion) >= 0) == own && action_has_key(motion, key))
                return MOVE_DOWN + (enum motion)(motion - motion_actions);
    return MOVE_NONE;
}

/* One line of the file; what is wrong with it, or NULL. */
static const char *bind(char *line, char *what, size_t room)
{
    line[strcspn(line, "\r")] = 0;
    char *id = str_trim(line), *keys = id + strcspn(id, " \t");
    if (!*id || *id == '#')
        return NULL;
    if (*keys)
        *keys++ = 0;
    const struct action *action = action_named(id);
    if (!action || bound_count == BOUND_MAX) {
        snprintf(what, room, "%s", id);
        return "there is no such action";
    }
    int at = bound_to(action), count = 0;
    at = at >= 0 ? at : bound_count++;
    bound[at].action = action;
    char *rest = keys;
    for (char *key; (key = strsep(&rest, " \t")) && count < ACTION_KEYS;) {
        if (key[0] == '#' && (key[1] || !str_empty(rest)))
            break; /* a remark; at the end of a line "#" is the key */
        if (!*key)
            continue;
        const char *why;
        bound[at].keys[count] = key_parse(key, strlen(key), &why);
        if (bound[at].keys[count]) {
            count++;
            continue;
        }
        bound_count -= at + 1 == bound_count;
        snprintf(what, room, "%s", key);
        return why;
    }
    bound[at].count = count;
    return NULL;
}

void keys_read(const char *path, const char *text, char *note, size_t room)
{
    cleanup_strv char **lines = str_split(text, '\n');
    int wrong = 0;
    bound_count = 0;
    note[0] = 0;
    for (int i = 0; lines[i]; i++) {
        char what[64];
        const char *why = bind(lines[i], what, sizeof what);
        if (why && wrong++ == 0)
            snprintf(note, room, "%s:%d: %s: %s", path, i + 1, what, why);
    }
    size_t used = strlen(note);
    if (wrong > 1)
        snprintf(note + used, room - used, " (and %d more)", wrong - 1);
}

void keys_load(char *note, size_t room)
{
    cleanup_free char *path = settings_path("keys"), *text = path_exists(path) ? file_read(path, NULL, NULL) : NULL;
    char shown[64];
    keys_read(settings_shown("keys", shown), str_or(text, ""), note, room);
}
