/* A git repository as the context of a build. */
#ifndef SLIPWAY_CLI_BUILD_GIT_H
#define SLIPWAY_CLI_BUILD_GIT_H

#include "base/error.h"

#include <stdbool.h>

/* Whether a text is the address of one: git://, git@, github.com/, or anything that ends in .git. */
bool build_git_is(const char *text);

/* "ADDRESS#REF:DIRECTORY", the latter two optional: what is at REF is put into a new directory, *root, which is the caller's, files
 * and all. *directory is the one to build from. Both allocated. EPROTO in Docker's words. */
int build_git_clone(const char *address, char **root, char **directory, struct error *err);

#endif
