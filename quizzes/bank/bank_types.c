/* What each type of question has after its stem: what an item of its list says, how many of them are keys, and what it needs
 * besides. The walk through the file is bank_parse.c. */
#include "quizzes/bank/bank_source.h"

#include "base/memory.h"
#include "base/strings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct type_rule {
    size_t least;      /* items */
    bool marked;       /* items begin with [x] or [ ] */
    size_t keys_most;  /* 0 where items are no keys */
    const char *write; /* how an item is written */
    void (*check)(struct source *source, struct bank_question *question, struct bank_option *option);
};

static void check_truefalse(struct source *source, struct bank_question *question, struct bank_option *option)
{
    if (!str_equal(option->text, "True") && !str_equal(option->text, "False"))
        source_problem(source, option->line, "question %s is true or false: its options are \"True\" and \"False\"", question->id);
}

/* "left = right". */
static void check_pair(struct source *source, struct bank_question *question, struct bank_option *option)
{
    char *middle = strstr(option->text, " = ");
    (void)question;
    if (!middle || !middle[3]) {
        source_problem(source, option->line, "a pair is written \"- left = right\"");
        option->match = xstrdup("");
        return;
    }
    *middle = 0;
    option->match = xstrdup(middle + 3 + strspn(middle + 3, " "));
    for (char *end = middle; end > option->text && end[-1] == ' ';)
        *--end = 0;
}

/* "7 +- 0.5 {unit=MiB}": tolerance and unit may be left out. What is wrong may be "*": all the rest. */
static void check_number(struct source *source, struct bank_question *question, struct bank_option *option)
{
    char *rest;
    (void)question;
    if (!option->key && str_equal(option->text, "*"))
        return;
    option->value = strtod(option->text, &rest);
    bool good = rest != option->text && isfinite(option->value);
    rest += strspn(rest, " ");
    if (good && str_starts(rest, "+-")) {
        char *number = rest + 2;
        option->tolerance = strtod(number, &rest);
        good = rest != number && isfinite(option->tolerance) && option->tolerance >= 0;
        rest += strspn(rest, " ");
    }
    if (good && str_starts(rest, "{unit=") && str_ends(rest, "}") && strlen(rest) > strlen("{unit=}")) {
        option->unit = xstrndup(rest + strlen("{unit="), strlen(rest) - strlen("{unit=}"));
        rest += strlen(rest);
    }
    if (!good || *rest)
        source_problem(source, option->line, "\"%.60s\" is no number; write \"- [x] 7 +- 0.5 {unit=MiB}\"", option->text);
}

static void check_pattern(struct source *source, struct bank_question *question, struct bank_option *option)
{
    if (option->key && option->text[strspn(option->text, "* ")] == 0)
        source_problem(source, option->line, "this pattern of question %s takes anything; write words beside the *", question->id);
}

static void check_command(struct source *source, struct bank_question *question, struct bank_option *option)
{
    if (strchr(option->text, '\n'))
        source_problem(source, option->line, "a command of question %s is one line", question->id);
}

#define MARKED "an option begins with \"- [x] \" (right) or \"- [ ] \" (wrong)"
static const struct type_rule rules[QUESTION_TYPES] = {
    [QUESTION_SINGLE] = {2, true, 1, "two as \"- [ ] text\"", NULL},
    [QUESTION_MULTIPLE] = {2, true, BANK_OPTIONS_MAX, "two as \"- [ ] text\"", NULL},
    [QUESTION_TRUEFALSE] = {2, true, 1, "two, \"- [x] True\" and \"- [ ] False\" or the other way round", check_truefalse},
    [QUESTION_MATCHING] = {2, false, 0, "two as \"- left = right\"", check_pair},
    [QUESTION_ORDERING] = {2, false, 0, "two as \"1. first\", \"2. second\"", NULL},
    [QUESTION_SHORT] = {1, true, BANK_OPTIONS_MAX, "one as \"- [x] pattern\"", check_pattern},
    [QUESTION_NUMERIC] = {1, true, BANK_OPTIONS_MAX, "one as \"- [x] 7 +- 0.5\"", check_number},
    [QUESTION_COMMAND] = {1, true, BANK_OPTIONS_MAX, "one as \"- [x] docker ps -a\"", check_command},
    [QUESTION_ESSAY] = {0, false, 0, NULL, NULL},
    [QUESTION_TASK] = {0, false, 0, NULL, NULL},
};

