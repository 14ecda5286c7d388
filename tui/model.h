/* What several screens show: the engine's overview and the learner's progress. Filled by answers, read by drawing.
 *
 * The overview is asked for while a screen that shows it is on show (model_want_overview from its tick), and once a second while
 * the engine is away. That the engine goes away is told by a pidfd where one can be had, without asking.
 */
#ifndef SLIPWAY_TUI_MODEL_H
#define SLIPWAY_TUI_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct app;

enum { SPARK_KEPT = 60, METER_MAX = 1024 };

/* Rates, which need two looks. */
struct meter {
    char id[65];
    int64_t cpu_ns, at_ns;
    double percent;
    double history[SPARK_KEPT];
    int count;
    bool seen;
};

enum link { LINK_UNKNOWN, LINK_UP, LINK_DOWN };

struct model {
    enum link link;
    char reason[300];
    json_t *overview; /* the last one; kept, grey, while the engine is away */
    bool asking;
    bool docker; /* the engine is Docker's own: no overview, no X-ray */
    struct meter *meters;
    size_t meter_count;
    int pidfd;
    char marked[80], marked_name[80]; /* a container that others are to be compared with; "" for none */
    json_t *progress;                 /* progress.get */
    bool asking_progress;
    char school_error[300];
};

void model_open(struct app *app);
void model_close(struct app *app);
void model_want_overview(struct app *app);
void model_want_progress(struct app *app);

const struct meter *model_meter(const struct app *app, const char *id); /* NULL before the first look */
json_t *model_container(const struct app *app, const char *id);         /* borrowed; NULL when it is gone */
long long model_number(const struct app *app, const char *path);        /* of the overview */

/* "done" and "step" of one lesson or lab; 0 when never touched. */
bool model_done(const struct app *app, const char *kind, const char *id);
int model_step(const struct app *app, const char *kind, const char *id);

/* A new document like GET /slipway/overview out of GET /containers/json, with less in it. */
json_t *model_of_docker(json_t *list);

#endif
