/* The labs that there are, and what a learner's copy of one has of its own. */
#include "labs/lab.h"

#include "base/digest.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int by_order(const void *a, const void *b)
{
    const struct lab *one = a, *other = b;
    return one->order != other->order ? one->order - other->order : strcmp(one->slug, other->slug);
}

/* The first problem of all labs stays in `err`. */
static bool add_lab(const char *folder, struct lab *lab, struct error *err)
{
    cleanup_problems struct lab_problems problems = {0};
    lab_read(folder, lab, &problems);
    if (!problems.count)
        return true;
    lab_clear(lab);
    if (!err->code)
        problems_error(&problems, err);
    return false;
}

int labs_load(struct lab **list, size_t *count, struct error *err)
{
    struct error local = ERROR_INIT;
    err = err ? err : &local;
    *err = ERROR_INIT;
    cleanup_free char *folder = content_dir("labs");
    cleanup_dir DIR *dir = opendir(folder);
    *list = NULL;
    *count = 0;
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        cleanup_free char *inside = str_format("%s/%s/lab.md", folder, entry->d_name), *path = path_join(folder, entry->d_name);
        if (entry->d_name[0] == '.' || !path_exists(inside))
            continue;
        *list = xrealloc(*list, (*count + 1) * sizeof **list);
        *count += add_lab(path, &(*list)[*count], err);
    }
    if (*count) {
        qsort(*list, *count, sizeof **list, by_order);
        return -err->code;
    }
    free(*list);
    *list = NULL;
    if (!err->code)
        error_set(err, ENOENT, "no labs in %s", folder);
    return -err->code;
}

void labs_free(struct lab *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        lab_clear(&list[i]);
    free(list);
}

const struct lab *lab_find(const struct lab *list, size_t count, const char *slug)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i].slug, slug))
            return &list[i];
    return NULL;
}

static char *folder_of(const char *name)
{
    if (!strchr(name, '/')) {
        cleanup_free char *labs = content_dir("labs");
        return path_join(labs, name);
    }
    char *path = realpath(name, NULL);
    return path ? path : xstrdup(name);
}

int lab_load(const char *name, struct lab *lab, struct error *err)
{
    cleanup_free char *folder = folder_of(name), *inside = path_join(folder, "lab.md");
    cleanup_problems struct lab_problems problems = {0};
    *lab = (struct lab){0};
    if (!path_exists(inside)) {
        if (strchr(name, '/'))
            return error_set(err, ENOENT, "no lab in the folder %s: there is no %s", folder, inside);
        return error_set(err, ENOENT, "no such lab: %s; `slipway lab list` names them all", name);
    }
    lab_read(folder, lab, &problems);
    if (problems.count)
        lab_clear(lab);
    return problems_error(&problems, err);
}

void lab_draw_parameters(struct lab *lab, const unsigned char seed[LAB_SEED])
{
    for (size_t i = 0; i < lab->parameter_count; i++) {
        struct lab_parameter *parameter = &lab->parameters[i];
        free(parameter->value);
        parameter->value = template_draw(parameter->template, seed, parameter->name);
    }
    parameters_fill_pages(&lab->introduction, lab->parameters, lab->parameter_count);
    for (size_t i = 0; i < lab->step_count; i++) {
        struct lab_step *step = &lab->steps[i];
        parameters_fill_pages(&step->instruction, lab->parameters, lab->parameter_count);
        parameters_fill_pages(&step->meaning, lab->parameters, lab->parameter_count);
        for (size_t j = 0; j < step->hint_count; j++)
            parameters_fill_pages(&step->hints[j], lab->parameters, lab->parameter_count);
    }
}

static bool seed_parse(const char *hex, unsigned char seed[LAB_SEED])
{
    for (size_t i = 0; i < LAB_SEED; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i] ? hex[2 * i + 1] : 0, 0}, *end;
        seed[i] = (unsigned char)strtoul(pair, &end, 16);
        if (end != pair + 2)
            return false;
    }
    return !hex[(size_t)2 * LAB_SEED];
}

int lab_personalise(struct lab *lab, struct error *err)
{
    unsigned char seed[LAB_SEED];
    if (!lab->parameter_count)
        return 0;
    cleanup_json json_t *request = json_pack("{s:s,s:s}", "op", "lab.seed", "lab", lab->slug), *reply = NULL;
    int r = class_call(request, &reply, err);
    if (r < 0)
        return error_prefix(err, "lab %s: its values for you cannot be drawn", lab->slug);
    if (!seed_parse(json_str(reply, "seed", ""), seed))
        return error_set(err, EPROTO, "lab %s: the school's seed is no number of 32 bytes", lab->slug);
    lab_draw_parameters(lab, seed);
    return 0;
}
