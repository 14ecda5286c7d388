/* A bank file to questions: the bytes are checked first, then the front matter, then the blocks that cmark finds are walked once,
 * top level only. Everything wrong is collected, so that an author mends a file in one round. */
#include "quizzes/bank/bank_source.h"

#include "base/frontmatter.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <cmark.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where in a question the walk is. */
enum place { BEFORE, STEM, OPTIONS, PROOF };

struct walk {
    struct source *source;
    struct bank *bank;
    int offset; /* lines of front matter before cmark's line 1 */
    enum place place;
    int stem_first, stem_last;
};

static int first_line(const struct walk *walk, cmark_node *node) { return cmark_node_get_start_line(node) + walk->offset; }
static int last_line(const struct walk *walk, cmark_node *node) { return cmark_node_get_end_line(node) + walk->offset; }

static struct bank_question *current(const struct walk *walk) { return &walk->bank->questions[walk->bank->count - 1]; }

static void question_end(struct walk *walk)
{
    if (walk->place == BEFORE)
        return;
    struct bank_question *question = current(walk);
    question->stem = source_text(walk->source, walk->stem_first, walk->stem_last, 0, false);
    question_check(walk->source, question);
}

static void question_begin(struct walk *walk, cmark_node *heading)
{
    struct bank *bank = walk->bank;
    int line = first_line(walk, heading);
    question_end(walk);
    if (bank->count % 64 == 0)
        bank->questions = xrealloc(bank->questions, (bank->count + 64) * sizeof *bank->questions);
    struct bank_question *question = &bank->questions[bank->count++];
    *question = (struct bank_question){0};
    heading_read(walk->source, line, question);
    walk->place = STEM;
    walk->stem_first = line + 1;
    walk->stem_last = line;
}

/* Behind the list marker of an item; `*marker` is where it stood. */
static const char *item_text(const struct source *source, int line)
{
    const char *text = source_line(source, line);
    text += strspn(text, " ");
    text += strspn(text, "0123456789");
    text += *text && strchr("-*+.)", *text);
    return text + strspn(text, " ");
}

static bool is_task_mark(const char *text)
{
    return text[0] == '[' && text[1] && text[2] == ']' && (!text[3] || text[3] == ' ') && strchr("xX ", text[1]);
}

static void option_read(struct walk *walk, cmark_node *item)
{
    struct source *source = walk->source;
    struct bank_question *question = current(walk);
    int line = first_line(walk, item);
    if (question->option_count == BANK_OPTIONS_MAX) {
        source_problem(source, line, "question %s has more than %d options", question->id, BANK_OPTIONS_MAX);
        return;
    }
    const char *text = item_text(source, line);
    cmark_node *quote = cmark_node_last_child(item);
    bool explained = quote && cmark_node_get_type(quote) == CMARK_NODE_BLOCK_QUOTE;
    int text_last = explained ? first_line(walk, quote) - 1 : last_line(walk, item);
    int indent = (int)(text - source_line(source, line));
    cleanup_free char *more = source_text(source, line + 1, text_last, indent, false);
    option_add(source, question, line, *more ? str_format("%s\n%s", text, more) : xstrdup(text),
               explained ? source_text(source, text_last + 1, last_line(walk, quote), 0, true) : xstrdup(""));
}

/* Whether this list is what the learner answers with, and no list of the stem. */
static bool is_options(const struct walk *walk, cmark_node *node)
{
    cmark_node *item = cmark_node_get_type(node) == CMARK_NODE_LIST ? cmark_node_first_child(node) : NULL;
    if (!item)
        return false;
    const char *text = item_text(walk->source, first_line(walk, item));
    enum question_type type = current(walk)->type;
    if (cmark_node_get_list_type(node) == CMARK_ORDERED_LIST)
        return type == QUESTION_ORDERING;
    return type == QUESTION_MATCHING ? strstr(text, " = ") != NULL : is_task_mark(text);
}

static bool is_fence(cmark_node *node, const char *name)
{
    if (cmark_node_get_type(node) != CMARK_NODE_CODE_BLOCK)
        return false;
    const char *info = str_or(cmark_node_get_fence_info(node), "");
    size_t len = strlen(name);
    return str_starts(info, name) && (!info[len] || info[len] == ' ');
}

