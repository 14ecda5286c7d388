/* Exams: questions with their answers under letters, and what came of earlier ones. */
#include "tui/plain.h"

#include <stddef.h>

void plain_exams(struct plain *plain)
{
    static char *const rows[] = {"Take an exam, or go on with the one that is open", "Results",
                                 "The questions of an attempt, with explanations", "Which exams there are", NULL};
    for (int choice; !plain->ended && (choice = plain_choose(plain, "Exams", rows, "Back")) >= 0;) {
        char *attempt = choice == 2 ? plain_ask(plain, "Attempt:") : NULL;
        if (choice == 0)
            plain_run(plain, true, WORDS("exam", "take", "--lines"));
        else if (attempt && *attempt)
            plain_run(plain, false, WORDS("exam", "results", "--", attempt));
        else if (choice != 2)
            plain_run(plain, false, WORDS("exam", choice == 1 ? "results" : "list"));
    }
}
