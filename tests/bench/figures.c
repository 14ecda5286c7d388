/* Run by learning.sh: how long FSRS takes for 10,000 cards, statistics for 1,000 attempts by 60 questions, from the marks and from
 * a database of answers, and opening a bank of 20,000 questions. Prints "name milliseconds" lines. */
#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/fsrs.h"
#include "quizzes/classd/requests.h"
#include "quizzes/classd/statistics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CARDS = 10000, ATTEMPTS = 1000, ITEMS = 60, BANK = 20000 };

static double since(int64_t from) { return (double)(clock_mono_ns() - from) / 1e6; }

static void bench_cards(void)
{
    struct fsrs_card *cards = xcalloc(CARDS, sizeof *cards);
    for (int i = 0; i < CARDS; i++) /* with a history: new ones are cheap */
        for (int k = 0; k < 3; k++)
            fsrs_review(&cards[i], FSRS_GOOD, (int64_t)k * (i % 40) * FSRS_DAY_MS);
    int64_t from = clock_mono_ns();
    for (int i = 0; i < CARDS; i++)
        fsrs_review(&cards[i], (enum fsrs_rating)(1 + i % 4), 200LL * FSRS_DAY_MS);
    printf("fsrs %.2f\n", since(from));
    free(cards);
}

static void bench_marks(void)
{
    double *cells = xcalloc(ATTEMPTS * ITEMS, sizeof *cells), most[ITEMS];
    struct statistics_item items[ITEMS];
    struct statistics_test test;
    for (int i = 0; i < ATTEMPTS * ITEMS; i++)
        cells[i] = rand() % 3 > 0;
    for (int i = 0; i < ITEMS; i++)
        most[i] = 1;
    struct marks marks = {ATTEMPTS, ITEMS, cells, most};
    int64_t from = clock_mono_ns();
    statistics_compute(&marks, items, &test);
    printf("statistics %.2f\n", since(from));
    free(cells);
}

static json_t *ask(struct store *store, uid_t uid, json_t *request)
{
    cleanup_free char *text = json_text(request);
    json_decref(request);
    json_t *reply = request_serve(store, uid, 1, text, strlen(text));
    if (!json_flag(reply, "ok", false)) {
        fprintf(stderr, "figures: %s\n", json_str(reply, "error", "?"));
        exit(1);
    }
    return reply;
}

static void sit(struct store *store, uid_t uid)
{
    cleanup_json json_t *exam = ask(store, uid, json_pack("{s:s,s:s,s:i}", "op", "exam.start", "bank", "bench", "count", ITEMS));
    json_int_t attempt = json_num(exam, "attempt", 0);
    for (int slot = 1; slot <= ITEMS; slot++)
        json_decref(ask(store, uid,
                        json_pack("{s:s,s:I,s:i,s:[s],s:i}", "op", "exam.answer", "attempt", attempt, "slot", slot, "answer",
                                  (const char *[]){"a", "b", "c"}[rand() % 3], "seq", 1)));
    json_decref(ask(store, uid, json_pack("{s:s,s:I}", "op", "exam.finish", "attempt", attempt)));
}

static void fail(const struct error *err)
{
    fprintf(stderr, "figures: %s\n", err->message);
    exit(1);
}

/* A bank of so many questions becomes a file NAME.md; its path. */
static char *bank_written(const char *folder, const char *name, int questions)
{
    struct error err = ERROR_INIT;
    cleanup_buf struct buf bank = BUF_INIT;
    char *path = str_format("%s/%s.md", folder, name);
    buf_printf(&bank, "---\nid: %s\ntitle: b\ndomain: storage\nversion: 1\nlicence: MIT\n---\n", name);
    for (int i = 0; i < questions; i++)
        buf_printf(&bank, "## q%d {type=single level=1 topic=C01}\n\nWhich?\n\n- [x] A\n  > a\n- [ ] B\n  > b\n- [ ] C\n  > c\n\n",
                   i);
    if (file_write(path, bank.data, bank.len, 0600, &err) < 0)
        fail(&err);
    return path;
}

static json_t *import(const char *path) { return json_pack("{s:s,s:s}", "op", "bank.import", "path", path); }

static void opened(struct store *store, const char *db)
{
    struct error err = ERROR_INIT;
    *store = (struct store){0};
    if (store_open(store, db, &err) < 0 || store_begin(store, &err) < 0)
        fail(&err);
}

static void committed(struct store *store)
{
    struct error err = ERROR_INIT;
    if (store_commit(store, &err) < 0)
        fail(&err);
}

/* To open a bank is to see that it is the one that is known, and to draw from it. The database is another program's by then. */
static void bench_bank(const char *folder)
{
    struct store store;
    cleanup_free char *path = bank_written(folder, "large", BANK), *db = path_join(folder, "large.db");
    opened(&store, db);
    json_decref(ask(&store, 0, import(path)));
    committed(&store);
    store_close(&store);
    int64_t from = clock_mono_ns();
    opened(&store, db);
    json_decref(ask(&store, 0, import(path)));
    json_decref(ask(&store, 0, json_pack("{s:s,s:s,s:i}", "op", "exam.start", "bank", "large", "count", ITEMS)));
    committed(&store);
    printf("bank %.2f\n", since(from));
    store_close(&store);
}

static void bench_answers(const char *folder)
{
    struct store store;
    cleanup_free char *path = bank_written(folder, "bench", ITEMS), *db = path_join(folder, "bench.db");
    opened(&store, db);
    json_decref(ask(&store, 0, import(path)));
    for (uid_t uid = 1000; uid < 1000 + ATTEMPTS; uid++)
        sit(&store, uid);
    int64_t from = clock_mono_ns();
    json_decref(ask(&store, 0, json_pack("{s:s,s:s}", "op", "exam.statistics", "bank", "bench")));
    printf("report %.0f\n", since(from));
    committed(&store);
    store_close(&store);
}

int main(int argc, char **argv)
{
    bench_cards();
    bench_marks();
    if (argc > 1) {
        bench_bank(argv[1]);
        bench_answers(argv[1]);
    }
    return 0;
}
