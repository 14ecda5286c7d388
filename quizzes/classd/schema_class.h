/* The migration that brings the tables of a class (schema.c has its place among the others). */
#ifndef SLIPWAY_QUIZZES_CLASSD_SCHEMA_CLASS_H
#define SLIPWAY_QUIZZES_CLASSD_SCHEMA_CLASS_H

extern const char schema_class[], schema_marks[], schema_quizzes[], schema_rows[], schema_waits[];

#endif