static void check_wording(struct source *source, const struct bank_option *option)
{
    static const char *const phrases[] = {"all of the above",  "none of the above",    "all of these",
                                          "none of these",     "all of the following", "none of the following",
                                          "both of the above", "neither of the above"};
    cleanup_free char *lower = str_lower(option->text);
    for (size_t i = 0; i < ARRAY_LEN(phrases); i++)
        if (strstr(lower, phrases[i]))
            source_problem(source, option->line, "\"%s\" loses its sense when options are shuffled; write what it stands for",
                           phrases[i]);
}

/* "[x] text" becomes "text". */
static bool take_mark(char *text, bool *key)
{
    if (text[0] != '[' || !text[1] || text[2] != ']' || (text[3] && text[3] != ' ' && text[3] != '\n') || !strchr("xX ", text[1]))
        return false;
    *key = text[1] != ' ';
    char *rest = text + 3 + strspn(text + 3, " ");
    memmove(text, rest, strlen(rest) + 1);
    return true;
}

void option_add(struct source *source, struct bank_question *question, int line, char *text, char *explanation)
{
    const struct type_rule *rule = &rules[question->type];
    struct bank_option option = {.text = text, .explanation = explanation, .line = line, .key = true};
    if (rule->marked && !take_mark(text, &option.key)) {
        source_problem(source, line, MARKED);
        free(text);
        free(explanation);
        return;
    }
    if (text[strspn(text, " \n")] == 0)
        source_problem(source, line, "the option has no text");
    else if (rule->check)
        rule->check(source, question, &option);
    if (!*explanation)
        source_problem(source, line, "the option has no explanation; write \"  > why\" under it");
    check_wording(source, &option);
    source_limit(source, line, "the option", text, BANK_OPTION_MAX);
    source_limit(source, line, "the explanation", explanation, BANK_EXPLANATION_MAX);
    question->options[question->option_count++] = option;
}

static void check_texts_differ(struct source *source, const struct bank_question *question)
{
    for (size_t i = 0; i < question->option_count; i++)
        for (size_t k = 0; k < i; k++) {
            const struct bank_option *later = &question->options[i], *earlier = &question->options[k];
            if (str_equal(later->text, earlier->text) && str_equal(later->unit, earlier->unit))
                source_problem(source, later->line, "this option says the same as the one on line %d", earlier->line);
        }
}

/* What says nothing: pairs that all have one right side, and answers behind the one that takes whatever comes to it. */
static void check_reached(struct source *source, const struct bank_question *question)
{
    size_t count = question->option_count, same = 0;
    for (size_t i = 0; i < count; i++) {
        const struct bank_option *option = &question->options[i];
        bool typed = question->type == QUESTION_SHORT || question->type == QUESTION_NUMERIC;
        same += option->match && str_equal(option->match, question->options[0].match);
        if (typed && i + 1 < count && str_equal(option->text, "*"))
            source_problem(source, option->line, "\"*\" takes every answer, so those after it are never met; put it last");
    }
    if (count > 1 && same == count)
        source_problem(source, question->line, "all pairs of question %s have the same right side; there is nothing to match",
                       question->id);
}

static void check_keys(struct source *source, const struct bank_question *question)
{
    const struct type_rule *rule = &rules[question->type];
    size_t keys = 0, count = question->option_count;
    for (size_t i = 0; i < count; i++)
        keys += question->options[i].key;
    if (count < rule->least)
        source_problem(source, question->line, "question %s has %zu option%s; write at least %s", question->id, count,
                       count == 1 ? "" : "s", rule->write);
    else if (rule->marked && keys == 0)
        source_problem(source, question->line, "question %s has no key; mark the right option with [x]", question->id);
    else if (rule->marked && keys > rule->keys_most)
        source_problem(source, question->line, "question %s is %s and has %zu keys; mark one, or write type=multiple", question->id,
                       question->type == QUESTION_TRUEFALSE ? "true or false" : "single choice", keys);
}

