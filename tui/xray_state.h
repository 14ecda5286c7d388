/* The X-ray screen's state, for the tabs that do more than draw a document. A tab of that kind draws by a panel, has a table of
 * actions, and keeps what it needs here. */
#ifndef SLIPWAY_TUI_XRAY_STATE_H
#define SLIPWAY_TUI_XRAY_STATE_H

#include "tui/app.h"
#include "tui/menu.h"
#include "tui/xray.h"

enum {
    XRAY_LAYERS,
    XRAY_NAMESPACES,
    XRAY_CGROUP,
    XRAY_NETWORK,
    XRAY_CHAINS,
    XRAY_SIGNALS,
    XRAY_PRIVILEGES,
    XRAY_STEPS,
    XRAY_TABS,
};

/* Something that was done to the container, the document as it was then, and what came of it. */
struct deed_done {
    char text[160], error[300]; /* "SIGTERM sent"; why not */
    json_t *then;
    int64_t at_ns; /* 0: nothing was done yet */
    bool answered;
};

struct xray {
    char id[80], name[80];
    int tab, top, lines, rows;
    json_t *now[XRAY_TABS], *before[XRAY_TABS];
    int64_t changed_ns[XRAY_TABS];
    char error[XRAY_TABS][300];
    bool asking, asking_other;
    int asked; /* the tab that the answer under way is for */
    struct menu menu;
    struct deed_done signal, limit;
    /* Another container, beside this one. */
    char other_id[80], other_name[80], other_asked_id[80];
    json_t *other[XRAY_TABS];
    int other_asked;
    char other_error[300];
    /* Steps: the one that the replay stands at. */
    bool replay;
    int step;
    /* A limit that is about to be written. */
    int limit_kind;
    char limit_text[64];
};

/* A tab that acts: like xray_draw, with the state. */
typedef int (*xray_panel)(struct app *app, struct xray *xray, struct area area, int top);

int xray_namespaces_panel(struct app *app, struct xray *xray, struct area area, int top);
int xray_cgroup_panel(struct app *app, struct xray *xray, struct area area, int top);
int xray_signals_panel(struct app *app, struct xray *xray, struct area area, int top);
int xray_steps_panel(struct app *app, struct xray *xray, struct area area, int top);

extern const struct action xray_layers_actions[], xray_namespaces_actions[], xray_cgroup_actions[], xray_network_actions[],
    xray_chains_actions[], xray_signals_actions[], xray_steps_actions[];

/* POST to the engine; what was done is kept in `deed` with the tab's document as it is now, and the answer when it comes. */
void xray_do(struct app *app, struct xray *xray, struct deed_done *deed, const char *path, json_t *body, const char *text);
void xray_deed_clear(struct deed_done *deed);

/* Actions of every tab that can lie beside another container's: mark this one, choose one, be alone again. */
void xray_compare_mark(struct app *app, void *state);
void xray_compare_choose(struct app *app, void *state);
void xray_compare_end(struct app *app, void *state);
bool xray_comparing(struct app *app, void *state);

#endif
