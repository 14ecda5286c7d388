/* `slipway quiz prove`. */
#include "quizzes/prove_command.h"

#include "base/files.h"
#include "base/flags.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/prove.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct options {
    bool here, no_gates;
    long long jobs;
    const char *question;
};

static int usage(const struct flag *flags, const struct error *err)
{
    bool asked = err->code == ECANCELED;
    FILE *out = asked ? stdout : stderr;
    if (!asked)
        fprintf(out, "slipway: %s\n", err->message);
    fprintf(out, "Usage:  slipway quiz prove [OPTIONS] [FILE...]\n");
    if (asked)
        flags_help(flags, out);
    return asked ? 0 : 1;
}

/* Every bank of the course. */
static char **all_banks(void)
{
    cleanup_free char *folder = content_dir("quizzes");
    struct dirent **list;
    char **out = NULL;
    int found = scandir(folder, &list, NULL, alphasort);
    for (int i = 0; i < found; i++) {
        if (str_ends(list[i]->d_name, ".md") && list[i]->d_name[0] >= 'a')
            strv_take(&out, path_join(folder, list[i]->d_name));
        free(list[i]);
    }
    if (found >= 0)
        free(list);
    return out;
}

static bool has_question(const struct bank *banks, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < banks[i].count; k++)
            if (str_equal(banks[i].questions[k].id, id) && !str_empty(banks[i].questions[k].proof))
                return true;
    return false;
}

int prove_files(const struct prove *what, char *const *files, struct error *err)
{
    size_t count = 0;
    cleanup_free struct bank *banks = xcalloc(strv_len(files) + 1, sizeof *banks);
    int r = 0;
    for (; r == 0 && files[count]; count += r == 0)
        r = bank_load(files[count], &banks[count], err);
    if (r == 0 && what->only && !has_question(banks, count, what->only))
        r = error_set(err, ENOENT, "no question %s with a proof is in these banks", what->only);
    if (r == 0)
        r = prove_banks(what, banks, count);
    for (size_t i = 0; i < count; i++)
        bank_free(&banks[i]);
    return r;
}

int prove_command(const struct command_context *context, int argc, char **argv)
{
    struct options options = {0};
    static const struct flag flags[] = {
        {0, "here", FLAG_BOOL, offsetof(struct options, here), NULL,
         "Run by bash on this machine instead of lab machines, against any engine of --host; what comes to it is removed"},
        {0, "jobs", FLAG_INT, offsetof(struct options, jobs), NULL, "How many machines at once (default 2)"},
        {0, "no-gates", FLAG_BOOL, offsetof(struct options, no_gates), NULL, "Leave out the runs with an engine that does nothing"},
        {0, "question", FLAG_STRING, offsetof(struct options, question), NULL, "Prove this question alone"},
        {0}};
    char **files;
    struct error err = ERROR_INIT;
    if (flags_described(context, flags))
        return 0;
    int r = flags_parse(flags, &options, NULL, argc, argv, false, &files, &err);
    if (r == 0 && (options.jobs < 0 || options.jobs > 16))
        r = error_set(&err, EINVAL, "--jobs is 1 to 16");
    if (r < 0)
        return usage(flags, &err);
    cleanup_strv char **all = *files ? strv_copy(files) : all_banks();
    const struct prove what = {.host = context->host,
                               .here = options.here,
                               .gates = !options.no_gates,
                               .jobs = options.jobs ? (int)options.jobs : 2,
                               .only = options.question,
                               .out = stdout};
    r = prove_files(&what, all, &err);
    if (r < 0)
        fprintf(stderr, "slipway: %s\n", err.message);
    return r != 0;
}
