/* The class of this machine: where its server listens and as whom it runs. `slipway class init` writes the file once, as root; it
 * is believed only when root, or the one who asks, owns it and nobody else may write it. */
#ifndef SLIPWAY_QUIZZES_CLASS_CONFIG_H
#define SLIPWAY_QUIZZES_CLASS_CONFIG_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct class_config {
    char *title, *socket, *db;
    uid_t uid;
    gid_t gid;
};

/* $SLIPWAY_CLASS_CONFIG, or /etc/slipway/class.json. */
const char *class_config_path(void);

/* ENOENT when this machine has no class (or SLIPWAY_CLASS=none); EPERM when the file is not to be believed. */
int class_config_read(struct class_config *out, struct error *err);
int class_config_write(const struct class_config *config, struct error *err);
void class_config_free(struct class_config *config);
#define cleanup_class_config __attribute__((cleanup(class_config_free)))

#endif
