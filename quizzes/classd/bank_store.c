/* Banks into the database, public part and secret part, and the list of them. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank/bank.h"
#include "quizzes/classd/progress.h"
#include "quizzes/classd/requests.h"
#include "quizzes/classd/rows.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

struct place {
    struct store *store;
    int64_t rev, position;
    const struct bank_question *question;
};

static int insert_choice(const struct place *at, char letter, const struct bank_option *option, struct error *err)
{
    char text[2] = {letter};
    int r = store_run(at->store, err, "INSERT INTO choice (rev, position, letter, text) VALUES (?, ?, ?, ?)", "iitt", at->rev,
                      at->position, text, option->text);
    return r < 0 ? r
                 : store_run(at->store, err,
                             "INSERT INTO choice_secret (rev, position, letter, is_key, explanation) VALUES (?, ?, ?, ?, ?)",
                             "iitit", at->rev, at->position, text, (int64_t)option->key, option->explanation);
}

static int insert_pattern(const struct place *at, size_t index, const struct bank_option *option, struct error *err)
{
    return store_run(at->store, err,
                     "INSERT INTO pattern (rev, position, number, is_key, text, value, tolerance, unit, explanation)"
                     " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     "iiiitddtt", at->rev, at->position, (int64_t)index + 1, (int64_t)option->key, option->text, option->value,
                     option->tolerance, option->unit, option->explanation);
}

static bool stood_before(const char *const *texts, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (str_equal(texts[i], texts[at]))
            return true;
    return false;
}

/* ranks[i]: how many texts, the same ones counted once, come before texts[i]; that gives letters that say nothing about the file's
 * order. */
static void rank(const char *const *texts, size_t count, size_t *ranks)
{
    for (size_t i = 0; i < count; i++) {
        ranks[i] = 0;
        for (size_t k = 0; k < count; k++)
            ranks[i] += strcmp(texts[k], texts[i]) < 0 && !stood_before(texts, k);
    }
}

/* The options in the file's order, or each under the letter of its text; *key gets those letters. */
static int insert_options(const struct place *at, char key[16], struct error *err)
{
    const struct bank_question *question = at->question;
    const char *texts[BANK_OPTIONS_MAX], *matches[BANK_OPTIONS_MAX];
    size_t ranks[BANK_OPTIONS_MAX], count = question->option_count;
    bool ordering = question->type == QUESTION_ORDERING, matching = question->type == QUESTION_MATCHING;
    for (size_t i = 0; i < count; i++) {
        texts[i] = question->options[i].text;
        matches[i] = question->options[i].match;
    }
    if (ordering || matching)
        rank(ordering ? texts : matches, count, ranks);
    int r = 0;
    for (size_t i = 0; i < count && r == 0; i++) {
        const struct bank_option *option = &question->options[i];
        if (question->type >= QUESTION_SHORT) {
            r = insert_pattern(at, i, option, err);
            continue;
        }
        if (ordering || matching)
            key[i] = (char)('a' + ranks[i]);
        r = insert_choice(at, (char)('a' + (ordering ? ranks[i] : i)), option, err);
        char letter[2] = {key[i]};
        if (r == 0 && matching && !stood_before(matches, i))
            r = store_run(at->store, err, "INSERT INTO counterpart (rev, position, letter, text) VALUES (?, ?, ?, ?)", "iitt",
                          at->rev, at->position, letter, option->match);
    }
    return r;
}

static int insert_question(const struct place *at, struct error *err)
{
    const struct bank_question *question = at->question;
    char key[16] = "";
    int r =
        store_run(at->store, err,
                  "INSERT INTO question (rev, position, id, type, level, topic, objective, stem, scoring, engine, lesson, man, lab)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  "iittitttttttt", at->rev, at->position, question->id, question_type_name(question->type),
                  (int64_t)question->level, question->topic, question->objective, question->stem,
                  question_scoring_name(question->scoring), question->engine, question->lesson, question->man, question->lab);
    if (r == 0)
        r = insert_options(at, key, err);
    if (r < 0 || (!*key && !question->rubric && !question->proof))
        return r;
    return store_run(at->store, err,
                     "INSERT INTO question_secret (rev, position, key, rubric, points, proof, proof_options)"
                     " VALUES (?, ?, ?, ?, ?, ?, ?)",
                     "iittiti", at->rev, at->position, key, question->rubric, (int64_t)question->points, question->proof,
                     (int64_t)question->proof_options);
}

static int insert_questions(struct store *store, int64_t rev, const struct bank *bank, struct error *err)
{
    int r = 0;
    for (size_t i = 0; i < bank->count && r == 0; i++) {
        const struct place at = {store, rev, (int64_t)i + 1, &bank->questions[i]};
        r = insert_question(&at, err);
    }
    return r;
}

static int insert_bank(const struct request *request, const struct bank *bank, const char *path, struct error *err)
{
    struct store *store = request->store;
    int r = store_run(store, err,
                      "INSERT INTO bank (id, digest, title, domain, version, licence, pass, source, imported, recency)"
                      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
                      "ttttttiti", bank->id, bank->digest, bank->title, bank->domain, bank->version, bank->licence,
                      (int64_t)bank->pass, path, store_now_ms(store));
    if (r < 0)
        return r;
    int64_t rev = store_last_id(store);
    r = insert_questions(store, rev, bank, err);
    char content[80];
    if (r == 0)
        r = rows_content(store, rev, content, err);
    return r < 0 ? r
                 : progress_event(request, "bank.import",
                                  json_pack("{s:s,s:I,s:s,s:s}", "bank", bank->id, "rev", (json_int_t)rev, "digest", bank->digest,
                                            "content", content),
                                  err);
}

