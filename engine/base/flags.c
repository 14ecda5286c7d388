/* The one flag parser of all programs; keeps no state, allocates only for FLAG_LIST. */
#include "base/flags.h"
#include "base/command.h"

#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct parse {
    const struct flag *table;
    char *options;
    bool *seen;
    const char *help; /* how help was asked for: "--help", "-h"; NULL: it was not */
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
    static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"}, *const no[] = {"0",     "f",     "F",
                                                                                             "false", "FALSE", "False"};
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        if (str_equal(text, yes[i]))
            return *out = true;
        if (str_equal(text, no[i])) {
            *out = false;
            return true;
        }
    }
    return false;
}

/* A whole number as Go reads one with base 0: 0x, 0o, 0b, a leading 0 for octal, and _ between digits. NULL, or what is wrong. */
static const char *parse_number(const char *text, bool natural, unsigned long long most, long long *out)
{
    static const struct {
        const char *prefix;
        unsigned base;
    } prefixes[] = {{"0x", 16}, {"0X", 16}, {"0o", 8}, {"0O", 8}, {"0b", 2}, {"0B", 2}, {"0", 8}, {"", 10}};
    const char *p = text;
    bool negative = *p == '-', over = false;
    unsigned long long value = 0;
    if (natural && (negative || *p == '+'))
        return "invalid syntax";
    p += *p == '-' || *p == '+';
    size_t which = 0;
    while (!str_starts(p, prefixes[which].prefix) || (which == 6 && !p[1]))
        which++;
    unsigned base = prefixes[which].base;
    p += strlen(prefixes[which].prefix);
    if (!*p)
        return "invalid syntax";
    for (; *p; p++) {
        unsigned digit = isdigit((unsigned char)*p) ? (unsigned)(*p - '0') : (unsigned)(tolower((unsigned char)*p) - 'a' + 10);
        if (*p == '_' && base != 10 && p[1] && p[1] != '_')
            continue;
        if (!isalnum((unsigned char)*p) || digit >= base)
            return "invalid syntax";
        over |= __builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, digit, &value);
    }
    if (over || value > most + (negative ? 1 : 0))
        return "value out of range";
    *out = negative ? (long long)(0 - value) : (long long)value;
    return NULL;
}

/* The types that help texts name tell which numbers fit. */
static const char *flag_number(const struct flag *flag, const char *text, long long *out, const char **function)
{
    bool small = str_equal(flag->value, "uint16"), natural = small || str_equal(flag->value, "uint");
    *function = natural ? "ParseUint" : "ParseInt";
    return parse_number(text, natural, small ? UINT16_MAX : LLONG_MAX, out);
}

static void spelling(const struct flag *flag, char *out, size_t size)
{
    flag->letter ? snprintf(out, size, "-%c, --%s", flag->letter, flag->name) : snprintf(out, size, "--%s", flag->name);
}

/* "deprecated: use --timeout instead" in the place of the help text gives the second half. */
static const char *deprecated(const struct flag *flag)
{
    return flag->help && str_starts(flag->help, "deprecated: ") ? flag->help + strlen("deprecated: ") : NULL;
}

static int set_value(const struct parse *parse, const struct flag *flag, char *value)
{
    void *target = parse->options + flag->offset;
    char name[80];
    spelling(flag, name, sizeof name);
    const char *instead = deprecated(flag);
    if (instead)
        printf("Flag --%s has been deprecated, %s\n", flag->name, instead);
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
    case FLAG_INT: {
        const char *function, *wrong = flag_number(flag, value, target, &function);
        if (wrong)
            return error_set(parse->err, EINVAL, "invalid argument \"%s\" for \"%s\" flag: strconv.%s: parsing \"%s\": %s", value,
                             name, function, value, wrong);
        break;
    }
    case FLAG_LIST:
        if (str_equal(flag->value, "filter") && *value && !strchr(value, '='))
            return error_set(parse->err, EINVAL,
                             "invalid argument \"%s\" for \"%s\" flag: bad format of filter (expected name=value)", value, name);
        strv_add(target, value);
        break;
    }
    return 0;
}

