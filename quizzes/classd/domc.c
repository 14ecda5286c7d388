/* The rules of discrete option multiple choice; no database. */
#include "quizzes/classd/domc.h"

#include <string.h>

enum domc_state domc_judge(const char *keys, const char *said, size_t *decided)
{
    size_t found = 0;
    for (*decided = 0; said[0] && said[1]; said += 2) {
        bool key = strchr(keys, said[0]) != NULL, yes = said[1] == '+';
        ++*decided;
        if (key != yes)
            return DOMC_WRONG;
        found += key;
        if (found == strlen(keys))
            return DOMC_RIGHT;
    }
    return DOMC_OPEN;
}

size_t domc_shown(const char *keys, const char *said, size_t options, bool extra)
{
    size_t decided, count = strlen(said) / 2;
    bool open = domc_judge(keys, said, &decided) == DOMC_OPEN;
    size_t most = open ? count + 1 : decided + extra;
    return most < options ? most : options;
}

bool domc_over(const char *keys, const char *said, size_t options, bool extra)
{
    return strlen(said) / 2 >= domc_shown(keys, said, options, extra);
}
