/* A lesson as one HTML document that needs nothing else: for handouts, and for readers who prefer a browser. */
#ifndef SLIPWAY_LESSONS_HTML_H
#define SLIPWAY_LESSONS_HTML_H

#include <stdio.h>

struct lesson;

/* Predictions are questions whose answers unfold. */
void lesson_html(struct lesson *lesson, FILE *out);

#endif