/* A paragraph of the one line "lab: slug". */
static bool lab_read(struct walk *walk, cmark_node *node)
{
    int line = first_line(walk, node);
    struct bank_question *question = current(walk);
    const char *text = source_line(walk->source, line);
    if (question->type != QUESTION_TASK || cmark_node_get_type(node) != CMARK_NODE_PARAGRAPH || line != last_line(walk, node) ||
        !str_starts(text, "lab:"))
        return false;
    cleanup_free char *copy = xstrdup(text + strlen("lab:"));
    question->lab = xstrdup(str_trim(copy));
    return true;
}

/* What ends the stem: the options, a rubric, a lab. */
static bool answer_part(struct walk *walk, cmark_node *node)
{
    if (is_options(walk, node)) {
        for (cmark_node *item = cmark_node_first_child(node); item; item = cmark_node_next(item))
            option_read(walk, item);
        return true;
    }
    if (is_fence(node, "rubric")) {
        rubric_read(walk->source, first_line(walk, node), cmark_node_get_literal(node), current(walk));
        return true;
    }
    return lab_read(walk, node);
}

static void heading(struct walk *walk, cmark_node *node)
{
    if (cmark_node_get_heading_level(node) == 2 && str_starts(source_line(walk->source, first_line(walk, node)), "##"))
        question_begin(walk, node);
    else
        source_problem(walk->source, first_line(walk, node), "only \"## id {...}\" headings are allowed in a bank");
}

static void block(struct walk *walk, cmark_node *node)
{
    int line = first_line(walk, node);
    if (cmark_node_get_type(node) == CMARK_NODE_HEADING) {
        heading(walk, node);
    } else if (cmark_node_get_type(node) == CMARK_NODE_HTML_BLOCK) {
        source_problem(walk->source, line, "HTML is not shown to the learner; write it as code");
    } else if (walk->place == BEFORE) {
        source_problem(walk->source, line, "text before the first question; a question begins with \"## id {...}\"");
    } else if (is_fence(node, "proof")) {
        proof_read(walk->source, line, cmark_node_get_fence_info(node), cmark_node_get_literal(node), current(walk));
        walk->place = PROOF;
    } else if (walk->place >= OPTIONS) {
        source_problem(walk->source, line, "text after the %s of question %s; a question ends with %s",
                       walk->place == PROOF ? "proof" : "options", current(walk)->id, walk->place == PROOF ? "it" : "them");
    } else if (answer_part(walk, node)) {
        walk->place = OPTIONS;
    } else {
        walk->stem_last = last_line(walk, node);
    }
}

static void check_ids(struct source *source, const struct bank *bank);

static void questions_read(struct source *source, const char *body, int offset, struct bank *bank)
{
    struct walk walk = {.source = source, .bank = bank, .offset = offset};
    cmark_node *document = cmark_parse_document(body, strlen(body), CMARK_OPT_DEFAULT);
    for (cmark_node *node = cmark_node_first_child(document); node; node = cmark_node_next(node)) {
        if (bank->count >= BANK_QUESTIONS_MAX && cmark_node_get_type(node) == CMARK_NODE_HEADING) {
            source_problem(source, first_line(&walk, node), "more than %d questions; make two banks", BANK_QUESTIONS_MAX);
            break;
        }
        block(&walk, node);
    }
    question_end(&walk);
    cmark_node_free(document);
    if (bank->count == 0)
        source_problem(source, offset + 1, "the bank has no questions");
    check_ids(source, bank);
}

static int by_id(const void *a, const void *b)
{
    const struct bank_question *const *left = a, *const *right = b;
    int order = strcmp((*left)->id, (*right)->id);
    return order ? order : (*left)->line - (*right)->line;
}

static void check_ids(struct source *source, const struct bank *bank)
{
    cleanup_free const struct bank_question **sorted = xcalloc(bank->count + 1, sizeof *sorted);
    for (size_t i = 0; i < bank->count; i++)
        sorted[i] = &bank->questions[i];
    qsort(sorted, bank->count, sizeof *sorted, by_id);
    for (size_t i = 1; i < bank->count; i++)
        if (str_equal(sorted[i]->id, sorted[i - 1]->id))
            source_problem(source, sorted[i]->line, "question id %s is used already on line %d", sorted[i]->id,
                           sorted[i - 1]->line);
}

static int line_of_key(const struct source *source, const char *key)
{
    for (int i = 2; i <= source->count && !str_equal(source_line(source, i), "---"); i++)
        if (str_starts(source_line(source, i), key))
            return i;
    return 1;
}