/* The content was imported before and is the newest: nothing to parse, nothing to do. */
static bool is_current(struct store *store, const char *digest, json_t *reply)
{
    struct error err = ERROR_INIT;
    cleanup_query sqlite3_stmt *query =
        store_query(store, &err,
                    "SELECT b.id, b.title, (SELECT count(*) FROM question q WHERE q.rev = b.rev) FROM bank b WHERE b.digest = ?"
                    " AND b.recency = (SELECT max(recency) FROM bank n WHERE n.id = b.id)",
                    "t", digest);
    if (!query || query_next(store, query, &err) != 1)
        return false;
    json_object_update_new(reply, json_pack("{s:s,s:s,s:I,s:b}", "bank", query_text(query, 0), "title", query_text(query, 1),
                                            "questions", (json_int_t)query_int(query, 2), "unchanged", 1));
    return true;
}

/* A bank that an instructor keeps for exams; importing it once for practice opens it. */
static int set_kept(const struct request *request, const char *bank, struct error *err)
{
    if (!request->store->classroom)
        return 0;
    return json_flag(request->body, "keep", false)
               ? store_run(request->store, err, "INSERT INTO bank_kept (bank) VALUES (?) ON CONFLICT DO NOTHING", "t", bank)
               : store_run(request->store, err, "DELETE FROM bank_kept WHERE bank = ?", "t", bank);
}

static int store_bank(const struct request *request, const struct bank *bank, const char *path, json_t *reply, struct error *err)
{
    struct store *store = request->store;
    int r = 0;
    if (!store_number(store, 0, "SELECT rev FROM bank WHERE id = ? AND digest = ?", "tt", bank->id, bank->digest))
        r = insert_bank(request, bank, path, err);
    if (r == 0)
        r = store_run(store, err, "UPDATE bank SET recency = 1 + (SELECT max(recency) FROM bank) WHERE id = ? AND digest = ?", "tt",
                      bank->id, bank->digest);
    if (r == 0)
        r = set_kept(request, bank->id, err);
    json_object_update_new(reply, json_pack("{s:s,s:s,s:I,s:b}", "bank", bank->id, "title", bank->title, "questions",
                                            (json_int_t)bank->count, "unchanged", 0));
    return r;
}

/* A bank that comes as text: its file is the instructor's, and this program may not read it. */
static int import_text(const struct request *request, const char *text, json_t *reply, struct error *err)
{
    const char *file = json_str(request->body, "file", "bank.md");
    cleanup_bank struct bank bank = {0};
    cleanup_strv char **problems = NULL;
    size_t count = bank_parse(file, text, strlen(text), &bank, &problems);
    if (count)
        return error_set(err, EINVAL, "%s%s", problems[0], count > 1 ? " (and more; `slipway quiz lint` lists them)" : "");
    return store_bank(request, &bank, file, reply, err);
}

int request_bank_import(const struct request *request, json_t *reply, struct error *err)
{
    struct store *store = request->store;
    const char *path = json_str(request->body, "path", NULL), *text = json_str(request->body, "text", NULL);
    if (text)
        return import_text(request, text, reply, err);
    if (str_empty(path) || *path != '/')
        return error_set(err, EINVAL, "bank.import needs \"path\", from the root");
    struct stat st;
    if (stat(path, &st) < 0)
        return error_errno(err, errno, "read %s", path);
    if (!S_ISREG(st.st_mode) || st.st_size > BANK_FILE_MAX)
        return error_set(err, EINVAL, "%s: a question bank is a file of at most %d MiB", path, BANK_FILE_MAX >> 20);
    char digest[DIGEST_TEXT];
    int r = digest_file(path, digest, err);
    if (r < 0 || is_current(store, digest, reply))
        return r;
    cleanup_bank struct bank bank = {0};
    r = bank_load(path, &bank, err);
    return r < 0 ? r : store_bank(request, &bank, path, reply, err);
}

int request_bank_list(const struct request *request, json_t *reply, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        request->store, err,
        "SELECT b.id, b.title, b.domain, b.version, b.licence, b.pass, b.rev,"
        " (SELECT count(*) FROM question q WHERE q.rev = b.rev),"
        " (SELECT json_group_array(topic) FROM (SELECT DISTINCT topic FROM question q WHERE q.rev = b.rev ORDER BY topic))"
        " FROM bank b WHERE b.recency = (SELECT max(recency) FROM bank n WHERE n.id = b.id) ORDER BY b.id",
        "");
    json_t *banks = json_array();
    json_object_set_new(reply, "banks", banks);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(request->store, query, err)) == 1) {
        json_t *topics = json_loads(query_text(query, 8), 0, NULL);
        json_array_append_new(banks,
                              json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:o}", "bank", query_text(query, 0), "title",
                                        query_text(query, 1), "domain", query_text(query, 2), "version", query_text(query, 3),
                                        "licence", query_text(query, 4), "pass", (json_int_t)query_int(query, 5), "questions",
                                        (json_int_t)query_int(query, 7), "topics", topics ? topics : json_array()));
    }
    return r;
}
