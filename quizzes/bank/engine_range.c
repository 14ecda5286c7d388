/* Reading ranges and comparing versions. */
#include "quizzes/bank/engine_range.h"

#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool engine_version_valid(const char *version)
{
    return isdigit((unsigned char)*version) && strspn(version, "0123456789.") == strlen(version) && strlen(version) < 32;
}

const char *engine_version_wanted(const char *said)
{
    if (!said)
        return ENGINE_COURSE;
    if (!*said || str_equal(said, ENGINE_ANY))
        return "";
    return engine_version_valid(said) ? said : NULL;
}

static const char *number_of(const char *part) { return part + strspn(part, "<>="); }

static bool operator_valid(const char *part, size_t len)
{
    static const char *const operators[] = {"", "=", "==", "<", "<=", ">", ">="};
    for (size_t i = 0; i < ARRAY_LEN(operators); i++)
        if (strlen(operators[i]) == len && strncmp(operators[i], part, len) == 0)
            return true;
    return false;
}

bool engine_range_valid(const char *range)
{
    cleanup_strv char **parts = str_split(range, ',');
    for (char **part = parts; *part; part++)
        if (!operator_valid(*part, (size_t)(number_of(*part) - *part)) || !engine_version_valid(number_of(*part)))
            return false;
    return *range;
}

/* Below, at or above 0: how `version` stands to `bound`, by as many numbers as the bound has; what the version lacks is 0. */
static long compare(const char *version, const char *bound)
{
    while (isdigit((unsigned char)*bound)) {
        char *version_end, *bound_end;
        long differ = strtol(version, &version_end, 10) - strtol(bound, &bound_end, 10);
        if (differ)
            return differ;
        version = version_end + (*version_end == '.');
        bound = bound_end + (*bound_end == '.');
    }
    return 0;
}

static bool part_fits(const char *part, const char *version)
{
    long order = compare(version, number_of(part));
    bool equal = !*part || *part == '=' || isdigit((unsigned char)*part) || part[1] == '=';
    return (order == 0 && equal) || (order < 0 && *part == '<') || (order > 0 && *part == '>');
}

bool engine_range_fits(const char *range, const char *version)
{
    if (str_empty(range) || str_empty(version))
        return true;
    cleanup_strv char **parts = str_split(range, ',');
    for (char **part = parts; *part; part++)
        if (!part_fits(*part, version))
            return false;
    return true;
}
