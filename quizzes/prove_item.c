/* One question's proof, from what the school told with its verdict. */
#include "quizzes/prove.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

int prove_item(const char *host, const json_t *item, const json_t *verdict, FILE *out)
{
    const json_t *letter;
    struct bank_question question = {.id = (char *)json_str(item, "id", ""),
                                     .option_count = json_array_size(json_object_get(item, "options")),
                                     .proof = (char *)json_str(verdict, "proof.script", ""),
                                     .proof_options = json_flag(verdict, "proof.options", false)};
    struct bank bank = {.id = (char *)json_str(item, "bank", ""), .questions = &question, .count = 1};
    struct prove prove = {.host = host, .jobs = 2, .out = out};
    size_t i;
    json_array_foreach(json_object_get(verdict, "key"), i, letter)
    {
        size_t at = (size_t)(*str_or(json_string_value(letter), "h") - 'a');
        if (at < BANK_OPTIONS_MAX)
            question.options[at].key = true;
    }
    return prove_banks(&prove, &bank, 1);
}
