/* The rules of a lab's folder: which files there may be, what each must have, and what texts and scripts may name. */
#include "labs/lint.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "labs/field.h"
#include "labs/lab.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { STEPS_LEAST = 3, STEPS_BEST_MOST = 6, SCRIPT_MOST = 96 << 10, EXPECT_LEAST = 4 };

static const char EXPECT[] = "# expect: ";

static char **entries(const char *folder)
{
    struct dirent **list;
    char **out = NULL;
    int found = scandir(folder, &list, NULL, versionsort);
    for (int i = 0; i < found; i++) {
        if (list[i]->d_name[0] != '.')
            strv_add(&out, list[i]->d_name);
        free(list[i]);
    }
    if (found >= 0)
        free(list);
    return out;
}

char **lab_wrongs(const char *folder)
{
    cleanup_strv char **names = entries(folder);
    char **out = NULL;
    for (size_t i = 0; names && names[i]; i++) {
        if (!str_starts(names[i], "wrong-") || !str_ends(names[i], ".sh"))
            continue;
        cleanup_free char *name = xstrndup(names[i], strcspn(names[i], "@"));
        if (str_ends(name, ".sh"))
            name[strlen(name) - 3] = 0;
        if (!strv_has(out, name))
            strv_add(&out, name);
    }
    return out;
}

char *lab_expected(const char *folder, const char *name)
{
    cleanup_strv char **names = entries(folder);
    for (size_t i = 0; names && names[i]; i++) {
        size_t len = strlen(name);
        if (!str_starts(names[i], name) || (names[i][len] != '@' && names[i][len] != '.'))
            continue;
        cleanup_free char *path = path_join(folder, names[i]), *text = file_read(path, NULL, NULL);
        if (text && str_starts(text, EXPECT))
            return xstrndup(text + strlen(EXPECT), strcspn(text + strlen(EXPECT), "\n"));
    }
    return NULL;
}

struct lint {
    const struct lab *lab;
    struct lab_problems *problems;
    bool *used; /* of the parameters, by scripts */
};

/* bash -n says "NAME: line 3: syntax error near ..."; the shell's own word on it is the best. */
static void check_syntax(struct lint *lint, const char *path)
{
    char said[512] = "";
    cleanup_free char *quoted = str_shell_quote(path), *command = str_format("bash -n %s 2>&1", quoted);
    FILE *out = popen(command, "re");
    if (!out)
        return;
    said[fread(said, 1, sizeof said - 1, out)] = 0;
    int code = pclose(out);
    if (code == 0)
        return;
    char *at = strstr(said, ": line "), *text = at ? strchr(at + 2, ':') : NULL;
    said[strcspn(said, "\n")] = 0;
    problem_add(lint->problems, path, at ? atoi(at + strlen(": line ")) : 1, "", "%s; bash cannot read it", text ? text + 2 : said);
}

/* $name or ${name. */
static bool mentions(const char *text, const char *name)
{
    size_t len = strlen(name);
    for (const char *p = text; (p = strchr(p, '$')); p++) {
        const char *word = p + 1 + (p[1] == '{');
        word += p[1] == '{' && (*word == '#' || *word == '!');
        if (strncmp(word, name, len) == 0 && !isalnum((unsigned char)word[len]) && word[len] != '_')
            return true;
    }
    return false;
}

static int line_of(const char *text, const char *at)
{
    int line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

static void check_state_only(struct lint *lint, const char *path, const char *text)
{
    static const char *const looks[] = {"bash_history", "HISTFILE", "script(1)", "typescript"};
    for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
        const char *at = strstr(text, looks[i]);
        if (at)
            problem_add(lint->problems, path, line_of(text, at), "",
                        "a check looks at what the kernel and the engine hold, never at what was typed (%s)", looks[i]);
    }
}

static void check_script(struct lint *lint, const char *folder, const char *name)
{
    cleanup_free char *path = path_join(folder, name), *text = file_read(path, NULL, NULL);
    if (!text)
        return;
    if (strlen(text) > SCRIPT_MOST)
        problem_add(lint->problems, path, 1, "", "a script has at most %d KiB", SCRIPT_MOST >> 10);
    if (!text[strspn(text, " \t\n")])
        problem_add(lint->problems, path, 1, "", "the script is empty; write what it does, or remove it where it is not needed");
    for (size_t i = 0; i < lint->lab->parameter_count; i++)
        lint->used[i] = lint->used[i] || mentions(text, lint->lab->parameters[i].name);
    if (str_starts(name, "verify"))
        check_state_only(lint, path, text);
    check_syntax(lint, path);
}

