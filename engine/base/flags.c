/* The one flag parser of all programs; keeps no state, allocates only for FLAG_LIST. */
#include "base/flags.h"

#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

struct parse {
    const struct flag *table;
    char *options;
    bool *seen;
    struct error *err;
};

static const struct flag *find_name(const struct parse *parse, const char *name, size_t len)
{
    for (const struct flag *flag = parse->table; flag->name; flag++)
        if (strlen(flag->name) == len && strncmp(flag->name, name, len) == 0)
            return flag;
    return NULL;
}

static const struct flag *find_letter(const struct parse *parse, char letter)
{
    for (const struct flag *flag = parse->table; flag->name; flag++)
        if (flag->letter && flag->letter == letter)
            return flag;
    return NULL;
}

static bool parse_bool(const char *text, bool *out)
{
    static const char *const yes[] = {"1", "t", "true"}, *const no[] = {"0", "f", "false"};
    for (size_t i = 0; i < 3; i++) {
        if (strcasecmp(text, yes[i]) == 0)
            return *out = true;
        if (strcasecmp(text, no[i]) == 0) {
            *out = false;
            return true;
        }
    }
    return false;
}

static void spelling(const struct flag *flag, char *out, size_t size)
{
    flag->letter ? snprintf(out, size, "-%c, --%s", flag->letter, flag->name) : snprintf(out, size, "--%s", flag->name);
}

static int set_value(const struct parse *parse, const struct flag *flag, char *value)
{
    void *target = parse->options + flag->offset;
    char name[80];
    spelling(flag, name, sizeof name);
    if (parse->seen)
        parse->seen[flag - parse->table] = true;
    switch (flag->kind) {
    case FLAG_BOOL:
        if (!parse_bool(value, target))
            return error_set(parse->err, EINVAL,
                             "invalid argument \"%s\" for \"%s\" flag: strconv.ParseBool: parsing \"%s\": invalid syntax", value,
                             name, value);
        break;
    case FLAG_STRING:
        *(const char **)target = value;
        break;
    case FLAG_INT:
        if (!str_to_int(value, target))
            return error_set(parse->err, EINVAL,
                             "invalid argument \"%s\" for \"%s\" flag: strconv.ParseInt: parsing \"%s\": invalid syntax", value,
                             name, value);
        break;
    case FLAG_LIST:
        strv_add(target, value);
        break;
    }
    return 0;
}

/* Returns how many further arguments were used, or a negative error. */
static int parse_long(const struct parse *parse, char *arg, char *next)
{
    char *equals = strchr(arg, '=');
    size_t len = equals ? (size_t)(equals - arg) : strlen(arg);
    const struct flag *flag = find_name(parse, arg, len);
    if (!flag && len == 4 && strncmp(arg, "help", 4) == 0)
        return error_set(parse->err, ECANCELED, "help");
    if (!flag)
        return error_set(parse->err, EINVAL, "unknown flag: --%.*s", (int)len, arg);
    if (equals)
        return set_value(parse, flag, equals + 1);
    if (flag->kind == FLAG_BOOL)
        return set_value(parse, flag, "true");
    if (!next)
        return error_set(parse->err, EINVAL, "flag needs an argument: --%s", flag->name);
    int r = set_value(parse, flag, next);
    return r < 0 ? r : 1;
}

static int parse_letters(const struct parse *parse, char *arg, char *next)
{
    for (char *p = arg; *p; p++) {
        const struct flag *flag = find_letter(parse, *p);
        if (!flag && *p == 'h')
            return error_set(parse->err, ECANCELED, "help");
        if (!flag)
            return error_set(parse->err, EINVAL, "unknown shorthand flag: '%c' in -%s", *p, arg);
        if (flag->kind == FLAG_BOOL) {
            bool given = p[1] == '=';
            int r = set_value(parse, flag, given ? p + 2 : "true");
            if (r < 0 || given)
                return r;
            continue;
        }
        if (p[1])
            return set_value(parse, flag, p + (p[1] == '=' ? 2 : 1));
        if (!next)
            return error_set(parse->err, EINVAL, "flag needs an argument: '%c' in -%s", *p, arg);
        int r = set_value(parse, flag, next);
        return r < 0 ? r : 1;
    }
    return 0;
}

/* Moves argv[i..i+count) in front of the operands that were met before it, which start at `first`. */
static void rotate(char **argv, int first, int i, int count)
{
    for (; count; count--, i++, first++) {
        char *moved = argv[i];
        memmove(argv + first + 1, argv + first, (size_t)(i - first) * sizeof *argv);
        argv[first] = moved;
    }
}

int flags_parse(const struct flag *table, void *options, bool *seen, int argc, char **argv, bool stop_at_operand, char ***operands,
                struct error *err)
{
    struct parse parse = {.table = table, .options = options, .seen = seen, .err = err};
    int first = 1;
    for (int i = 1; i < argc;) {
        char *arg = argv[i];
        if (arg[0] != '-' || !arg[1]) {
            if (stop_at_operand)
                break;
            i++;
            continue;
        }
        bool end = str_equal(arg, "--");
        char *next = i + 1 < argc ? argv[i + 1] : NULL;
        int used = end ? 0 : arg[1] == '-' ? parse_long(&parse, arg + 2, next) : parse_letters(&parse, arg + 1, next);
        if (used < 0)
            return used;
        rotate(argv, first, i, used + 1);
        first += used + 1;
        i += used + 1;
        if (end)
            break;
    }
    *operands = argv + first;
    return 0;
}

void flags_help(const struct flag *table, FILE *out)
{
    static const char *const kinds[] = {"", " string", " int", " list"};
    size_t widest = 0;
    for (const struct flag *flag = table; flag->name; flag++) {
        size_t len = strlen(flag->name) + (flag->value ? strlen(flag->value) + 1 : strlen(kinds[flag->kind]));
        widest = len > widest ? len : widest;
    }
    for (const struct flag *flag = table; flag->name; flag++) {
        char left[120], letter[8] = "    ";
        if (flag->letter)
            snprintf(letter, sizeof letter, "-%c, ", flag->letter);
        snprintf(left, sizeof left, "%s%s%s", flag->name, flag->value ? " " : "", flag->value ? flag->value : kinds[flag->kind]);
        fprintf(out, "  %s--%-*s   %s\n", letter, (int)widest, left, flag->help);
    }
}
