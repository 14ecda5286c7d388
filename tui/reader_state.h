/* The lesson reader's state: what reader.c does and reader_draw.c shows. */
#ifndef SLIPWAY_TUI_READER_STATE_H
#define SLIPWAY_TUI_READER_STATE_H

#include "lessons/lesson.h"
#include "lessons/machine.h"
#include "tui/changes.h"
#include "tui/lesson_picture.h"
#include "tui/lesson_recall.h"
#include "tui/pageview.h"

/* Below the page on a narrow terminal, and below the terminal pane on a wide one (not the terminal then). */
enum side { SIDE_TERMINAL, SIDE_CHANGES, SIDE_PICTURE };
enum reader_zoom { READER_ALL, READER_PAGE, READER_SIDE, READER_ZOOMS };

struct reader {
    struct lesson *lesson; /* NULL: there is none, for the reason in `error` */
    char slug[80];
    size_t page;
    struct pageview view;
    uint64_t *ran;            /* for each page, as view.ran */
    signed char *picks;       /* for each prediction, as view.picks */
    const struct block *seen; /* the picture whose place on the page came into view last */
    struct pane *pane;
    struct changes changes;
    struct lesson_picture picture;
    struct lesson_recall recall;
    struct machine machine; /* of a lesson with a lab machine; id NULL until it is there */
    bool making_machine, in_terminal;
    enum side side;
    enum reader_zoom zoom;
    size_t reading; /* how many manual pages were opened */
    char error[300];
};

const struct page *reader_page(const struct reader *reader);
void reader_act(struct app *app, struct reader *reader); /* Enter */
bool reader_asks(const struct reader *reader);           /* a letter answers something now */
void reader_answer(struct app *app, struct reader *reader, int option);
void reader_ran(struct reader *reader, int stop); /* the command at `stop` was run, from the page or by hand */
/* A shell to type into, a new one when there is none or the old one was left; false when there is none yet, or none to be had. */
bool reader_shell(struct app *app, struct reader *reader);
void reader_want_machine(struct app *app, struct reader *reader); /* makes it in the background */
void reader_type(struct reader *reader, const char *text);        /* there is a shell */
void reader_catch_up(struct app *app, struct reader *reader);     /* the commands of the pages before, but for those that stay */
void reader_draw(struct app *app, struct reader *reader, struct area area);

#endif
