/* New labs: a skeleton to begin with, and scenarios of another program carried over. */
#ifndef SLIPWAY_LABS_LAB_NEW_H
#define SLIPWAY_LABS_LAB_NEW_H

#include "base/error.h"

#include <stdio.h>

/* A lab that lints and passes its own test, to be changed into another. EEXIST when the folder is there. */
int lab_new(const char *folder, struct error *err);

/* A Killercoda scenario (a folder with index.json) as a lab in `folder`; what could not be carried over, and what is left to write,
 * goes to `out` a line each. */
int lab_import(const char *scenario, const char *folder, FILE *out, struct error *err);

/* A file of a lab, with the folders above it. */
int lab_file_write(const char *folder, const char *name, const char *text, struct error *err);

#endif
