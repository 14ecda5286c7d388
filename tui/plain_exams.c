/* Exams: questions with their answers under letters, and what came of earlier ones. */
#include "tui/plain.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"

#include <stdio.h>

static json_t *ask_school(const char *op)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *request = json_pack("{s:s}", "op", op);
    json_t *reply = NULL;
    if (class_import_shipped(&err) < 0 || class_call(request, &reply, &err) < 0)
        printf("%s\n", err.message);
    return reply;
}

/* The bank's id among `banks`, chosen from a menu; NULL: none. */
static const char *choose_bank(struct plain *plain, const json_t *banks)
{
    cleanup_strv char **rows = NULL;
    size_t i;
    json_t *bank;
    json_array_foreach(banks, i, bank)
    {
        strv_take(&rows, str_format("%s, %lld questions", json_str(bank, "title", ""), json_num(bank, "questions", 0)));
    }
    int choice = rows ? plain_choose(plain, "Which exam", rows, "Back") : -1;
    return choice < 0 ? NULL : json_str(json_array_get(banks, (size_t)choice), "bank", NULL);
}

/* One that is open goes on; with one bank there is nothing to choose. */
static void take(struct plain *plain)
{
    cleanup_json json_t *open = ask_school("exam.open"), *list = ask_school("bank.list");
    const json_t *banks = json_object_get(list, "banks");
    const char *bank = NULL;
    if (!json_is_integer(json_object_get(open, "attempt")) && json_array_size(banks) > 1 && !(bank = choose_bank(plain, banks)))
        return;
    if (bank)
        plain_run(plain, true, WORDS("exam", "take", "--lines", bank));
    else
        plain_run(plain, true, WORDS("exam", "take", "--lines"));
}

void plain_exams(struct plain *plain)
{
    static char *const rows[] = {"Take an exam, or go on with the one that is open", "Results",
                                 "The questions of an attempt, with explanations", "Which exams there are", NULL};
    for (int choice; !plain->ended && (choice = plain_choose(plain, "Exams", rows, "Back")) >= 0;) {
        char *attempt = choice == 2 ? plain_ask(plain, "Attempt:") : NULL;
        if (choice == 0)
            take(plain);
        else if (attempt && *attempt)
            plain_run(plain, false, WORDS("exam", "results", "--", attempt));
        else if (choice != 2)
            plain_run(plain, false, WORDS("exam", choice == 1 ? "results" : "list"));
    }
}
