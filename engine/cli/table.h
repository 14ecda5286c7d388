/* Columns lined up as Go's text/tabwriter does it for Docker: a cell ends at a tab, a column is a run of lines that have that cell,
 * and is as wide as its widest cell plus padding, but at least the minimum. */
#ifndef SLIPWAY_CLI_TABLE_H
#define SLIPWAY_CLI_TABLE_H

#include <stdio.h>

enum { TABLE_MINIMUM = 10, TABLE_PADDING = 3 };

/* `text`: lines ended by '\n', cells ended by '\t' (what follows the last tab belongs to no column). */
void table_write(const char *text, int minimum, int padding, FILE *out);

#endif
