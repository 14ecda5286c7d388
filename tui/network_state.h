/* What the files of the network screen share: network.c has the picture, its stream, keys and tabs; network_rules.c the way that
 * packets take through the rules; network_trace.c asks for the trace of one packet and shows it. */
#ifndef SLIPWAY_TUI_NETWORK_STATE_H
#define SLIPWAY_TUI_NETWORK_STATE_H

#include "base/strings.h"
#include "tui/app.h"
#include "tui/list.h"
#include "tui/network_map.h"

#include <jansson.h>

enum network_tab { NETWORK_MAP, NETWORK_RULES, NETWORK_TRACE, NETWORK_TABS };
enum { JUMPS_MAX = 8, HOOKS = 5 };

struct network_screen {
    enum network_tab tab;
    /* The picture, as it comes. */
    struct client_feed *feed;
    struct watch watch;
    struct buf raw;
    bool opening;
    json_t *now, *before;
    int64_t changed_ns;
    char error[300];
    int top, rows, selected, wires;
    /* The rules of one namespace. */
    json_t *rules, *rules_before;
    bool asking_rules;
    char ns[80], rules_error[300];
    bool v6;
    int hook;
    struct {
        char table[32], chain[64];
    } jumps[JUMPS_MAX]; /* where Enter has led; Backspace leads back */
    int depth;
    struct list list;
    struct filter filter;
    /* The trace of a packet. */
    json_t *trace;
    bool tracing, asking;
    int field;
    char fields[3][128]; /* from, to, protocol */
    char trace_error[300];
    int trace_top, trace_lines, trace_rows;
};

void rules_draw(struct app *app, struct network_screen *screen, struct area area);
bool rules_key(struct network_screen *screen, keycode key);
extern const struct action rules_actions[];
void rules_want(struct app *app, struct network_screen *screen);
/* The hooks with their tables, three lines; those that the traced packet met are marked. */
void rules_draw_path(const struct network_screen *screen, struct area area, bool choose);

void trace_draw(struct app *app, struct network_screen *screen, struct area area);
bool trace_key(struct app *app, struct network_screen *screen, keycode key);
void trace_begin(struct network_screen *screen); /* ask for from and to */
/* Which step of the trace met this rule (number 0: any of the chain), from 1; 0 for none. `*dropped`: it ended there. */
int trace_met(const struct network_screen *screen, const char *table, const char *chain, long long number, bool *dropped);

#endif