static char *take_text(struct source *source, const json_t *front, const char *key)
{
    const char *value = json_str(front, key, NULL);
    if (str_empty(value))
        source_problem(source, line_of_key(source, key), "the front matter needs \"%s: ...\"", key);
    else if (strlen(value) > 200)
        source_problem(source, line_of_key(source, key), "%s is longer than 200 bytes", key);
    return xstrdup(value ? value : "");
}

static void front_read(struct source *source, json_t *front, struct bank *bank)
{
    const char *known[] = {"id", "title", "domain", "version", "licence", "pass"};
    const char *key;
    json_t *value;
    json_object_foreach(front, key, value)
    {
        bool found = false;
        for (size_t i = 0; i < ARRAY_LEN(known); i++)
            found = found || str_equal(key, known[i]);
        if (!found)
            source_problem(source, line_of_key(source, key),
                           "\"%s\" is unknown; there are id, title, domain, version, licence and pass", key);
    }
    bank->id = take_text(source, front, "id");
    bank->title = take_text(source, front, "title");
    bank->domain = take_text(source, front, "domain");
    bank->version = take_text(source, front, "version");
    bank->licence = take_text(source, front, "licence");
    if (*bank->id && !bank_name_valid(bank->id))
        source_problem(source, line_of_key(source, "id"), "id \"%s\": use a-z, 0-9 and dashes, at most 64", bank->id);
    if (*bank->domain && !bank_domain_valid(bank->domain)) {
        cleanup_free char *all = strv_join((char *const *)bank_domains, ", ");
        source_problem(source, line_of_key(source, "domain"), "domain \"%s\" is unknown; there are %s", bank->domain, all);
    }
    long long pass = 65;
    if (json_at(front, "pass") && (!str_to_int(json_str(front, "pass", ""), &pass) || pass < 1 || pass > 100))
        source_problem(source, line_of_key(source, "pass"), "pass must be a percentage from 1 to 100");
    bank->pass = (int)pass;
}

/* First byte that may not be in a bank: not UTF-8, or a control character that a terminal would obey. */
static bool bytes_valid(struct source *source, const char *text, size_t len)
{
    int line = 1;
    for (const char *at = text, *end = text + len; at < end;) {
        size_t piece = strcspn(at, "\n");
        cleanup_json json_t *valid = json_stringn(at, piece);
        if (!valid) {
            source_problem(source, line, "not UTF-8; save the file as UTF-8");
            return false;
        }
        for (size_t i = 0; i <= piece && at + i < end; i++) {
            size_t bad = at[i] == '\t' || at[i] == '\n' ? 0 : utf8_control(at + i);
            if (bad) {
                source_problem(source, line, "control character 0x%02x; remove it", (unsigned char)at[i + bad - 1]);
                return false;
            }
        }
        at += piece + 1;
        line++;
    }
    return true;
}

static char *without_returns(const char *text, size_t *len)
{
    char *copy = xmalloc(*len + 1);
    size_t kept = 0;
    for (size_t i = 0; i < *len; i++)
        if (!(text[i] == '\r' && i + 1 < *len && text[i + 1] == '\n'))
            copy[kept++] = text[i];
    copy[kept] = 0;
    *len = kept;
    return copy;
}

size_t bank_parse(const char *file, const char *text, size_t len, struct bank *out, char ***problems)
{
    *out = (struct bank){0};
    struct source source = {.file = file, .problems = problems};
    digest_bytes(text, len, out->digest);
    if (len > BANK_FILE_MAX) {
        source_problem(&source, 1, "the file has %zu bytes; %d MiB is the most", len, BANK_FILE_MAX >> 20);
        return source.problem_count;
    }
    cleanup_free char *copy = without_returns(text, &len);
    if (!bytes_valid(&source, copy, len))
        return source.problem_count;
    struct error err = ERROR_INIT;
    const char *body = "";
    cleanup_json json_t *front = front_matter_parse(file, copy, &body, &err);
    if (!front) {
        strv_add(problems, err.message);
        return ++source.problem_count;
    }
    cleanup_strv char **lines = str_split(copy, '\n');
    source.lines = lines;
    source.count = (int)strv_len(lines);
    int offset = 0;
    for (const char *p = copy; p < body; p++)
        offset += *p == '\n';
    front_read(&source, front, out);
    questions_read(&source, body, offset, out);
    return source.problem_count;
}
