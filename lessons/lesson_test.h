/* Runs a lesson as its reader would. */
#ifndef SLIPWAY_LESSONS_LESSON_TEST_H
#define SLIPWAY_LESSONS_LESSON_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct lesson;

/* Every run block in order, in one shell (in a lab machine when the lesson says so), each with the exit code that it should have;
 * then what the lesson left: containers, volumes, networks, images and files. One line "ok - ..." or "not ok - ..." each on `out`.
 * How many failed. */
int lesson_test(const char *host, struct lesson *lesson, FILE *out);

/* Several of them, to standard output. Lessons on the engine follow each other, for they share it; beside them `jobs` lines of
 * those in lab machines, which share nothing. How many lines of them had a failure. */
int lessons_test(const char *host, struct lesson *const *lessons, size_t count, int jobs);

#endif