/* A script's name for one of the machines: "verify.sh", "verify@b.sh". */
static bool is_script(const struct lab *lab, const char *name, const char *stem, bool prefix)
{
    size_t len = strlen(stem);
    if (!str_starts(name, stem) || !str_ends(name, ".sh"))
        return false;
    const char *rest = name + len;
    if (prefix)
        rest += strcspn(rest, "@.");
    if (str_equal(rest, ".sh"))
        return true;
    cleanup_free char *host = *rest == '@' ? xstrndup(rest + 1, strlen(rest) - 4) : NULL;
    return host && strv_has(lab->hosts, host);
}

static void check_text(struct lint *lint, const char *folder, const char *name)
{
    cleanup_free char *path = path_join(folder, name), *text = file_read(path, NULL, NULL);
    const char *from = text, *at;
    for (char *mention; from && (mention = parameter_mention(from, &at)); from = at + 2, free(mention)) {
        bool known = false;
        for (size_t i = 0; i < lint->lab->parameter_count; i++)
            known = known || str_equal(lint->lab->parameters[i].name, mention);
        if (!known)
            problem_add(lint->problems, path, line_of(text, at), "", "{{%s}} is no parameter; add it to `parameters` in lab.md",
                        mention);
    }
}

static bool is_hint(const char *name) { return str_starts(name, "hint-") && str_ends(name, ".md"); }

static void check_step_file(struct lint *lint, const struct lab_step *step, const char *name)
{
    static const char *const scripts[] = {"verify", "solve"};
    cleanup_free char *path = path_join(step->folder, name);
    bool known = is_script(lint->lab, name, "wrong-", true);
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
        known = known || is_script(lint->lab, name, scripts[i], false);
    if (known)
        check_script(lint, step->folder, name);
    else if (is_hint(name) || str_equal(name, "step.md") || str_equal(name, "done.md"))
        check_text(lint, step->folder, name);
    else
        problem_add(lint->problems, path, 1, "",
                    "this file means nothing here; a step has step.md, done.md, hint-N.md, verify.sh, solve.sh and wrong-NAME.sh"
                    " (or NAME@HOST.sh for a machine in `hosts`)");
}

static void check_wrongs(struct lint *lint, const struct lab_step *step)
{
    cleanup_strv char **wrongs = lab_wrongs(step->folder);
    if (!wrongs)
        problem_add(lint->problems, step->folder, 1, "",
                    "a step needs a wrong-NAME.sh: a wrong solution that its check must tell from a right one");
    for (size_t i = 0; wrongs && wrongs[i]; i++) {
        cleanup_free char *words = lab_expected(step->folder, wrongs[i]);
        cleanup_free char *path = str_format("%s/%s.sh", step->folder, wrongs[i]);
        if (!words || strlen(words) < EXPECT_LEAST)
            problem_add(lint->problems, path, 1, "", "line 1 must be: %swords that the check must say", EXPECT);
    }
}

static bool step_name_valid(const char *name)
{
    return isdigit((unsigned char)name[0]) && isdigit((unsigned char)name[1]) && name[2] == '-' && slug_valid(name);
}

