/* What home.c keeps, and home_draw.c and home_standing.c draw. */
#ifndef SLIPWAY_TUI_HOME_STATE_H
#define SLIPWAY_TUI_HOME_STATE_H

#include "tui/app.h"
#include "tui/list.h"

enum station { STATION_LESSON, STATION_LAB, STATION_EXAM };

/* One stop of the path. */
struct stop {
    enum station kind;
    const char *slug, *title, *summary;
    int minutes, step, steps;
    bool done, next; /* `next`: the one suggested */
};

enum { STOPS_MAX = 128 };

struct home {
    struct list list;
    bool moved; /* the learner chose another row than the suggested one */
    bool asked;
    json_t *open_attempt; /* an exam that is running */
    json_t *standing;     /* the school's answer to "standing" */
    struct filter filter;
};

bool home_exam_runs(const struct home *home);
/* The stops of the path into `stops`, and those of them that match what is looked for; how many. */
size_t home_path(struct app *app, struct stop *stops);
size_t home_shown(struct app *app, const struct home *home, struct stop *stops);

void home_draw(struct app *app, void *state, struct area area);
/* Boxes: each domain with what was learned of it; the topics that are weakest. The first is told how many rows it would take. */
int home_domain_rows(struct app *app, const struct home *home);
void home_draw_domains(struct app *app, const struct home *home, struct area area);
void home_draw_weakest(const struct home *home, struct area area);

#endif
