/* What all formats share: the table, the making of questions, what travels in tags, and the way from a foreign file to a bank that
 * bank_parse has found good. */
#include "quizzes/exchange/exchange.h"

#include "base/json.h"
#include "base/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct exchange_format exchange_formats[] = {
    {"gift", ".gift", gift_read, gift_write},
    {"aiken", ".aiken", aiken_read, aiken_write},
    {"moodle-xml", ".xml", moodle_read, moodle_write},
    {"csv", ".csv", csv_read, csv_write},
    {0},
};

const struct exchange_format *exchange_format_named(const char *name)
{
    for (const struct exchange_format *format = exchange_formats; format->name; format++)
        if (str_equal(format->name, name))
            return format;
    return NULL;
}

const struct exchange_format *exchange_format_of(const char *file, const char *text)
{
    for (const struct exchange_format *format = exchange_formats; format->name; format++)
        if (str_ends(file, format->endings))
            return format;
    if (!str_ends(file, ".txt"))
        return NULL;
    return exchange_format_named(strstr(text, "\nANSWER:") ? "aiken" : "gift");
}

void exchange_problem(struct exchange *exchange, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    cleanup_free char *what = str_vformat(format, arguments);
    va_end(arguments);
    for (char *p = what; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = '?';
    strv_take(exchange->problems, str_format("%s:%d: %s", exchange->file, line, what));
}

void exchange_note(char ***notes, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    strv_take(notes, str_vformat(format, arguments));
    va_end(arguments);
}

struct bank_question *exchange_question(struct exchange *exchange, int line)
{
    struct bank *bank = exchange->bank;
    bank->questions = xrealloc(bank->questions, (bank->count + 1) * sizeof *bank->questions);
    struct bank_question *question = &bank->questions[bank->count++];
    *question = (struct bank_question){.line = line, .level = 1};
    question->id = xstrdup("");
    question->topic = xstrdup(exchange->topic);
    question->objective = xstrdup("");
    question->stem = xstrdup("");
    return question;
}

enum { ID_SIZE = 65 };

/* `name` as an id; `otherwise` where nothing of it can be in one. */
static void id_of(const char *name, const char *otherwise, char id[ID_SIZE])
{
    size_t len = 0;
    for (const unsigned char *p = (const unsigned char *)name; *p && len + 1 < ID_SIZE; p++) {
        if (*p < 0x80 && isalnum(*p))
            id[len++] = (char)tolower(*p);
        else if (len && id[len - 1] != '-' && *p != '\'')
            id[len++] = '-';
    }
    while (len && id[len - 1] == '-')
        len--;
    id[len] = 0;
    if (!len)
        snprintf(id, ID_SIZE, "%s", otherwise);
}

/* "ids" has what is taken, and of "begin-" the number after the last one that was. */
void exchange_name(struct exchange *exchange, struct bank_question *question, const char *name)
{
    char id[ID_SIZE], begin[ID_SIZE];
    id_of(name, "question", id);
    snprintf(begin, sizeof begin, "%.58s-", id);
    json_int_t number = json_integer_value(json_object_get(exchange->ids, begin));
    number = number ? number : 2;
    char *unique = xstrdup(id);
    while (json_object_get(exchange->ids, unique)) {
        free(unique);
        unique = str_format("%s%lld", begin, (long long)number++);
    }
    json_object_set_new(exchange->ids, begin, json_integer(number));
    json_object_set_new(exchange->ids, unique, json_true());
    free(question->id);
    question->id = unique;
}

struct bank_option *exchange_option(struct exchange *exchange, struct bank_question *question, int line, bool key, char *text,
                                    char *explanation)
{
    if (question->option_count == BANK_OPTIONS_MAX) {
        free(text);
        free(explanation);
        if (question->line >= 0)
            exchange_problem(exchange, line, "the question has more than %d options; take some away", BANK_OPTIONS_MAX);
        question->line = question->line > 0 ? -question->line : question->line; /* said once */
        return NULL;
    }
    if (!*explanation) {
        free(explanation);
        explanation = xstrdup(UNEXPLAINED);
    }
    struct bank_option *option = &question->options[question->option_count++];
    *option = (struct bank_option){.text = text, .explanation = explanation, .key = key, .line = line};
    return option;
}

const char *exchange_explained(const struct bank_option *option)
{
    return str_equal(option->explanation, UNEXPLAINED) ? "" : option->explanation;
}

/* The first right option without an explanation, or else the first right one. */
static struct bank_option *to_explain(struct bank_question *question)
{
    struct bank_option *first = NULL;
    for (size_t i = 0; i < question->option_count; i++) {
        struct bank_option *option = &question->options[i];
        if (option->key && !*exchange_explained(option))
            return option;
        if (option->key && !first)
            first = option;
    }
    return first;
}

void exchange_general(struct exchange *exchange, struct bank_question *question, int line, const char *text)
{
    struct bank_option *option = *text ? to_explain(question) : NULL;
    if (option) {
        const char *before = exchange_explained(option);
        char *whole = *before ? str_format("%s\n\n%s", before, text) : xstrdup(text);
        free(option->explanation);
        option->explanation = whole;
    } else if (*text) {
        exchange_note(exchange->notes, "%s:%d: %s: the general feedback is left out; a bank explains each option", exchange->file,
                      line, question->id);
    }
}

enum question_scoring exchange_scoring(const double *percents, size_t count)
{
    bool costs = false, some = false;
    for (size_t i = 0; i < count; i++) {
        costs = costs || percents[i] < 0;
        some = some || !(percents[i] > 0 || percents[i] <= -100);
    }
    return !costs && some ? SCORING_PARTIAL : some ? SCORING_PENALTY : SCORING_ALL;
}

/* --- what travels in tags --- */

static void set_text(char **field, const char *value)
{
    free(*field);
    *field = xstrdup(value);
}

bool exchange_tag(struct exchange *exchange, struct bank_question *question, int line, const char *tag)
{
    const char *equals = strchr(tag, '=');
    if (!equals)
        return false;
    cleanup_free char *key = xstrndup(tag, (size_t)(equals - tag));
    const char *value = equals + 1;
    struct {
        const char *name;
        char **field;
    } texts[] = {{"topic", &question->topic},   {"objective", &question->objective},
                 {"engine", &question->engine}, {"lesson", &question->lesson},
                 {"man", &question->man},       {"lab", &question->lab}};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (str_equal(key, texts[i].name)) {
            set_text(texts[i].field, value);
            return true;
        }
    if (str_equal(key, "level")) {
        question->level = atoi(value);
        if (question->level < 1 || question->level > 3)
            exchange_problem(exchange, line, "the tag \"%.40s\": a level is 1, 2 or 3", tag);
        return true;
    }
    if (str_equal(key, "scoring")) {
        int scoring = question_scoring_named(value);
        if (scoring < 0)
            exchange_problem(exchange, line, "the tag \"%.40s\": there is scoring=all, partial and penalty", tag);
        question->scoring = scoring < 0 ? SCORING_ALL : (enum question_scoring)scoring;
        return true;
    }
    return false;
}

char **exchange_tags(const struct bank_question *question)
{
    char **tags = NULL;
    strv_take(&tags, str_format("level=%d", question->level));
    strv_take(&tags, str_format("topic=%s", question->topic));
    if (*question->objective)
        strv_take(&tags, str_format("objective=%s", question->objective));
    if (question->type == QUESTION_MULTIPLE)
        strv_take(&tags, str_format("scoring=%s", question_scoring_name(question->scoring)));
    if (question->type == QUESTION_COMMAND)
        strv_add(&tags, "type=command");
    if (question->engine)
        strv_take(&tags, str_format("engine=%s", question->engine));
    if (question->lesson)
        strv_take(&tags, str_format("lesson=%s", question->lesson));
    if (question->man)
        strv_take(&tags, str_format("man=%s", question->man));
    return tags;
}

void exchange_front_read(struct exchange *exchange, int line, const char *json)
{
    struct bank *bank = exchange->bank;
    cleanup_json json_t *front = json_loads(json, 0, NULL);
    struct {
        const char *name;
        char **field;
    } texts[] = {{"id", &bank->id},
                 {"title", &bank->title},
                 {"domain", &bank->domain},
                 {"version", &bank->version},
                 {"licence", &bank->licence}};
    if (!json_is_object(front)) {
        exchange_problem(exchange, line, "what is said of the bank is no JSON object; take the line away");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (json_str(front, texts[i].name, NULL))
            set_text(texts[i].field, json_str(front, texts[i].name, ""));
    bank->pass = (int)json_num(front, "pass", 65);
}

char *exchange_front(const struct bank *bank)
{
    cleanup_json json_t *front = json_pack("{s:s,s:s,s:s,s:s,s:s,s:i}", "id", bank->id, "title", bank->title, "domain",
                                           bank->domain, "version", bank->version, "licence", bank->licence, "pass", bank->pass);
    return json_dumps(front, JSON_COMPACT);
}

/* Enough digits to come back as the same number, and no more than it takes. */
static void shortest(double value, char out[32])
{
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(out, 32, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            return;
    }
}

char *number_text(double value, double tolerance)
{
    char number[32], around[32];
    shortest(value, number);
    shortest(tolerance, around);
    return tolerance > 0 ? str_format("%s +- %s", number, around) : xstrdup(number);
}

/* --- the way in --- */

static void set_default(char **field, const char *wanted, const char *otherwise)
{
    if (wanted || !**field)
        set_text(field, wanted ? wanted : otherwise);
}

static void complete_front(struct bank *bank, const char *file, const struct exchange_defaults *defaults)
{
    const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
    cleanup_free char *stem = xstrndup(base, strcspn(base, "."));
    char id[ID_SIZE];
    id_of(stem, "question", id);
    set_default(&bank->id, defaults->id, id);
    set_default(&bank->title, defaults->title, *stem ? stem : id);
    set_default(&bank->domain, defaults->domain, "foundations");
    set_default(&bank->version, defaults->version, "1");
    set_default(&bank->licence, defaults->licence, "unknown");
    bank->pass = bank->pass ? bank->pass : 65;
}

/* Which question of the source a line of the Markdown belongs to: "\n## " counts them. */
static const struct bank_question *question_at(const struct bank *bank, const char *markdown, int line)
{
    size_t number = 0;
    for (int at = 1; *markdown && at <= line; at++) {
        number += str_starts(markdown, "## ");
        markdown += strcspn(markdown, "\n");
        markdown += *markdown == '\n';
    }
    return number && number <= bank->count ? &bank->questions[number - 1] : NULL;
}

/* What bank_parse says of our Markdown, said of the file that it came from. */
static void check(struct exchange *exchange, const char *markdown, size_t len)
{
    struct bank parsed;
    cleanup_strv char **problems = NULL;
    size_t count = bank_parse("bank", markdown, len, &parsed, &problems);
    bool same = count > 0 || parsed.count == exchange->bank->count;
    bank_free(&parsed);
    for (char **problem = problems; problem && *problem; problem++) {
        const char *colon = strchr(*problem, ':'), *what = colon ? strchr(colon + 1, ':') : NULL;
        const struct bank_question *question = question_at(exchange->bank, markdown, colon ? atoi(colon + 1) : 0);
        exchange_problem(exchange, question ? abs(question->line) : 1, "%s%s%s", question ? question->id : "", question ? ": " : "",
                         what ? what + 2 : *problem);
    }
    if (!same) /* a text that looks like the heading of another question */
        exchange_problem(exchange, 1, "the questions cannot be told apart as Markdown: a text has a line that begins with ##");
}

size_t exchange_import(const struct exchange_format *format, const char *file, const char *text, size_t len,
                       const struct exchange_defaults *defaults, struct buf *out, char ***problems, char ***notes)
{
    struct bank bank = {.pass = 0};
    cleanup_json json_t *ids = json_object();
    struct exchange exchange = {.file = file,
                                .bank = &bank,
                                .ids = ids,
                                .problems = problems,
                                .notes = notes,
                                .topic = str_or(defaults->topic, "imported")};
    bank.id = xstrdup(""), bank.title = xstrdup(""), bank.domain = xstrdup("");
    bank.version = xstrdup(""), bank.licence = xstrdup("");
    if (len > BANK_FILE_MAX)
        exchange_problem(&exchange, 1, "the file has %zu bytes; %d MiB is the most", len, BANK_FILE_MAX >> 20);
    else if (memchr(text, 0, len))
        exchange_problem(&exchange, 1, "the file holds a zero byte: it is no text; save it as UTF-8");
    else
        format->read(&exchange, text, len);
    complete_front(&bank, file, defaults);
    if (!strv_len(*problems) && bank.count == 0)
        exchange_problem(&exchange, 1, "no question of the format %s is in it that a bank can hold; --format names another",
                         format->name);
    if (!strv_len(*problems)) {
        bank_write(&bank, out);
        check(&exchange, out->data, out->len);
    }
    if (strv_len(*problems))
        buf_clear(out);
    bank_free(&bank);
    return strv_len(*problems);
}
