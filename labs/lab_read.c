/* One lab from its folder: the fields of its front matter, its steps, and the files that each step must have. */
#include "labs/field.h"
#include "labs/lab.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define DOMAINS  "foundations installation images networking storage security orchestration"
#define PICTURES "topology memory cgroup layers chains namespaces signals none"
/* What a host may have or lack (GET /slipway/sandboxes/abilities); the engine says why not. */
#define HOST_NEEDS "cgroup-v1 cgroup-v2 memory pids cpu cpuset io freezer devices swap disk root kvm uml"

static const struct field lab_fields[] = {
    {"title", FIELD_TEXT, offsetof(struct lab, title), true, 0, 0, NULL, "Two namespaces and a wire"},
    {"summary", FIELD_TEXT, offsetof(struct lab, summary), true, 0, 0, NULL, "one line on what is done in it"},
    {"order", FIELD_NUMBER, offsetof(struct lab, order), true, 1, 9999, NULL, "110"},
    {"minutes", FIELD_NUMBER, offsetof(struct lab, minutes), true, 1, 240, NULL, "20"},
    {"domain", FIELD_WORD, offsetof(struct lab, domain), true, 0, 0, DOMAINS, "networking"},
    {"objectives", FIELD_LINES, offsetof(struct lab, objectives), true, 0, 0, NULL, "a list of what one can do afterwards"},
    {"topics", FIELD_IDS, offsetof(struct lab, topics), false, 0, 0, NULL, "[N01, N05]"},
    {"features", FIELD_IDS, offsetof(struct lab, features), false, 0, 0, NULL, "a list of ids of lessons/features.yaml"},
    {"prerequisites", FIELD_SLUGS, offsetof(struct lab, prerequisites), false, 0, 0, NULL, "[what-a-container-is]"},
    {"picture", FIELD_WORD, offsetof(struct lab, picture), false, 0, 0, PICTURES, "topology"},
    {"memory", FIELD_BYTES, offsetof(struct lab, memory), false, 16, 4096, NULL, "256m"},
    {"disk", FIELD_BYTES, offsetof(struct lab, disk), false, 1, 16384, NULL, "256m"},
    {"pids", FIELD_NUMBER, offsetof(struct lab, pids), false, 16, 4096, NULL, "256"},
    {"cpus", FIELD_CPUS, offsetof(struct lab, cpus), false, 0, 16, NULL, "1"},
    {"engine", FIELD_YES, offsetof(struct lab, engine), false, 0, 0, NULL, "yes"},
    {"hosts", FIELD_SLUGS, offsetof(struct lab, hosts), false, 0, 0, NULL, "[a, b]"},
    {"needs", FIELD_WORDS, offsetof(struct lab, host_needs), false, 0, 0, HOST_NEEDS, "[cgroup-v1]"},
    {"steps", FIELD_WORD, offsetof(struct lab, order_of_steps), false, 0, 0, "strict free", "strict or free"},
    {"timed", FIELD_YES, offsetof(struct lab, timed), false, 0, 0, NULL, "yes"},
    {"parameters", FIELD_MAP, offsetof(struct lab, templates), false, 0, 0, NULL, "lines such as   subnet: 10.{20-90}.{1-200}"},
    {NULL, FIELD_TEXT, 0, false, 0, 0, NULL, NULL},
};

static const struct field step_fields[] = {
    {"title", FIELD_TEXT, offsetof(struct lab_step, title), true, 0, 0, NULL, "A wire between them"},
    {"needs", FIELD_SLUGS, offsetof(struct lab_step, needs), false, 0, 0, NULL, "[10-namespaces]"},
    {NULL, FIELD_TEXT, 0, false, 0, 0, NULL, NULL},
};

/* Names below `folder` with this prefix and suffix, sorted. */
static char **names_in(const char *folder, const char *prefix, const char *suffix)
{
    struct dirent **entries;
    char **out = NULL;
    int found = scandir(folder, &entries, NULL, versionsort);
    for (int i = 0; i < found; i++) {
        cleanup_free struct dirent *entry = entries[i];
        if (entry->d_name[0] != '.' && str_starts(entry->d_name, prefix) && str_ends(entry->d_name, suffix))
            strv_add(&out, entry->d_name);
    }
    if (found >= 0)
        free(entries);
    return out;
}

static void pages_read(const char *path, struct pages *out, struct lab_problems *problems)
{
    struct error err = ERROR_INIT;
    cleanup_free char *text = file_read(path, NULL, &err);
    if (text)
        pages_parse(text, out);
    else
        problem_add_error(problems, path, &err);
}

static void hints_read(struct lab_step *step, struct lab_problems *problems)
{
    cleanup_strv char **names = names_in(step->folder, "hint-", ".md");
    step->hints = xcalloc(strv_len(names), sizeof *step->hints);
    for (size_t i = 0; names && names[i]; i++) {
        cleanup_free char *path = path_join(step->folder, names[i]), *wanted = str_format("hint-%zu.md", i + 1);
        if (!str_equal(names[i], wanted))
            problem_add(problems, path, 1, "", "hints are numbered without gaps; call it %s", wanted);
        pages_read(path, &step->hints[step->hint_count++], problems);
    }
    if (!step->hint_count)
        problem_add(problems, step->folder, 1, "", "a step needs at least hint-1.md; write what helps without telling all");
}

static bool has_file(const char *folder, const char *name)
{
    cleanup_free char *path = path_join(folder, name);
    return path_exists(path);
}