/* What a question of one type needs, and one of another has no use for. */
static void check_parts(struct source *source, const struct bank_question *question)
{
    bool essay = question->type == QUESTION_ESSAY, task = question->type == QUESTION_TASK;
    const char *type = question_type_name(question->type);
    if (essay && !question->rubric)
        source_problem(source, question->line,
                       "question %s is an essay: write a fenced block \"rubric\" with lines \"points: what\"", question->id);
    if (!essay && question->rubric)
        source_problem(source, question->line, "question %s has a rubric; only type=essay is graded by one", question->id);
    if (task && (!question->lab || !bank_name_valid(question->lab)))
        source_problem(source, question->line, "question %s is a task: write a line \"lab: name-of-the-lab\"", question->id);
    if ((essay || task) && question->option_count)
        source_problem(source, question->options[0].line, "question %s is of type %s and has no options", question->id, type);
    if (question->type == QUESTION_TRUEFALSE && question->option_count > 2)
        source_problem(source, question->options[2].line, "question %s is true or false and has %zu options", question->id,
                       question->option_count);
    if (question->proof_options && question->type > QUESTION_TRUEFALSE)
        source_problem(source, question->proof_line,
                       "\"proof options\" runs options, and question %s is of type %s; write \"proof\"", question->id, type);
}

void question_check(struct source *source, struct bank_question *question)
{
    if (!*question->stem)
        source_problem(source, question->line, "question %s has no text before its options", question->id);
    source_limit(source, question->line, "the text of the question", question->stem, BANK_STEM_MAX);
    check_keys(source, question);
    check_texts_differ(source, question);
    check_reached(source, question);
    check_parts(source, question);
}

void rubric_read(struct source *source, int line, const char *text, struct bank_question *question)
{
    if (question->rubric) {
        source_problem(source, line, "question %s has two rubrics", question->id);
        return;
    }
    cleanup_strv char **lines = str_split(text, '\n');
    question->rubric = xstrdup(text);
    source_limit(source, line, "the rubric", text, BANK_EXPLANATION_MAX);
    for (int i = 0; lines[i]; i++) {
        char *end, *row = str_trim(lines[i]);
        if (!*row)
            continue;
        long points = strtol(row, &end, 10);
        if (end == row || *end != ':' || points < 1 || points > 100 || !end[1 + strspn(end + 1, " ")])
            source_problem(source, line + 1 + i, "a line of a rubric is \"points: what\", with 1 to 100 points");
        else
            question->points += (int)points;
    }
    if (question->points == 0)
        source_problem(source, line, "the rubric of question %s gives no points; write lines \"points: what\"", question->id);
}

/* Sections of "proof options"; each has to be there once, and as many of %option as there are options. */
static void check_sections(struct source *source, const struct bank_question *question)
{
    cleanup_strv char **lines = str_split(question->proof, '\n');
    size_t options = 0;
    bool check = false;
    for (int i = 0; lines[i]; i++) {
        if (lines[i][0] != '%')
            continue;
        char *end = str_trim(lines[i]), *name = end;
        int line = question->proof_line + i;
        if (str_starts(name, "%option ") && strtoul(name + strlen("%option "), &end, 10) == options + 1 && !*end)
            options++;
        else if (str_starts(name, "%option"))
            source_problem(source, line, "\"%.40s\": the next section is \"%%option %zu\"", name, options + 1);
        else if (str_equal(name, "%check"))
            check = true;
        else if (!str_equal(name, "%setup") && !str_equal(name, "%before"))
            source_problem(source, line, "\"%.40s\" is unknown; there are %%setup, %%before, %%check and %%option N", name);
    }
    if (!check)
        source_problem(source, question->proof_line, "the proof of question %s has no %%check", question->id);
    if (options != question->option_count)
        source_problem(source, question->proof_line, "the proof of question %s has %zu of %zu options; write a %%option for each",
                       question->id, options, question->option_count);
}

void proof_read(struct source *source, int line, const char *info, const char *text, struct bank_question *question)
{
    if (question->proof) {
        source_problem(source, line, "question %s has two proofs", question->id);
        return;
    }
    question->proof = xstrdup(text);
    question->proof_line = line + 1;
    question->proof_options = str_equal(info, "proof options");
    source_limit(source, line, "the proof", text, BANK_PROOF_MAX);
    if (!question->proof_options && !str_equal(info, "proof"))
        source_problem(source, line, "\"%.40s\" is unknown; a proof begins with ```proof or ```proof options", info);
    else if (!question->option_count && !question->rubric && !question->lab)
        source_problem(source, line, "the proof of question %s stands before its options; it comes last", question->id);
    else if (!text[strspn(text, " \t\n")])
        source_problem(source, line, "the proof of question %s is empty", question->id);
    else if (question->proof_options)
        check_sections(source, question);
}
