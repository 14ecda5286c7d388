/* Loading, releasing and advising on question banks; parsing is bank_parse.c. */
#include "quizzes/bank/bank.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char *const types[QUESTION_TYPES] = {"single", "multiple", "truefalse", "matching", "ordering",
                                                  "short",  "numeric",  "command",   "essay",    "task"};
static const char *const scorings[] = {"all", "partial", "penalty"};
const char *const bank_domains[] = {"orchestration", "images",  "installation", "networking",
                                    "security",      "storage", "foundations",  NULL};

static int index_of(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(names[i], name))
            return (int)i;
    return -1;
}

const char *question_type_name(enum question_type type) { return types[type]; }
int question_type_named(const char *name) { return index_of(types, QUESTION_TYPES, name); }
const char *question_scoring_name(enum question_scoring scoring) { return scorings[scoring]; }
int question_scoring_named(const char *name) { return index_of(scorings, ARRAY_LEN(scorings), name); }
bool bank_domain_valid(const char *domain) { return index_of(bank_domains, ARRAY_LEN(bank_domains) - 1, domain) >= 0; }

static void question_free(struct bank_question *question)
{
    for (size_t k = 0; k < question->option_count; k++) {
        free(question->options[k].text);
        free(question->options[k].explanation);
        free(question->options[k].match);
        free(question->options[k].unit);
    }
    char *texts[] = {question->id,     question->topic, question->objective, question->stem, question->engine,
                     question->lesson, question->man,   question->rubric,    question->lab,  question->proof};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        free(texts[i]);
}

void bank_free(struct bank *bank)
{
    for (size_t i = 0; i < bank->count; i++)
        question_free(&bank->questions[i]);
    free(bank->questions);
    free(bank->id);
    free(bank->title);
    free(bank->domain);
    free(bank->version);
    free(bank->licence);
    *bank = (struct bank){0};
}

int bank_load(const char *path, struct bank *out, struct error *err)
{
    *out = (struct bank){0};
    size_t len;
    cleanup_free char *text = file_read(path, &len, err);
    if (!text)
        return -err->code;
    cleanup_strv char **problems = NULL;
    size_t count = bank_parse(path, text, len, out, &problems);
    if (count == 0)
        return 0;
    bank_free(out);
    if (count == 1)
        return error_set(err, EINVAL, "%s", problems[0]);
    return error_set(err, EINVAL, "%s (and %zu more: see `slipway quiz lint %s`)", problems[0], count - 1, path);
}

/* A guesser who always takes one position, or always the longest text, must not pass. */
enum { ADVICE_FROM = 8, POSITION_PERCENT = 40, LONGEST_PERCENT = 50 };

static size_t longest_option(const struct bank_question *question)
{
    size_t best = 0;
    for (size_t i = 1; i < question->option_count; i++)
        if (strlen(question->options[i].text) > strlen(question->options[best].text))
            best = i;
    return best;
}

/* Options of very different length give the key away: the longest more than this many times the shortest, and long at all. */
enum { LENGTH_TIMES = 5, LENGTH_FROM = 80 };

static void advise_lengths(const char *file, const struct bank_question *question, char ***advice)
{
    size_t shortest = SIZE_MAX, longest = 0;
    for (size_t i = 0; i < question->option_count; i++) {
        size_t len = strlen(question->options[i].text);
        shortest = len < shortest ? len : shortest;
        longest = len > longest ? len : longest;
    }
    if (question->type <= QUESTION_MULTIPLE && longest > LENGTH_FROM && longest > shortest * LENGTH_TIMES)
        strv_take(advice, str_format("%s:%d: the longest option of %s has %zu bytes, the shortest %zu; make them alike", file,
                                     question->line, question->id, longest, shortest));
}

void bank_advise(const char *file, const struct bank *bank, char ***advice)
{
    size_t singles = 0, longest = 0, at[BANK_OPTIONS_MAX] = {0};
    for (size_t i = 0; i < bank->count; i++) {
        const struct bank_question *question = &bank->questions[i];
        advise_lengths(file, question, advice);
        if (question->type != QUESTION_SINGLE)
            continue;
        singles++;
        for (size_t k = 0; k < question->option_count; k++) {
            at[k] += question->options[k].key;
            longest += question->options[k].key && longest_option(question) == k;
        }
    }
    if (singles < ADVICE_FROM)
        return;
    for (size_t k = 0; k < BANK_OPTIONS_MAX; k++)
        if (at[k] * 100 > singles * POSITION_PERCENT)
            strv_take(advice, str_format("%s: option %c is the key of %zu of %zu single-choice questions; spread the keys", file,
                                         (char)('a' + k), at[k], singles));
    if (longest * 100 > singles * LONGEST_PERCENT)
        strv_take(advice,
                  str_format("%s: the key is the longest option in %zu of %zu single-choice questions; even out the lengths", file,
                             longest, singles));
}
