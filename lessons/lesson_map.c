/* The course map as a document, and printed. */
#include "lessons/lesson_map.h"

#include "base/files.h"
#include "base/frontmatter.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <dirent.h>

const struct lesson *map_teaches(const struct lesson *lessons, size_t count, const char *topic)
{
    for (size_t i = 0; i < count; i++)
        if (lessons[i].topics && strv_has(lessons[i].topics, topic))
            return &lessons[i];
    return NULL;
}

const struct lesson *map_uses(const struct lesson *lessons, size_t count, const char *feature)
{
    for (size_t i = 0; i < count; i++)
        if (lessons[i].features && strv_has(lessons[i].features, feature))
            return &lessons[i];
    return NULL;
}

/* The front matter alone: what else a lab needs to be one is no matter here. */
char **map_lab_features(void)
{
    char **out = NULL;
    cleanup_free char *folder = content_dir("labs");
    cleanup_dir DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        cleanup_free char *path = str_format("%s/%s/lab.md", folder, entry->d_name);
        cleanup_free char *text = *entry->d_name != '.' && path_exists(path) ? file_read(path, NULL, NULL) : NULL;
        cleanup_json json_t *head = text ? front_matter_parse(path, text, NULL, NULL) : NULL;
        cleanup_strv char **features = json_to_strv(json_at(head, "features"));
        for (char **feature = features; feature && *feature; feature++)
            strv_add(&out, *feature);
    }
    return out;
}

static bool is_ready(struct lesson *lessons, size_t count, const struct lesson *lesson, lesson_done_fn done, const void *data)
{
    for (char **slug = lesson->prerequisites; slug && *slug; slug++)
        if (lesson_find(lessons, count, *slug) && !done(data, *slug))
            return false;
    return true;
}

const struct lesson *lesson_next(struct lesson *lessons, size_t count, lesson_done_fn done, const void *data)
{
    const struct lesson *first = NULL;
    for (size_t i = 0; i < count; i++) {
        if (done(data, lessons[i].slug))
            continue;
        if (is_ready(lessons, count, &lessons[i], done, data))
            return &lessons[i];
        first = first ? first : &lessons[i];
    }
    return first; /* in a circle of prerequisites one has to begin somewhere */
}

enum lesson_state lesson_state(struct lesson *lessons, size_t count, const struct lesson *lesson, const struct lesson *next,
                               lesson_done_fn done, const void *data)
{
    if (done(data, lesson->slug))
        return LESSON_DONE;
    if (lesson == next)
        return LESSON_NEXT;
    return is_ready(lessons, count, lesson, done, data) ? LESSON_OPEN : LESSON_LATER;
}

const char *lesson_state_name(enum lesson_state state)
{
    static const char *const names[] = {"open", "later", "next", "done"};
    return names[state];
}

static json_t *list_or_empty(char *const *list) { return list ? json_from_strv(list) : json_array(); }

static json_t *topics_json(const struct lesson *lesson, const struct syllabus *syllabus)
{
    json_t *out = json_array();
    for (char **id = lesson->topics; id && *id; id++) {
        const struct topic *topic = syllabus_topic(syllabus, *id);
        json_array_append_new(out, json_pack("{s:s,s:s}", "id", *id, "title", topic ? topic->title : ""));
    }
    return out;
}

static json_t *lesson_json(const struct lesson *lesson, const struct syllabus *syllabus, enum lesson_state state)
{
    return json_pack("{s:s,s:s,s:i,s:s,s:o,s:o,s:o}", "slug", lesson->slug, "title", lesson->title, "minutes", lesson->minutes,
                     "state", lesson_state_name(state), "prerequisites", list_or_empty(lesson->prerequisites), "labs",
                     list_or_empty(lesson->labs), "topics", topics_json(lesson, syllabus));
}

static json_t *domain_json(const char *domain, struct lesson *lessons, size_t count, const struct syllabus *syllabus,
                           lesson_done_fn done, const void *data)
{
    json_t *list = json_array(), *missing = json_array();
    const struct lesson *next = lesson_next(lessons, count, done, data);
    for (size_t i = 0; i < count; i++)
        if (str_equal(lessons[i].domain, domain))
            json_array_append_new(list,
                                  lesson_json(&lessons[i], syllabus, lesson_state(lessons, count, &lessons[i], next, done, data)));
    for (size_t i = 0; i < syllabus->topic_count; i++) {
        const struct topic *topic = &syllabus->topics[i];
        if (str_equal(topic->domain, domain) && !map_teaches(lessons, count, topic->id))
            json_array_append_new(missing, json_pack("{s:s,s:s}", "id", topic->id, "title", topic->title));
    }
    return json_pack("{s:s,s:s,s:o,s:o}", "domain", domain, "title", lesson_domain_title(domain), "lessons", list, "missing",
                     missing);
}

json_t *map_json(struct lesson *lessons, size_t count, const struct syllabus *syllabus, char *const *met, lesson_done_fn done,
                 const void *data)
{
    json_t *domains = json_array(), *features = json_array();
    for (const char *const *domain = lesson_domains; *domain; domain++)
        json_array_append_new(domains, domain_json(*domain, lessons, count, syllabus, done, data));
    for (size_t i = 0; i < syllabus->feature_count; i++) {
        const struct feature *feature = &syllabus->features[i];
        if (!map_uses(lessons, count, feature->id) && !(met && strv_has(met, feature->id)))
            json_array_append_new(features, json_pack("{s:s,s:s}", "id", feature->id, "what", feature->what));
    }
    return json_pack("{s:o,s:o}", "domains", domains, "features_missing", features);
}

static void print_lesson(const json_t *lesson, FILE *out)
{
    fprintf(out, "  %-5s %-34s %s\n", json_str(lesson, "state", ""), json_str(lesson, "slug", ""), json_str(lesson, "title", ""));
    size_t index;
    json_t *topic;
    const json_t *topics = json_at(lesson, "topics");
    json_array_foreach(topics, index, topic)
        fprintf(out, "        %s %s\n", json_str(topic, "id", ""), json_str(topic, "title", ""));
    cleanup_strv char **labs = json_to_strv(json_at(lesson, "labs"));
    for (char **lab = labs; lab && *lab; lab++)
        fprintf(out, "        lab %s\n", *lab);
}

size_t map_print(const json_t *map, FILE *out)
{
    size_t holes = 0, i, j;
    json_t *domain, *entry;
    json_array_foreach(json_at(map, "domains"), i, domain)
    {
        fprintf(out, "%s\n", json_str(domain, "title", ""));
        json_array_foreach(json_at(domain, "lessons"), j, entry) { print_lesson(entry, out); }
        json_array_foreach(json_at(domain, "missing"), j, entry)
        {
            fprintf(out, "  no lesson: %s %s\n", json_str(entry, "id", ""), json_str(entry, "title", ""));
            holes++;
        }
        fputc('\n', out);
    }
    json_array_foreach(json_at(map, "features_missing"), j, entry)
    {
        fprintf(out, "met by no lesson or lab: %s (%s)\n", json_str(entry, "id", ""), json_str(entry, "what", ""));
        holes++;
    }
    return holes;
}
