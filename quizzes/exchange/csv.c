/* CSV (RFC 4180): one question a row, and everything that a bank holds, that of the bank itself in each row again. The columns:
 *
 *   bank, title, domain, version, licence, pass
 *   id, type, level, topic, objective, scoring, engine, lesson, man, lab, stem, rubric, proof, proof_options
 *   option_1, key_1, explanation_1 ... option_8, key_8, explanation_8
 *
 * Columns are found by the names of the first row, in any order; only type, stem and the options have to be there. Options are
 * written as in the Markdown of a bank ("left = right", "7 +- 0.5"); a key is "x".
 */
#include "base/memory.h"
#include "quizzes/exchange/exchange.h"

#include <stdlib.h>
#include <string.h>

enum column {
    BANK,
    TITLE,
    DOMAIN,
    VERSION,
    LICENCE,
    PASS,
    ID,
    TYPE,
    LEVEL,
    TOPIC,
    OBJECTIVE,
    SCORING,
    ENGINE,
    LESSON,
    MAN,
    LAB,
    STEM,
    RUBRIC,
    PROOF,
    PROOF_OPTIONS,
    OPTIONS,
    COLUMNS = OPTIONS + 3 * BANK_OPTIONS_MAX
};

static const char *const names[OPTIONS] = {"bank", "title", "domain", "version",   "licence", "pass",         "id",
                                           "type", "level", "topic",  "objective", "scoring", "engine",       "lesson",
                                           "man",  "lab",   "stem",   "rubric",    "proof",   "proof_options"};
static const char *const option_names[] = {"option", "key", "explanation"};

static char *column_name(int column)
{
    if (column < OPTIONS)
        return xstrdup(names[column]);
    return str_format("%s_%d", option_names[(column - OPTIONS) % 3], (column - OPTIONS) / 3 + 1);
}

/* --- rows --- */

struct csv {
    struct exchange *exchange;
    const char *at;
    int line;
};

/* One field; *last tells whether the row ends behind it. */
static char *field_read(struct csv *csv, bool *last)
{
    struct buf field = BUF_INIT;
    if (*csv->at == '"') {
        int begun = csv->line;
        for (csv->at++; *csv->at && !(csv->at[0] == '"' && csv->at[1] != '"'); csv->at++) {
            csv->at += *csv->at == '"';
            csv->line += *csv->at == '\n';
            buf_putc(&field, *csv->at);
        }
        if (!*csv->at)
            exchange_problem(csv->exchange, begun, "a quoted field does not end; close it with \"");
        else
            csv->at++;
        if (*csv->at && !strchr(",\r\n", *csv->at)) {
            exchange_problem(csv->exchange, csv->line, "text behind the closing quote of a field; double a quote that is text");
            csv->at += strcspn(csv->at, ",\r\n");
        }
    } else {
        size_t len = strcspn(csv->at, ",\r\n");
        buf_add(&field, csv->at, len);
        csv->at += len;
    }
    *last = *csv->at != ',';
    csv->at += *csv->at == ',';
    if (*last && *csv->at) {
        csv->at += strspn(csv->at, "\r");
        csv->line += *csv->at == '\n';
        csv->at += *csv->at == '\n';
    }
    return buf_take(&field);
}

static char **row_read(struct csv *csv)
{
    char **row = NULL;
    for (bool last = false; !last;)
        strv_take(&row, field_read(csv, &last));
    return row;
}

/* --- in --- */

/* Which column of the file each of ours is; -1 for none. */
static bool columns_read(struct csv *csv, int columns[COLUMNS])
{
    cleanup_strv char **head = row_read(csv);
    for (int c = 0; c < COLUMNS; c++) {
        cleanup_free char *name = column_name(c);
        columns[c] = -1;
        for (int i = 0; head[i]; i++)
            if (str_equal(str_trim(head[i]), name))
                columns[c] = i;
    }
    if (columns[TYPE] >= 0 && columns[STEM] >= 0)
        return true;
    exchange_problem(csv->exchange, 1, "the first row names the columns, and \"%s\" is not among them; begin with %s",
                     columns[TYPE] < 0 ? "type" : "stem", "id,type,topic,stem,option_1,key_1,explanation_1,...");
    return false;
}

static const char *cell(char *const *row, const int *columns, int column)
{
    size_t index = (size_t)columns[column];
    return columns[column] >= 0 && index < strv_len(row) ? row[index] : "";
}

static void take(char **field, const char *value)
{
    if (!*value)
        return;
    free(*field);
    *field = xstrdup(value);
}

