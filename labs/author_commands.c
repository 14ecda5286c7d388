/* `slipway lab lint`, `test`, `new` and `import`. */
#include "labs/author_commands.h"

#include "base/files.h"
#include "base/flags.h"
#include "base/memory.h"
#include "base/strings.h"
#include "labs/field.h"
#include "labs/lab.h"
#include "labs/lab_new.h"
#include "labs/lab_test.h"
#include "labs/lint.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fail(const struct error *err)
{
    fprintf(stderr, "slipway: %s\n", err->message);
    return 1;
}

static int usage(const char *name, const char *operands, const struct flag *flags, const struct error *err)
{
    bool asked = err->code == ECANCELED;
    FILE *out = asked ? stdout : stderr;
    if (!asked)
        fprintf(out, "slipway: %s\n", err->message);
    fprintf(out, "Usage:  slipway %s %s\n", name, operands);
    if (asked && flags->name)
        flags_help(flags, out);
    return asked ? 0 : 1;
}

/* Every folder of the course that means to be a lab: also one that cannot be read. */
static char **all_labs(void)
{
    cleanup_free char *folder = content_dir("labs");
    struct dirent **list;
    char **out = NULL;
    int found = scandir(folder, &list, NULL, alphasort);
    for (int i = 0; i < found; i++) {
        cleanup_free char *inside = str_format("%s/%s/lab.md", folder, list[i]->d_name);
        if (list[i]->d_name[0] != '.' && path_exists(inside))
            strv_add(&out, list[i]->d_name);
        free(list[i]);
    }
    if (found >= 0)
        free(list);
    return out;
}

static char *lab_folder(const char *name)
{
    cleanup_free char *labs = content_dir("labs");
    char *real = strchr(name, '/') ? realpath(name, NULL) : path_join(labs, name);
    return real ? real : xstrdup(name);
}

/* A path below the working directory as one would type it there. */
static const char *shorter(const char *path)
{
    cleanup_free char *here = getcwd(NULL, 0);
    size_t len = here ? strlen(here) : 0;
    return len && str_starts(path, here) && path[len] == '/' ? path + len + 1 : path;
}

int author_lint(const struct command_context *context, int argc, char **argv)
{
    static const struct flag none[] = {{0}};
    char **names;
    struct error err = ERROR_INIT;
    if (flags_described(context, none))
        return 0;
    if (flags_parse(none, NULL, NULL, argc, argv, false, &names, &err) < 0)
        return usage(argv[0], "[LAB|FOLDER...]", none, &err);
    cleanup_problems struct lab_problems problems = {0};
    cleanup_strv char **all = *names ? strv_copy(names) : all_labs();
    for (size_t i = 0; all && all[i]; i++) {
        cleanup_free char *folder = lab_folder(all[i]), *inside = path_join(folder, "lab.md");
        if (path_exists(inside))
            lab_lint(shorter(folder), !*names, &problems);
        else
            problem_add(&problems, shorter(folder), 1, "", "there is no lab.md in it, so that it is no lab");
    }
    problems_print(&problems, stdout);
    if (!problems.count)
        printf("%zu labs, nothing to say\n", strv_len(all));
    return problems.count ? 1 : 0;
}

struct test_options {
    long long seeds, from, jobs;
};

static int test_check(const struct test_options *options, struct error *err)
{
    if (options->seeds < 0 || options->seeds > 1000 || options->from < 0 || options->jobs < 0 || options->jobs > 16)
        return error_set(err, EINVAL, "--seeds is 1 to 1000, --from at least 1, --jobs 1 to 16");
    return 0;
}

int author_test(const struct command_context *context, int argc, char **argv)
{
    struct test_options options = {0};
    static const struct flag flags[] = {
        {0, "seeds", FLAG_INT, offsetof(struct test_options, seeds), NULL, "How many learners' parameters to try (default 1)"},
        {0, "from", FLAG_INT, offsetof(struct test_options, from), NULL, "Number of the first of them (default 1)"},
        {0, "jobs", FLAG_INT, offsetof(struct test_options, jobs), NULL, "How many machines at once (default 2)"},
        {0}};
    char **names;
    struct error err = ERROR_INIT;
    if (flags_described(context, flags))
        return 0;
    if (flags_parse(flags, &options, NULL, argc, argv, false, &names, &err) < 0)
        return usage(argv[0], "[OPTIONS] [LAB|FOLDER...]", flags, &err);
    if (test_check(&options, &err) < 0)
        return fail(&err);
    cleanup_strv char **all = *names ? strv_copy(names) : all_labs();
    struct lab_test test = {.host = context->host,
                            .labs = all,
                            .first = options.from ? (int)options.from : 1,
                            .seeds = options.seeds ? (int)options.seeds : 1,
                            .jobs = options.jobs ? (int)options.jobs : 2,
                            .out = stdout};
    return lab_test(&test) > 0;
}

/* Where labs are being written: below labs/ when the working directory has that. */
static char *new_folder(const char *slug) { return path_exists("labs") ? path_join("labs", slug) : xstrdup(slug); }

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static int slug_check(const char *slug, struct error *err)
{
    return slug_valid(slug) ? 0 : error_set(err, EINVAL, "'%s' is no name for a lab: a-z, 0-9 and single dashes, at most 64", slug);
}

int author_new(const struct command_context *context, int argc, char **argv)
{
    static const struct flag none[] = {{0}};
    char **names;
    struct error err = ERROR_INIT;
    if (flags_described(context, none))
        return 0;
    int r = flags_parse(none, NULL, NULL, argc, argv, false, &names, &err);
    if (r == 0 && strv_len(names) != 1)
        r = error_set(&err, EINVAL, "name the new lab");
    if (r < 0)
        return usage(argv[0], "SLUG|FOLDER", none, &err);
    cleanup_free char *folder = strchr(names[0], '/') ? xstrdup(names[0]) : new_folder(names[0]);
    if (slug_check(last_name(folder), &err) < 0 || lab_new(folder, &err) < 0)
        return fail(&err);
    printf("%s\n", folder);
    fprintf(stderr,
            "It is a small lab that works. Change it step by step; slipway lab lint %s%s and slipway lab test %s%s say\n"
            "whether it still does. The guide for authors is labs/AUTHORS.md.\n",
            strchr(folder, '/') ? "" : "./", folder, strchr(folder, '/') ? "" : "./", folder);
    return 0;
}

int author_import(const struct command_context *context, int argc, char **argv)
{
    static const struct flag none[] = {{0}};
    char **names;
    struct error err = ERROR_INIT;
    if (flags_described(context, none))
        return 0;
    int r = flags_parse(none, NULL, NULL, argc, argv, false, &names, &err);
    if (r == 0 && (strv_len(names) < 1 || strv_len(names) > 2))
        r = error_set(&err, EINVAL, "name the folder of the scenario");
    if (r < 0)
        return usage(argv[0], "SCENARIO [SLUG|FOLDER]", none, &err);
    cleanup_free char *real = realpath(names[0], NULL);
    const char *given = names[1] ? names[1] : last_name(real ? real : names[0]);
    cleanup_free char *folder = strchr(given, '/') ? xstrdup(given) : new_folder(given);
    if (slug_check(last_name(folder), &err) < 0 || lab_import(names[0], folder, stderr, &err) < 0)
        return fail(&err);
    printf("%s\n", folder);
    return 0;
}
