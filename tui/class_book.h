/* The gradebook's state: what its keys do (class_book.c) and how its grid looks (class_book_draw.c). */
#ifndef SLIPWAY_TUI_CLASS_BOOK_H
#define SLIPWAY_TUI_CLASS_BOOK_H

#include "tui/class_room.h"

struct book {
    struct class_room room;
    json_t *all, *students; /* the answer; its students that are wanted, in the order shown */
    struct list list;
    int column, left; /* the assignment at the bar, and the first one on show; count: the course mark */
    int cell;         /* columns of the terminal that an assignment has */
    bool open;        /* one student, not the grid */
    int top, lines, rows;
    bool by_mark; /* the lowest course mark first; else by name */
    bool own;     /* a student's: one row, their own */
    char filtered[EDIT_MAX];
};

int book_columns(const struct book *book); /* assignments */
const json_t *book_student(const struct book *book);
const json_t *book_work(const struct book *book); /* at the bar; NULL for the course mark */
void book_draw(struct book *book, struct area area);

#endif
