/* Hostile question banks: whatever comes in, either every problem is one line that names its place, or the bank holds what a bank
 * has to hold. An odd first byte asks for a good front matter before the rest, an even one takes the rest as it is. */
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank/bank.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char front[] = "---\nid: f\ntitle: t\ndomain: d\nversion: 1\nlicence: l\n---\n"
                            "## one {type=multiple level=1 topic=t}\n\nWhich?\n\n- [x] A\n  > a\n- [ ] B\n  > b\n";

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "fuzz_bank: %s\n", what);
        abort();
    }
}

static void check_question(const struct bank_question *question)
{
    size_t keys = 0;
    must(question->option_count >= 2 && question->option_count <= BANK_OPTIONS_MAX, "number of options");
    must(*question->stem && *question->id && *question->topic, "an empty text");
    for (size_t i = 0; i < question->option_count; i++) {
        must(*question->options[i].text && *question->options[i].explanation, "an empty option or explanation");
        must(strlen(question->options[i].text) <= BANK_OPTION_MAX, "a long option");
        keys += question->options[i].key;
    }
    must(keys >= 1 && (keys == 1 || question->type == QUESTION_MULTIPLE), "number of keys");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_buf struct buf text = BUF_INIT;
    if (size && data[0] & 1)
        buf_add(&text, front, sizeof front - 1);
    if (size)
        buf_add(&text, data + 1, size - 1);
    struct bank bank;
    cleanup_strv char **problems = NULL, **advice = NULL;
    size_t count = bank_parse("f.md", text.data ? text.data : "", text.len, &bank, &problems);
    must((count == 0) == (strv_len(problems) == 0), "a problem that is counted and not told");
    for (char **line = problems; line && *line; line++)
        must(str_starts(*line, "f.md:") && !strchr(*line, '\n'), *line);
    if (count == 0) {
        must(bank.count >= 1, "a bank without questions");
        for (size_t i = 0; i < bank.count; i++)
            check_question(&bank.questions[i]);
        bank_advise("f.md", &bank, &advice);
    }
    bank_free(&bank);
    return 0;
}
