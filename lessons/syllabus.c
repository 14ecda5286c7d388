/* Two YAML files to two tables. */
#include "lessons/syllabus.h"

#include "base/files.h"
#include "base/frontmatter.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "lessons/lesson.h"

#include <errno.h>
#include <stdlib.h>

static int check_entry(const char *path, const json_t *entry, const char *const fields[], struct error *err)
{
    const char *id = json_str(entry, "id", "without an id");
    for (; *fields; fields++)
        if (str_empty(json_str(entry, *fields, "")))
            return error_set(err, EINVAL, "%s: entry %s has no %s", path, id, *fields);
    if (!strv_has((char *const *)lesson_domains, json_str(entry, "domain", "")))
        return error_set(err, EINVAL, "%s: entry %s: \"%s\" is no domain", path, id, json_str(entry, "domain", ""));
    return 0;
}

static int read_topics(const char *path, const json_t *list, struct syllabus *out, struct error *err)
{
    static const char *const fields[] = {"id", "domain", "title", "fact", NULL};
    size_t index;
    json_t *entry;
    out->topics = xcalloc(json_array_size(list) + 1, sizeof *out->topics);
    json_array_foreach(list, index, entry)
    {
        int r = check_entry(path, entry, fields, err);
        if (r < 0)
            return r;
        if (syllabus_topic(out, json_str(entry, "id", "")))
            return error_set(err, EINVAL, "%s: topic %s is there twice", path, json_str(entry, "id", ""));
        out->topics[out->topic_count++] = (struct topic){
            .id = xstrdup(json_str(entry, "id", "")),
            .domain = xstrdup(json_str(entry, "domain", "")),
            .title = xstrdup(json_str(entry, "title", "")),
            .fact = xstrdup(json_str(entry, "fact", "")),
            .questions = json_to_strv(json_at(entry, "questions")),
        };
    }
    return 0;
}

static int read_features(const char *path, const json_t *list, struct syllabus *out, struct error *err)
{
    static const char *const fields[] = {"id", "domain", "what", NULL};
    size_t index;
    json_t *entry;
    out->features = xcalloc(json_array_size(list) + 1, sizeof *out->features);
    json_array_foreach(list, index, entry)
    {
        int r = check_entry(path, entry, fields, err);
        if (r < 0)
            return r;
        if (syllabus_feature(out, json_str(entry, "id", "")))
            return error_set(err, EINVAL, "%s: feature %s is there twice", path, json_str(entry, "id", ""));
        out->features[out->feature_count++] = (struct feature){
            .id = xstrdup(json_str(entry, "id", "")),
            .domain = xstrdup(json_str(entry, "domain", "")),
            .what = xstrdup(json_str(entry, "what", "")),
        };
    }
    return 0;
}

static int read_file(const char *name, const char *key, struct syllabus *out,
                     int (*read)(const char *, const json_t *, struct syllabus *, struct error *), struct error *err)
{
    cleanup_free char *folder = content_dir("lessons"), *path = path_join(folder, name);
    cleanup_json json_t *document = yaml_read_file(path, err);
    if (!document)
        return -err->code;
    json_t *list = json_at(document, key);
    return json_is_array(list) ? read(path, list, out, err) : error_set(err, EINVAL, "%s: there is no list \"%s\"", path, key);
}

int syllabus_load(struct syllabus *out, struct error *err)
{
    struct error local = ERROR_INIT;
    err = err ? err : &local;
    *out = (struct syllabus){0};
    int r = read_file("topics.yaml", "topics", out, read_topics, err);
    if (r == 0)
        r = read_file("features.yaml", "features", out, read_features, err);
    if (r < 0)
        syllabus_free(out);
    return r;
}

void syllabus_free(struct syllabus *syllabus)
{
    for (size_t i = 0; i < syllabus->topic_count; i++) {
        free(syllabus->topics[i].id);
        free(syllabus->topics[i].domain);
        free(syllabus->topics[i].title);
        free(syllabus->topics[i].fact);
        strv_free(syllabus->topics[i].questions);
    }
    for (size_t i = 0; i < syllabus->feature_count; i++) {
        free(syllabus->features[i].id);
        free(syllabus->features[i].domain);
        free(syllabus->features[i].what);
    }
    free(syllabus->topics);
    free(syllabus->features);
    *syllabus = (struct syllabus){0};
}

const struct topic *syllabus_topic(const struct syllabus *syllabus, const char *id)
{
    for (size_t i = 0; i < syllabus->topic_count; i++)
        if (str_equal(syllabus->topics[i].id, id))
            return &syllabus->topics[i];
    return NULL;
}

const struct feature *syllabus_feature(const struct syllabus *syllabus, const char *id)
{
    for (size_t i = 0; i < syllabus->feature_count; i++)
        if (str_equal(syllabus->features[i].id, id))
            return &syllabus->features[i];
    return NULL;
}
