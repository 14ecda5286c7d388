/* The explorer: beside the containers, tables of images, volumes and networks, and the events. One file each; what the three tables
 * share is here: asking for the list (again when an event says that it may have changed, never by the clock), marks, removal with a
 * question first, and the strip of names on top.
 */
#ifndef SLIPWAY_TUI_EXPLORE_H
#define SLIPWAY_TUI_EXPLORE_H

#include "tui/app.h"
#include "tui/ask.h"
#include "tui/browse.h"
#include "tui/news.h"

enum explore_tab { EXPLORE_CONTAINERS, EXPLORE_IMAGES, EXPLORE_VOLUMES, EXPLORE_NETWORKS, EXPLORE_EVENTS, EXPLORE_TABS };

/* What a table is of. */
struct explore_kind {
    enum explore_tab tab;
    const char *one, *many; /* "image", "images" */
    const char *list, *key; /* "/volumes", and the member of the answer that has the list; NULL: the answer is it */
    const struct browse_column *columns;
    int column_count;
    /* A row of browse.h for each entry. `containers`: all of them (GET /containers/json), to say who uses what. */
    json_t *(*rows)(const json_t *list, const json_t *containers);
    const char *remove, *remove_ran, *lost;            /* "/volumes/%s", "slipway volume rm", and what goes with it */
    const char *prune, *prune_ran, *prune_lost;        /* likewise for all that nobody uses */
    const char *reclaimed, *deleted;                   /* members of the answer to that */
    const char *make_prompt, *make_path, *make_member; /* a new one by name, or NULL */
    const char *ran, *empty, *make_ran; /* the command that lists them; one that makes one, for an empty table and for "ran:" */
};

struct explore {
    const struct explore_kind *kind;
    struct browse browse;
    struct news news;
    struct ask ask;
    void (*given)(struct app *app, struct explore *explore, const char *text); /* what the line asked for */
    json_t *list;                                                              /* until the containers come too */
    json_t *known; /* what was found out of things apart from the list: id -> members for its row; NULL for nothing */
    bool asking, again, loaded;
    char error[300];
    int under_way, failed, done; /* removals */
    char refusal[300];
};

void explore_open(struct app *app, struct explore *explore, const struct explore_kind *kind);
void explore_close(struct app *app, void *state);
void explore_draw(struct app *app, void *state, struct area area);
bool explore_key(struct app *app, void *state, keycode key);
bool explore_typing(struct app *app, void *state);
void explore_tick(struct app *app, void *state);
int explore_interval(struct app *app, void *state);
void explore_refresh(struct app *app, struct explore *explore);

/* For the tables of actions. */
void explore_mark(struct app *app, void *state);
void explore_mark_all(struct app *app, void *state);
void explore_sort(struct app *app, void *state);
void explore_reverse(struct app *app, void *state);
struct filter *explore_filter(struct app *app, void *state);
void explore_inspect(struct app *app, void *state);
void explore_remove(struct app *app, void *state);
void explore_prune(struct app *app, void *state);
void explore_make(struct app *app, void *state);
void explore_next(struct app *app, void *state);
void explore_before(struct app *app, void *state);

/* The rows that are the same in each, with the screen's own prefix: marks, order, filter, the next table. */
#define EXPLORE_ACTIONS(prefix)                                                                                                    \
    {prefix ".mark", "Space", "mark", "mark it, to act on several; * marks all", explore_mark, NULL},                              \
        {prefix ".mark-all", "*", NULL, "mark it, to act on several; * marks all", explore_mark_all, NULL},                        \
        {prefix ".sort", "o", "order", "order by the next column; O turns it round", explore_sort, NULL},                          \
        {prefix ".reverse", "O", NULL, "order by the next column; O turns it round", explore_reverse, NULL},                       \
        {prefix ".next", "Tab", "next table", "containers, images, volumes, networks, events", explore_next, NULL},                \
    {                                                                                                                              \
        prefix ".before", "Shift-Tab", NULL, "containers, images, volumes, networks, events", explore_before, NULL                 \
    }

/* What the screens of all tables have in common. */
#define EXPLORE_SCREEN                                                                                                             \
    .fleeting = true, .size = sizeof(struct explore), .draw = explore_draw, .key = explore_key, .filter = explore_filter,          \
    .typing = explore_typing, .tick = explore_tick, .interval = explore_interval, .close = explore_close

/* The names of the tables in the first row, the one on show marked; gives what is below. */
struct area explore_strip(struct area area, enum explore_tab on);
void explore_show(struct app *app, enum explore_tab tab);

/* For rows: seconds since the epoch of a time as Docker writes it (0 when it says nothing), that as an age ("3 min"), and the name
 * of a container as its list has it. */
long long explore_seconds(const char *rfc3339);
char *explore_age(long long seconds, char *out);
const char *explore_name(const json_t *container);

/* The names of the containers that use `object` (`uses` says so of each), for a column; null when there is none. */
json_t *explore_users(const json_t *containers, bool (*uses)(const json_t *container, const char *object), const char *object);

/* What made a layer, as it stands in a Dockerfile: without the shell that the builder puts around it. */
const char *explore_made_by(const json_t *layer, char *out, size_t room);

/* Names of rows: the first few for a question ("web, db, cache and 4 more"), or all. */
void explore_names(const json_t *rows, const char *between, bool all, char *out, size_t room);

/* One thing to look into: see inspect.c. */
struct thing {
    const char *kind; /* "container", "image", "volume", "network" */
    const char *id, *name;
};
void explore_look_into(struct app *app, const struct thing *thing);

extern const struct screen screen_images, screen_volumes, screen_networks, screen_events, screen_inspect, screen_stats,
    screen_image, screen_files;

#endif
