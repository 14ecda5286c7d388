/* Run by learning.sh: how long FSRS takes for 10,000 cards, and statistics for 1,000 attempts by 60 questions, from the marks and
 * from a database of answers. Prints "name milliseconds" lines. */
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

enum { CARDS = 10000, ATTEMPTS = 1000, ITEMS = 60 };

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

static void bench_answers(const char *folder)
{
    struct error err = ERROR_INIT;
    struct store store = {0};
    cleanup_buf struct buf bank = BUF_INIT;
    cleanup_free char *path = path_join(folder, "bench.md"), *db = path_join(folder, "bench.db");
    buf_puts(&bank, "---\nid: bench\ntitle: b\ndomain: storage\nversion: 1\nlicence: MIT\n---\n");
    for (int i = 0; i < ITEMS; i++)
        buf_printf(&bank, "## q%d {type=single level=1 topic=C01}\n\nWhich?\n\n- [x] A\n  > a\n- [ ] B\n  > b\n- [ ] C\n  > c\n\n",
                   i);
    if (file_write(path, bank.data, bank.len, 0600, &err) < 0 || store_open(&store, db, &err) < 0 ||
        store_begin(&store, &err) < 0) {
        fprintf(stderr, "figures: %s\n", err.message);
        exit(1);
    }
    json_decref(ask(&store, 0, json_pack("{s:s,s:s}", "op", "bank.import", "path", path)));
    for (uid_t uid = 1000; uid < 1000 + ATTEMPTS; uid++)
        sit(&store, uid);
    int64_t from = clock_mono_ns();
    json_decref(ask(&store, 0, json_pack("{s:s,s:s}", "op", "exam.statistics", "bank", "bench")));
    printf("report %.0f\n", since(from));
    store_commit(&store, &err);
    store_close(&store);
}

int main(int argc, char **argv)
{
    bench_cards();
    bench_marks();
    if (argc > 1)
        bench_answers(argv[1]);
    return 0;
}