/* On the main machine, or on any of the others. */
static bool has_script(const struct lab *lab, const char *folder, const char *name)
{
    cleanup_free char *plain = str_format("%s.sh", name);
    bool found = has_file(folder, plain);
    for (char **host = lab->hosts; host && *host && !found; host++) {
        cleanup_free char *there = str_format("%s@%s.sh", name, *host);
        found = has_file(folder, there);
    }
    return found;
}

static void step_read(const struct lab *lab, const char *name, struct lab_step *step, struct lab_problems *problems)
{
    step->slug = xstrdup(name);
    step->folder = path_join(lab->folder, name);
    cleanup_free char *path = path_join(step->folder, "step.md"), *done = path_join(step->folder, "done.md");
    cleanup_head struct head head;
    head_read(&head, path, problems);
    fields_read(&head, step_fields, step, problems);
    if (!step->title)
        step->title = xstrdup(name);
    pages_parse(head.body, &step->instruction);
    if (head.values && !head.body[strspn(head.body, " \n")])
        problem_add(problems, path, body_line(&head), "", "there is no instruction; say after the front matter what is to be done");
    hints_read(step, problems);
    if (path_exists(done))
        pages_read(done, &step->meaning, problems);
    if (!has_script(lab, step->folder, "verify"))
        problem_add(problems, step->folder, 1, "", "a step needs verify.sh; it exits with 0 when the step is done");
    if (!has_script(lab, step->folder, "solve"))
        problem_add(problems, step->folder, 1, "", "a step needs solve.sh; it does what the step asks for");
}

/* Needs name steps that come before: so there is always one that can be done. */
static void needs_check(const struct lab *lab, size_t at, struct lab_problems *problems)
{
    const struct lab_step *step = &lab->steps[at];
    cleanup_free char *path = path_join(step->folder, "step.md");
    for (char **need = step->needs; need && *need; need++) {
        size_t other = 0;
        while (other < at && !str_equal(lab->steps[other].slug, *need))
            other++;
        if (other == at)
            problem_add(problems, path, 1, "needs", "'%s' is no step before this one; name its folder", *need);
    }
}

static void steps_read(struct lab *lab, struct lab_problems *problems)
{
    cleanup_strv char **names = names_in(lab->folder, "", "");
    lab->steps = xcalloc(strv_len(names), sizeof *lab->steps);
    for (size_t i = 0; names && names[i]; i++) {
        cleanup_free char *inside = str_format("%s/%s/step.md", lab->folder, names[i]);
        if (path_exists(inside) && lab->step_count < LAB_STEPS_MOST)
            step_read(lab, names[i], &lab->steps[lab->step_count++], problems);
    }
    for (size_t i = 0; i < lab->step_count; i++)
        needs_check(lab, i, problems);
    if (!lab->step_count)
        problem_add(problems, lab->folder, 1, "", "a lab needs steps; make a folder such as 10-first with a step.md");
}

static void parameters_read(const struct head *head, struct lab *lab, struct lab_problems *problems)
{
    const char *name;
    json_t *template;
    lab->parameters = xcalloc(json_object_size(lab->templates), sizeof *lab->parameters);
    json_object_foreach(lab->templates, name, template)
    {
        const char *text = json_is_string(template) ? json_string_value(template) : NULL;
        const char *problem = !parameter_name_valid(name) ? "a name is a-z, then a-z, 0-9 and _"
                              : text                      ? template_problem(text)
                                                          : NULL;
        if (problem)
            problem_add(problems, head->file, field_line(head, "parameters", name), "parameters", "%s: %s", name, problem);
        else if (text)
            lab->parameters[lab->parameter_count++] = (struct lab_parameter){xstrdup(name), xstrdup(text), NULL};
    }
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void text_default(char **text, const char *value)
{
    if (!*text)
        *text = xstrdup(value);
}

void lab_read(const char *folder, struct lab *lab, struct lab_problems *problems)
{
    enum { MEMORY = 256 << 20, PIDS = 256 };
    cleanup_free char *path = path_join(folder, "lab.md");
    cleanup_head struct head head;
    *lab = (struct lab){
        .folder = xstrdup(folder), .slug = xstrdup(base_name(folder)), .order = 9999, .memory = MEMORY, .pids = PIDS, .cpus = 1};
    head_read(&head, path, problems);
    fields_read(&head, lab_fields, lab, problems);
    text_default(&lab->title, lab->slug);
    text_default(&lab->summary, "");
    text_default(&lab->domain, "");
    text_default(&lab->picture, "none");
    text_default(&lab->order_of_steps, "strict");
    pages_parse(head.body, &lab->introduction);
    parameters_read(&head, lab, problems);
    steps_read(lab, problems);
}

static void step_clear(struct lab_step *step)
{
    for (size_t i = 0; i < step->hint_count; i++)
        pages_free(&step->hints[i]);
    pages_free(&step->instruction);
    pages_free(&step->meaning);
    fields_free(step_fields, step);
    free(step->hints);
    free(step->slug);
    free(step->folder);
}

void lab_clear(struct lab *lab)
{
    for (size_t i = 0; i < lab->step_count; i++)
        step_clear(&lab->steps[i]);
    for (size_t i = 0; i < lab->parameter_count; i++) {
        free(lab->parameters[i].name);
        free(lab->parameters[i].template);
        free(lab->parameters[i].value);
    }
    fields_free(lab_fields, lab);
    pages_free(&lab->introduction);
    free(lab->parameters);
    free(lab->steps);
    free(lab->slug);
    free(lab->folder);
    *lab = (struct lab){0};
}
