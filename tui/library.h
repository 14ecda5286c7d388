/* The lessons and labs that are installed, loaded once in the background and kept until the end. */
#ifndef SLIPWAY_TUI_LIBRARY_H
#define SLIPWAY_TUI_LIBRARY_H

#include "labs/lab.h"
#include "lessons/lesson.h"
#include "lessons/syllabus.h"

#include <stdbool.h>

struct app;

struct library {
    bool loaded;
    struct lesson *lessons;
    size_t lesson_count;
    struct lab *labs;
    size_t lab_count;
    struct syllabus syllabus; /* empty when there is none */
    char error[400];          /* one line, when something could not be read */
};

const struct library *library(void);
void library_load(struct app *app);
void library_free(void);

#endif
