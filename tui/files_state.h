/* What files.c keeps of the merged tree, and files_draw.c draws. */
#ifndef SLIPWAY_TUI_FILES_STATE_H
#define SLIPWAY_TUI_FILES_STATE_H

#include "tui/app.h"
#include "tui/files.h"
#include "tui/list.h"

enum { FILES_PATH_ROOM = 4200 };

/* One line: a thing, or (entry NULL) that a directory has more than was asked for. */
struct files_line {
    const json_t *entry;  /* borrowed from `directories` */
    const json_t *within; /* the document of the directory that it is in */
    char *path;           /* its own; of the directory when entry is NULL */
    int depth;
};

struct files {
    char kind[16], id[200], name[200], error[300];
    long long layer;      /* shown up to it; 0: all */
    long long shown, all; /* the layer on show, and how many there are, as last told */
    bool by_size;
    json_t *directories;       /* path -> the document as far as it was asked for */
    json_t *open;              /* path -> true */
    json_t *more;              /* path -> true: its next page is wanted */
    char *asked;               /* the path that is being asked for */
    unsigned turn, asked_turn; /* counts what makes earlier answers useless */
    struct files_line *lines;
    int count, room;
    char selected[FILES_PATH_ROOM];
    struct list list;
};

const json_t *files_root(const struct files *files); /* the document of "/"; NULL before it has come */
bool files_is_open(const struct files *files, const char *path);
bool files_is_directory(const json_t *entry); /* one that is there */
const struct files_line *files_selected(const struct files *files);

void files_draw(struct app *app, void *state, struct area area);

#endif