/* Every command has --help and -h, unless it has an -h of its own. Like any flag it does not keep the others from being read. */
static int ask_help(struct parse *parse, const char *how, const char *value)
{
    bool asked;
    if (!parse_bool(value, &asked))
        return error_set(parse->err, EINVAL,
                         "invalid argument \"%s\" for \"%s\" flag: strconv.ParseBool: parsing \"%s\": invalid syntax", value,
                         "-h, --help", value);
    parse->help = asked ? how : NULL;
    return 0;
}

/* Returns how many further arguments were used, or a negative error. */
static int parse_long(struct parse *parse, char *arg, char *next)
{
    char *equals = strchr(arg, '=');
    size_t len = equals ? (size_t)(equals - arg) : strlen(arg);
    if (*arg == '-' || *arg == '=')
        return error_set(parse->err, EINVAL, "bad flag syntax: --%s", arg);
    const struct flag *flag = find_name(parse, arg, len);
    if (!flag && len == 4 && strncmp(arg, "help", 4) == 0)
        return ask_help(parse, "--help", equals ? equals + 1 : "true");
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

static int parse_letters(struct parse *parse, char *arg, char *next)
{
    for (char *p = arg; *p; p++) {
        const struct flag *flag = find_letter(parse, *p);
        if (!flag && *p == 'h') {
            bool given = p[1] == '=';
            int r = ask_help(parse, "-h", given ? p + 2 : "true");
            if (r < 0 || given)
                return r;
            continue;
        }
        if (!flag)
            return error_set(parse->err, EINVAL, "unknown shorthand flag: '%c' in -%s", *p, p);
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
            return error_set(parse->err, EINVAL, "flag needs an argument: '%c' in -%s", *p, p);
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
    return parse.help ? error_set(err, ECANCELED, "%s", parse.help) : 0;
}

bool flags_described(const struct command_context *context, const struct flag *table)
{
    if (context->describe)
        context->describe(context->describe_data, table, false);
    return context->describe != NULL;
}

/* "-m, --memory bytes" without the indentation; its length. */
static size_t left_side(const struct flag *flag, char *out, size_t size)
{
    static const char *const kinds[] = {"", " string", " int", " list"};
    const char *space = flag->value ? " " : "", *kind = flag->value ? flag->value : kinds[flag->kind];
    char letter[8] = "    ";
    if (flag->letter)
        snprintf(letter, sizeof letter, "-%c, ", flag->letter);
    return (size_t)snprintf(out, size, "%s--%s%s%s", letter, flag->name, space, kind);
}

/* `text` from column `indent` on, broken at spaces so that lines end before `columns`. */
static void write_wrapped(const char *text, size_t indent, size_t columns, FILE *out)
{
    for (size_t room = columns > indent + 24 ? columns - indent : 24;;) {
        size_t line = strcspn(text, "\n"), take = line;
        if (line > room)
            for (take = room; take && text[take] != ' ';)
                take--;
        take = take ? take : line;
        fprintf(out, "%.*s\n", (int)take, text);
        text += take;
        if (!*text)
            return;
        text++;
        fprintf(out, "%*s", (int)indent, "");
    }
}

static size_t terminal_columns(FILE *out)
{
    struct winsize size;
    return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 40 ? size.ws_col - 1U : 79;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(const struct flag *const *)a)->name, (*(const struct flag *const *)b)->name);
}

void flags_help(const struct flag *table, FILE *out)
{
    char left[120];
    size_t widest = 0, count = 0;
    for (const struct flag *flag = table; flag->name; flag++)
        count++;
    cleanup_free const struct flag **order = xcalloc(count + 1, sizeof *order);
    size_t shown = 0, columns = terminal_columns(out);
    for (const struct flag *flag = table; flag->name; flag++) {
        bool hidden = !flag->help || deprecated(flag);
        size_t len = !hidden ? left_side(flag, left, sizeof left) : 0;
        widest = len > widest ? len : widest;
        if (!hidden)
            order[shown++] = flag;
    }
    qsort(order, shown, sizeof *order, compare_names);
    for (size_t i = 0; i < shown; i++) {
        left_side(order[i], left, sizeof left);
        fprintf(out, "  %-*s   ", (int)widest, left);
        write_wrapped(order[i]->help, widest + 5, columns, out);
    }
}
