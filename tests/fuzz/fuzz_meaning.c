/* Hostile answers to typed questions: whatever stands on either side, comparing ends, agrees with itself turned round, and a
 * command that can be read means what it means. The two sides are parted by a NUL. */
#include "base/memory.h"
#include "quizzes/bank/meaning.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "fuzz_meaning: %s\n", what);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_free char *left = xstrndup((const char *)data, size);
    size_t len = strlen(left);
    cleanup_free char *right = len < size ? xstrndup((const char *)data + len + 1, size - len - 1) : xstrdup("");
    bool same = command_matches(left, right);
    must(same == command_matches(right, left), "a command means another one, and not the other way round");
    must(!same || (command_matches(left, left) && command_matches(right, right)), "a command does not mean itself");
    pattern_matches(left, right);
    must(!number_matches(0, 1, NULL, right) || strpbrk(right, "0123456789"), "a number without digits");
    number_matches(1, 0, left, right);
    return 0;
}