static void question_read(struct exchange *exchange, char *const *row, const int *columns, int line)
{
    struct bank_question *question = exchange_question(exchange, line);
    int type = question_type_named(cell(row, columns, TYPE)), scoring = question_scoring_named(cell(row, columns, SCORING));
    if (type < 0)
        exchange_problem(exchange, line, "\"%.40s\" is no type of question; write single, multiple, truefalse and so on",
                         cell(row, columns, TYPE));
    if (scoring < 0 && *cell(row, columns, SCORING))
        exchange_problem(exchange, line, "\"%.40s\" is no scoring; write all, partial or penalty", cell(row, columns, SCORING));
    question->type = type < 0 ? QUESTION_SINGLE : (enum question_type)type;
    question->scoring = scoring < 0 ? SCORING_ALL : (enum question_scoring)scoring;
    take(&question->stem, cell(row, columns, STEM));
    exchange_name(exchange, question, *cell(row, columns, ID) ? cell(row, columns, ID) : question->stem);
    static const int tagged[] = {LEVEL, TOPIC, OBJECTIVE, ENGINE, LESSON, MAN, LAB};
    for (size_t i = 0; i < ARRAY_LEN(tagged); i++) {
        cleanup_free char *tag = str_format("%s=%s", names[tagged[i]], cell(row, columns, tagged[i]));
        if (*cell(row, columns, tagged[i]))
            exchange_tag(exchange, question, line, tag);
    }
    take(&question->rubric, cell(row, columns, RUBRIC));
    take(&question->proof, cell(row, columns, PROOF));
    question->proof_options = *cell(row, columns, PROOF_OPTIONS) != 0;
    for (int i = 0; i < BANK_OPTIONS_MAX; i++) {
        const char *text = cell(row, columns, OPTIONS + 3 * i);
        if (*text)
            exchange_option(exchange, question, line, *cell(row, columns, OPTIONS + 3 * i + 1) != 0, xstrdup(text),
                            xstrdup(cell(row, columns, OPTIONS + 3 * i + 2)));
    }
}

static void front_read(struct exchange *exchange, char *const *row, const int *columns)
{
    struct bank *bank = exchange->bank;
    take(&bank->id, cell(row, columns, BANK));
    take(&bank->title, cell(row, columns, TITLE));
    take(&bank->domain, cell(row, columns, DOMAIN));
    take(&bank->version, cell(row, columns, VERSION));
    take(&bank->licence, cell(row, columns, LICENCE));
    bank->pass = *cell(row, columns, PASS) ? atoi(cell(row, columns, PASS)) : bank->pass;
}

void csv_read(struct exchange *exchange, const char *text, size_t len)
{
    cleanup_free char *copy = xstrndup(text, len);
    struct csv csv = {.exchange = exchange, .at = str_starts(copy, "\xef\xbb\xbf") ? copy + 3 : copy, .line = 1};
    int columns[COLUMNS];
    if (!columns_read(&csv, columns))
        return;
    while (*csv.at) {
        int line = csv.line;
        cleanup_strv char **row = row_read(&csv);
        if (!row[1] && !*row[0])
            continue;
        if (exchange->bank->count == 0)
            front_read(exchange, row, columns);
        question_read(exchange, row, columns, line);
    }
}

/* --- out --- */

static void put(struct buf *out, bool first, const char *text)
{
    if (!first)
        buf_putc(out, ',');
    if (text && !text[strcspn(text, ",\"\r\n")]) {
        buf_puts(out, text);
        return;
    }
    buf_putc(out, '"');
    for (const char *p = text ? text : ""; *p; p++) {
        if (*p == '"')
            buf_putc(out, '"');
        buf_putc(out, *p);
    }
    buf_putc(out, '"');
}

static void put_options(struct buf *out, const struct bank_question *question)
{
    for (size_t i = 0; i < BANK_OPTIONS_MAX; i++) {
        const struct bank_option *option = i < question->option_count ? &question->options[i] : NULL;
        cleanup_free char *text = !option         ? xstrdup("")
                                  : option->match ? str_format("%s = %s", option->text, option->match)
                                                  : xstrdup(option->text);
        put(out, false, text);
        put(out, false, option && option->key ? "x" : "");
        put(out, false, option ? exchange_explained(option) : "");
    }
}

void csv_write(const struct bank *bank, struct buf *out, char ***notes)
{
    (void)notes; /* it holds all */
    for (int c = 0; c < COLUMNS; c++) {
        cleanup_free char *name = column_name(c);
        put(out, c == 0, name);
    }
    buf_puts(out, "\r\n");
    for (size_t i = 0; i < bank->count; i++) {
        const struct bank_question *question = &bank->questions[i];
        cleanup_free char *pass = str_format("%d", bank->pass), *level = str_format("%d", question->level);
        const char *cells[OPTIONS] = {bank->id,
                                      bank->title,
                                      bank->domain,
                                      bank->version,
                                      bank->licence,
                                      pass,
                                      question->id,
                                      question_type_name(question->type),
                                      level,
                                      question->topic,
                                      question->objective,
                                      question->type == QUESTION_MULTIPLE ? question_scoring_name(question->scoring) : "",
                                      str_or(question->engine, ""),
                                      str_or(question->lesson, ""),
                                      str_or(question->man, ""),
                                      str_or(question->lab, ""),
                                      question->stem,
                                      str_or(question->rubric, ""),
                                      str_or(question->proof, ""),
                                      question->proof_options ? "x" : ""};
        for (int c = 0; c < OPTIONS; c++)
            put(out, c == 0, cells[c]);
        put_options(out, question);
        buf_puts(out, "\r\n");
    }
}
