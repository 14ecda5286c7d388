/* Hostile question banks: whatever comes in, either every problem is one line that names its place, or the bank holds what a bank
 * has to hold. An odd first byte asks for a good front matter before the rest, an even one takes the rest as it is. */
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank/bank.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char front[] =
    "---\nid: f\ntitle: t\ndomain: foundations\nversion: 1\nlicence: l\n---\n"
    "## one {type=multiple level=1 topic=t scoring=partial}\n\nWhich?\n\n- [x] A\n  > a\n- [ ] B\n  > b\n"
    "```proof options\n%check\n%option 1\n%option 2\n```\n"
    "## two {type=matching level=1 topic=t}\n\nWhich?\n\n- a = b\n  > a\n- c = d\n  > b\n"
    "## three {type=numeric level=1 topic=t}\n\nWhich?\n\n- [x] 7 +- 1 {unit=s}\n  > a\n"
    "## four {type=essay level=1 topic=t}\n\nWhich?\n\n```rubric\n1: a\n```\n"
    "## five {type=task level=1 topic=t}\n\nWhich?\n\nlab: a-b\n"
    "## six {type=ordering level=1 topic=t man=\"1 a\" engine=\">=1\"}\n\nWhich?\n\n1. a\n   > a\n2. b\n   > b\n";

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
    bool written = question->type == QUESTION_ESSAY || question->type == QUESTION_TASK;
    must(question->option_count <= BANK_OPTIONS_MAX && (question->option_count > 0) == !written, "number of options");
    must(*question->stem && *question->id && *question->topic, "an empty text");
    must((question->type == QUESTION_ESSAY) == (question->rubric != NULL) && (question->points > 0) == (question->rubric != NULL),
         "a rubric");
    must((question->type == QUESTION_TASK) == (question->lab != NULL), "a lab");
    must(question->scoring == SCORING_ALL || question->type == QUESTION_MULTIPLE, "scoring");
    for (size_t i = 0; i < question->option_count; i++) {
        must(*question->options[i].text && *question->options[i].explanation, "an empty option or explanation");
        must(strlen(question->options[i].text) <= BANK_OPTION_MAX, "a long option");
        must((question->type == QUESTION_MATCHING) == (question->options[i].match != NULL), "a pair");
        keys += question->options[i].key;
    }
    must(written || keys >= 1, "number of keys");
    must(keys == 1 || (question->type != QUESTION_SINGLE && question->type != QUESTION_TRUEFALSE), "one key");
    must(!question->proof_options || (question->proof && question->type <= QUESTION_TRUEFALSE), "a proof");
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