static void check_step(struct lint *lint, const struct lab_step *step)
{
    cleanup_strv char **names = entries(step->folder);
    if (!step_name_valid(step->slug))
        problem_add(lint->problems, step->folder, 1, "",
                    "the folder of a step is named NN-words: two digits, then a-z, 0-9 and dashes");
    for (size_t i = 0; names && names[i]; i++)
        check_step_file(lint, step, names[i]);
    check_wrongs(lint, step);
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void check_files(struct lint *lint)
{
    const struct lab *lab = lint->lab;
    cleanup_strv char **names = entries(lab->folder);
    for (size_t i = 0; names && names[i]; i++) {
        cleanup_free char *path = path_join(lab->folder, names[i]), *step = path_join(path, "step.md");
        if (is_script(lab, names[i], "setup", false) || str_equal(names[i], "common.sh"))
            check_script(lint, lab->folder, names[i]);
        else if (str_equal(names[i], "lab.md"))
            check_text(lint, lab->folder, names[i]);
        else if (is_folder(path) && !path_exists(step))
            problem_add(lint->problems, path, 1, "",
                        "this folder has no step.md, so that it is no step; add one, or remove the folder");
        else if (!is_folder(path))
            problem_add(lint->problems, path, 1, "",
                        "this file means nothing here; a lab has lab.md, setup.sh, common.sh and folders of steps");
    }
}

static void check_parameters(struct lint *lint, const struct head *head)
{
    const struct lab *lab = lint->lab;
    for (size_t i = 0; i < lab->parameter_count; i++)
        if (!lint->used[i])
            problem_add(lint->problems, head->file, field_line(head, "parameters", lab->parameters[i].name), "parameters",
                        "%s: no script uses $%s; use it in checks and solutions, or remove it", lab->parameters[i].name,
                        lab->parameters[i].name);
    const char *at;
    cleanup_free char *in_title = parameter_mention(lab->title, &at), *in_summary = parameter_mention(lab->summary, &at);
    if (in_title || in_summary)
        problem_add(lint->problems, head->file, field_line(head, in_title ? "title" : "summary", NULL),
                    in_title ? "title" : "summary", "it is the same for all learners; name parameters in the text only");
    for (size_t i = 0; i < lab->step_count; i++) {
        cleanup_free char *mention = parameter_mention(lab->steps[i].title, &at);
        cleanup_free char *path = path_join(lab->steps[i].folder, "step.md");
        if (mention)
            problem_add(lint->problems, path, 2, "title", "it is the same for all learners; name {{%s}} in the text only", mention);
    }
}

/* Topics and features stand in files of the course, one "{id: X," each. */
static void check_ids(struct lint *lint, const struct head *head, const char *field, char **ids, const char *file)
{
    cleanup_free char *folder = content_dir("lessons"), *path = path_join(folder, file);
    cleanup_free char *text = path_exists(path) ? file_read(path, NULL, NULL) : NULL;
    for (; text && ids && *ids; ids++) {
        cleanup_free char *entry = str_format("{id: %s,", *ids);
        if (!strstr(text, entry))
            problem_add(lint->problems, head->file, field_line(head, field, *ids), field,
                        "'%s' is not in lessons/%s; use an id that is there", *ids, file);
    }
}

static bool is_lesson(const char *slug)
{
    cleanup_free char *folder = content_dir("lessons");
    cleanup_strv char **names = entries(folder);
    cleanup_free char *end = str_format("%s.md", slug);
    for (size_t i = 0; names && names[i]; i++)
        if (str_equal(names[i] + strspn(names[i], "0123456789-"), end))
            return true;
    return false;
}

static void check_prerequisites(struct lint *lint, const struct head *head)
{
    cleanup_free char *labs = content_dir("labs");
    for (char **slug = lint->lab->prerequisites; slug && *slug; slug++) {
        cleanup_free char *lab = str_format("%s/%s/lab.md", labs, *slug);
        if (is_lesson(*slug)) /* also one that has the lab's own name */
            continue;
        if (str_equal(*slug, lint->lab->slug))
            problem_add(lint->problems, head->file, field_line(head, "prerequisites", *slug), "prerequisites",
                        "a lab cannot come before itself; remove it");
        else if (!path_exists(lab))
            problem_add(lint->problems, head->file, field_line(head, "prerequisites", *slug), "prerequisites",
                        "there is neither a lesson nor a lab named '%s'; name one that is there", *slug);
    }
}

static void check_lab(struct lint *lint, bool course)
{
    const struct lab *lab = lint->lab;
    cleanup_free char *path = path_join(lab->folder, "lab.md");
    struct lab_problems ignored = {0};
    cleanup_head struct head head;
    head_read(&head, path, &ignored);
    problems_free(&ignored);
    if (!slug_valid(lab->slug))
        problem_add(lint->problems, lab->folder, 1, "", "the folder's name is the lab's: a-z, 0-9 and dashes");
    if (head.values && !head.body[strspn(head.body, " \n")])
        problem_add(lint->problems, path, body_line(&head), "", "there is no introduction; say what this lab is about");
    if (lab->step_count && (lab->step_count < STEPS_LEAST || lab->step_count > STEPS_BEST_MOST))
        problem_add(lint->problems, lab->folder, 1, "", "it has %zu steps; a lab has %d to %d", lab->step_count, STEPS_LEAST,
                    STEPS_BEST_MOST);
    check_files(lint);
    for (size_t i = 0; i < lab->step_count; i++)
        check_step(lint, &lab->steps[i]);
    check_parameters(lint, &head);
    check_ids(lint, &head, "topics", lab->topics, "topics.yaml");
    check_ids(lint, &head, "features", lab->features, "features.yaml");
    if (course)
        check_prerequisites(lint, &head);
}

void lab_lint(const char *folder, bool course, struct lab_problems *problems)
{
    struct lab lab;
    lab_read(folder, &lab, problems);
    cleanup_free bool *used = xcalloc(lab.parameter_count + 1, sizeof *used);
    check_lab(&(struct lint){&lab, problems, used}, course);
    lab_clear(&lab);
}
