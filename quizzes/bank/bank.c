/* Loading, releasing and advising on question banks; parsing is bank_parse.c. */
#include "quizzes/bank/bank.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *question_type_name(enum question_type type) { return type == QUESTION_SINGLE ? "single" : "multiple"; }

void bank_free(struct bank *bank)
{
    for (size_t i = 0; i < bank->count; i++) {
        struct bank_question *question = &bank->questions[i];
        for (size_t k = 0; k < question->option_count; k++) {
            free(question->options[k].text);
            free(question->options[k].explanation);
        }
        free(question->id);
        free(question->topic);
        free(question->objective);
        free(question->stem);
        free(question->proof);
    }
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

static void advise_wording(const char *file, const struct bank_question *question, char ***advice)
{
    static const char *const phrases[] = {"all of the above", "none of the above", "all of these", "none of these"};
    for (size_t i = 0; i < question->option_count; i++) {
        cleanup_free char *lower = str_lower(question->options[i].text);
        for (size_t k = 0; k < ARRAY_LEN(phrases); k++)
            if (strstr(lower, phrases[k]))
                strv_take(advice, str_format("%s:%d: \"%s\" loses its sense when options are shuffled; write what it stands for",
                                             file, question->options[i].line, phrases[k]));
    }
}

void bank_advise(const char *file, const struct bank *bank, char ***advice)
{
    size_t singles = 0, longest = 0, at[BANK_OPTIONS_MAX] = {0};
    for (size_t i = 0; i < bank->count; i++) {
        const struct bank_question *question = &bank->questions[i];
        advise_wording(file, question, advice);
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
