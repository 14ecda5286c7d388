/* What the course has to teach: lessons/topics.yaml and lessons/features.yaml, which say what their fields mean. */
#ifndef SLIPWAY_LESSONS_SYLLABUS_H
#define SLIPWAY_LESSONS_SYLLABUS_H

#include "base/error.h"

#include <stddef.h>

struct topic {
    char *id, *domain, *title, *fact;
    char **questions; /* of the banks, "bank/question": besides those whose own topic is this one */
};

struct feature {
    char *id, *domain, *what;
};

struct syllabus {
    struct topic *topics;
    size_t topic_count;
    struct feature *features;
    size_t feature_count;
};

/* Both files below content_dir("lessons"). EINVAL names file and entry: an id twice, a field missing, a domain that is none. */
int syllabus_load(struct syllabus *out, struct error *err);
void syllabus_free(struct syllabus *syllabus);
#define cleanup_syllabus __attribute__((cleanup(syllabus_free)))

const struct topic *syllabus_topic(const struct syllabus *syllabus, const char *id); /* NULL when there is none */
const struct feature *syllabus_feature(const struct syllabus *syllabus, const char *id);

#endif
