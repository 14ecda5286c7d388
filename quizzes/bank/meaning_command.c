/* What a command line means: its words, taken apart as a shell and the docker client would, in one order and one spelling. Flags
 * that are not in the table below are taken as they stand; one that either line writes as "--flag=value" takes a value in both. */
#include "quizzes/bank/meaning.h"

#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Flags: the commands it belongs to ("" for all), how it is written short and long, and whether a value follows. */
struct known_flag {
    const char *commands, *letter, *name;
    bool value;
};

static const struct known_flag known[] = {
    {" docker ", "H", "host", true},
    {" docker ", "D", "debug", false},
    {" docker ", "l", "log-level", true},
    {" docker ", "c", "context", true},
    {" docker ", NULL, "config", true},
    {" run create exec service-create ", "d", "detach", false},
    {" run create exec start ", "i", "interactive", false},
    {" run create exec service-create ", "t", "tty", false},
    {" run create service-create ", "p", "publish", true},
    {" run create ", "P", "publish-all", false},
    {" run create ", "v", "volume", true},
    {" run create exec service-create ", "e", "env", true},
    {" run create exec service-create ", "w", "workdir", true},
    {" run create exec service-create ", "u", "user", true},
    {" run create ", "h", "hostname", true},
    {" run create update ", "m", "memory", true},
    {" run create update ", "c", "cpu-shares", true},
    {" run create ", "a", "attach", true},
    {" start ", "a", "attach", false},
    {" run create service-create ", "l", "label", true},
    {" service-create service-update ", NULL, "replicas", true},
    {" service-create service-update ", NULL, "image", true},
    {" rm ", "f", "force", false},
    {" rm ", "v", "volumes", false},
    {" rm ", "l", "link", false},
    {" rmi image-rm volume-rm network-rm node-rm system-prune image-prune volume-prune container-prune network-prune swarm-leave ",
     "f", "force", false},
    {" ps images volume-ls network-ls node-ls service-ls stack-ls secret-ls config-ls ", "q", "quiet", false},
    {" ps images volume-ls network-ls node-ls service-ls service-ps system-events events ", "f", "filter", true},
    {" ps images system-prune image-prune ", "a", "all", false},
    {" ps ", "n", "last", true},
    {" ps ", "l", "latest", false},
    {" ps ", "s", "size", false},
    {" logs service-logs ", "f", "follow", false},
    {" logs service-logs ", "t", "timestamps", false},
    {" logs service-logs ", "n", "tail", true},
    {" build ", "t", "tag", true},
    {" build ", "f", "file", true},
    {" build ", NULL, "build-arg", true},
    {" build ", NULL, "target", true},
    {" build pull ", "q", "quiet", false},
    {" pull push ", "a", "all-tags", false},
    {" stop restart ", "t", "time", true},
    {" kill ", "s", "signal", true},
    {" inspect container-inspect image-inspect volume-inspect network-inspect node-inspect service-inspect ", "f", "format", true},
    {" inspect ", "s", "size", false},
    {" login ", "u", "username", true},
    {" login ", "p", "password", true},
    {" network-create volume-create ", "d", "driver", true},
    {" volume-create ", "o", "opt", true},
    {" network-create ", "o", "opt", true},
    {" network-disconnect ", "f", "force", false},
    {" save ", "o", "output", true},
    {" load ", "i", "input", true},
    {" export ", "o", "output", true},
    {" commit ", "a", "author", true},
    {" commit ", "m", "message", true},
    {" commit import ", "c", "change", true},
    {" commit ", "p", "pause", false},
    {" cp ", "a", "archive", false},
    {" cp ", "L", "follow-link", false},
    {" stack-deploy ", "c", "compose-file", true},
    {" compose ", "f", "file", true},
    {" compose ", "p", "project-name", true},
    {" compose-up ", "d", "detach", false},
    {" compose-down ", "v", "volumes", false},
    {"", NULL, "name", true},
    {"", NULL, "network", true},
    {"", NULL, "net", true},
    {"", NULL, "restart", true},
    {"", NULL, "mount", true},
    {"", NULL, "volumes-from", true},
    {"", NULL, "env-file", true},
    {"", NULL, "entrypoint", true},
    {"", NULL, "cpus", true},
    {"", NULL, "cpuset-cpus", true},
    {"", NULL, "cpu-quota", true},
    {"", NULL, "cpu-period", true},
    {"", NULL, "memory-swap", true},
    {"", NULL, "memory-reservation", true},
    {"", NULL, "memory-swappiness", true},
    {"", NULL, "pids-limit", true},
    {"", NULL, "cap-add", true},
    {"", NULL, "cap-drop", true},
    {"", NULL, "security-opt", true},
    {"", NULL, "device", true},
    {"", NULL, "dns", true},
    {"", NULL, "add-host", true},
    {"", NULL, "ip", true},
    {"", NULL, "alias", true},
    {"", NULL, "network-alias", true},
    {"", NULL, "link", true},
    {"", NULL, "log-driver", true},
    {"", NULL, "log-opt", true},
    {"", NULL, "ulimit", true},
    {"", NULL, "tmpfs", true},
    {"", NULL, "shm-size", true},
    {"", NULL, "sysctl", true},
    {"", NULL, "pid", true},
    {"", NULL, "ipc", true},
    {"", NULL, "uts", true},
    {"", NULL, "userns", true},
    {"", NULL, "runtime", true},
    {"", NULL, "stop-signal", true},
    {"", NULL, "stop-timeout", true},
    {"", NULL, "health-cmd", true},
    {"", NULL, "health-interval", true},
    {"", NULL, "health-retries", true},
    {"", NULL, "health-timeout", true},
    {"", NULL, "label", true},
    {"", NULL, "format", true},
    {"", NULL, "filter", true},
    {"", NULL, "since", true},
    {"", NULL, "until", true},
    {"", NULL, "driver", true},
    {"", NULL, "opt", true},
    {"", NULL, "subnet", true},
    {"", NULL, "gateway", true},
    {"", NULL, "ip-range", true},
    {"", NULL, "constraint", true},
    {"", NULL, "constraint-add", true},
    {"", NULL, "limit-memory", true},
    {"", NULL, "limit-cpu", true},
    {"", NULL, "reserve-memory", true},
    {"", NULL, "mode", true},
    {"", NULL, "secret", true},
    {"", NULL, "config", true},
    {"", NULL, "availability", true},
    {"", NULL, "role", true},
    {"", NULL, "label-add", true},
    {"", NULL, "publish-add", true},
    {"", NULL, "update-parallelism", true},
    {"", NULL, "update-delay", true},
    {"", NULL, "advertise-addr", true},
    {"", NULL, "listen-addr", true},
    {"", NULL, "token", true},
    {"", NULL, "autolock", false},
    {"", NULL, "rm", false},
    {"", NULL, "init", false},
    {"", NULL, "privileged", false},
    {"", NULL, "read-only", false},
    {"", NULL, "no-cache", false},
    {"", NULL, "no-trunc", false},
    {"", NULL, "all", false},
    {"", NULL, "quiet", false},
    {"", NULL, "force", false},
    {"", NULL, "follow", false},
    {"", NULL, "volumes", false},
    {"", NULL, "internal", false},
    {"", NULL, "attachable", false},
    {"", NULL, "tail", true},
    {"", NULL, "scale", true},
};

/* Groups of commands, and what their commands are called without the group. */
static const char *const groups[] = {"container", "image",  "volume", "network", "system", "swarm",   "node",    "service",
                                     "stack",     "secret", "config", "plugin",  "trust",  "context", "builder", "compose"};
static const char *const names[][2] = {
    {"container-ls", "ps"},         {"container-list", "ps"},       {"container-ps", "ps"},
    {"image-ls", "images"},         {"image-list", "images"},       {"image-rm", "rmi"},
    {"image-remove", "rmi"},        {"container-remove", "rm"},     {"volume-list", "volume-ls"},
    {"volume-remove", "volume-rm"}, {"network-list", "network-ls"}, {"network-remove", "network-rm"},
    {"system-events", "events"},    {"system-info", "info"},        {"image-build", "build"},
    {"builder-build", "build"},     {"image-pull", "pull"},         {"image-push", "push"},
    {"image-save", "save"},         {"image-load", "load"},         {"image-import", "import"},
    {"image-tag", "tag"},           {"image-history", "history"},   {"service-list", "service-ls"},
    {"node-list", "node-ls"},
};
static const char *const other_names[][2] = {{"net", "network"}, {"timeout", "time"}};

static bool in_list(const char *list, const char *word)
{
    cleanup_free char *wanted = str_format(" %s ", word);
    return !*list || strstr(list, wanted) != NULL;
}

/* --- words, as a shell takes a line apart. Operators become words that begin with \1. */

static char **shell_words(const char *line)
{
    char **words = NULL;
    cleanup_buf struct buf word = BUF_INIT;
    bool open = false;
    char quote = 0;
    for (const char *p = line; *p; p++) {
        if (quote) {
            if (*p == quote)
                quote = 0;
            else if (*p == '\\' && quote == '"' && p[1] && strchr("\"\\$`", p[1]))
                buf_putc(&word, *++p);
            else
                buf_putc(&word, *p);
            continue;
        }
        if (*p == '\'' || *p == '"') {
            quote = *p;
            open = true;
        } else if (*p == '\\' && p[1]) {
            if (*++p != '\n') {
                buf_putc(&word, *p);
                open = true;
            }
        } else if (isspace((unsigned char)*p) || strchr("|;&<>", *p)) {
            if (open)
                strv_take(&words, buf_take(&word));
            open = false;
            if (isspace((unsigned char)*p))
                continue;
            bool twice = p[1] == *p;
            strv_take(&words, str_format("\1%.*s", twice ? 2 : 1, p));
            p += twice;
        } else {
            buf_putc(&word, *p);
            open = true;
        }
    }
    if (open)
        strv_take(&words, buf_take(&word));
    if (quote) {
        strv_free(words);
        return NULL;
    }
    return words;
}

/* --- one command */

struct meaning {
    char *command;   /* "docker run" */
    char **flags;    /* "name=value", sorted */
    char **operands; /* in order */
};

static void meaning_free(struct meaning *meaning)
{
    free(meaning->command);
    strv_free(meaning->flags);
    strv_free(meaning->operands);
}

struct reader {
    char **words;
    char *const *valued; /* names that one of the two lines gives a value with '=' */
    char *command;       /* "docker" at first, then "run" */
    struct meaning *out;
};

static const struct known_flag *flag_known(const struct reader *reader, const char *name, size_t len, bool letter)
{
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        const char *mine = letter ? known[i].letter : known[i].name;
        if (mine && strlen(mine) == len && strncmp(mine, name, len) == 0 && in_list(known[i].commands, reader->command))
            return &known[i];
    }
    return NULL;
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void sort_list(char **list)
{
    if (list)
        qsort(list, strv_len(list), sizeof *list, by_text);
}

/* Bytes for what Docker takes as a size; else the text. */
static char *size_value(const char *value)
{
    char *end;
    double number = strtod(value, &end);
    static const char letters[] = "kmgt";
    if (end == value || number < 0)
        return xstrdup(value);
    const char *unit = *end ? strchr(letters, tolower((unsigned char)*end)) : NULL;
    for (const char *at = letters; unit && at <= unit; at++)
        number *= 1024;
    end += unit ? 1 : 0;
    end += *end == 'b' || *end == 'B';
    return *end ? xstrdup(value) : str_format("%.0f", number);
}

/* The parts of "type=volume,src=a,dst=/b" in one order and spelling. */
static char *mount_value(const char *value)
{
    static const char *const spelled[][2] = {{"src=", "source="}, {"dst=", "target="}, {"destination=", "target="}};
    cleanup_strv char **parts = str_split(value, ','), **out = NULL;
    for (char **part = parts; *part; part++) {
        const char *text = *part, *rest = NULL;
        for (size_t i = 0; i < ARRAY_LEN(spelled) && !rest; i++)
            if (str_starts(text, spelled[i][0])) {
                rest = text + strlen(spelled[i][0]);
                text = spelled[i][1];
            }
        if (!str_equal(text, "type=volume")) /* what it is when nothing is said */
            strv_take(&out, str_format("%s%s", text, rest ? rest : ""));
    }
    sort_list(out);
    return out ? strv_join(out, ",") : xstrdup("");
}

static char *flag_value(const char *name, const char *value)
{
    if (str_starts(name, "memory") || str_equal(name, "shm-size") || str_ends(name, "-memory"))
        return size_value(value);
    if (str_equal(name, "mount"))
        return mount_value(value);
    if (str_starts(name, "publish") && str_ends(value, "/tcp"))
        return xstrndup(value, strlen(value) - strlen("/tcp"));
    if (str_starts(name, "cap-")) {
        cleanup_free char *lower = str_lower(value);
        return xstrdup(str_starts(lower, "cap_") ? lower + 4 : lower);
    }
    return xstrdup(value);
}

static void add_flag(struct reader *reader, const char *name, size_t len, const char *value)
{
    cleanup_free char *plain = xstrndup(name, len);
    const char *called = plain;
    for (size_t i = 0; i < ARRAY_LEN(other_names); i++)
        if (str_equal(plain, other_names[i][0]))
            called = other_names[i][1];
    if (value && (str_equal(value, "true") || str_equal(value, "false"))) {
        if (*value == 't')
            strv_add(&reader->out->flags, called);
        return;
    }
    cleanup_free char *meant = value ? flag_value(called, value) : NULL;
    strv_take(&reader->out->flags, meant ? str_format("%s=%s", called, meant) : xstrdup(called));
}

/* Each of these gives how many words it took. */
static size_t read_long(struct reader *reader, char **word)
{
    const char *name = *word + 2, *equal = strchr(name, '=');
    size_t len = equal ? (size_t)(equal - name) : strlen(name);
    if (equal) {
        add_flag(reader, name, len, equal + 1);
        return 1;
    }
    const struct known_flag *flag = flag_known(reader, name, len, false);
    bool value = flag ? flag->value : strv_has(reader->valued, name);
    if (value && word[1]) {
        add_flag(reader, name, len, word[1]);
        return 2;
    }
    add_flag(reader, name, len, NULL);
    return 1;
}

static size_t read_short(struct reader *reader, char **word)
{
    for (const char *letter = *word + 1; *letter; letter++) {
        const struct known_flag *flag = flag_known(reader, letter, 1, true);
        const char *name = flag ? flag->name : letter;
        size_t len = flag ? strlen(name) : 1;
        if (!flag || !flag->value) {
            add_flag(reader, name, len, NULL);
            continue;
        }
        const char *rest = letter[1] == '=' ? letter + 2 : letter + 1;
        if (*rest) {
            add_flag(reader, name, len, rest);
            return 1;
        }
        add_flag(reader, name, len, word[1]);
        return word[1] ? 2 : 1;
    }
    return 1;
}

static bool is_flag(const char *word) { return word[0] == '-' && word[1] && !str_equal(word, "--"); }

/* Flags up to the next word that is none; gives where that is. */
static char **read_flags(struct reader *reader, char **word)
{
    while (*word && is_flag(*word))
        word += (*word)[1] == '-' ? read_long(reader, word) : read_short(reader, word);
    return word;
}

static bool is_group(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(groups); i++)
        if (str_equal(groups[i], word))
            return true;
    return false;
}

static void set_command(struct reader *reader, char *command)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_equal(names[i][0], command)) {
            free(command);
            command = xstrdup(names[i][1]);
        }
    if (str_starts(command, "container-") && !str_ends(command, "-prune") && !str_ends(command, "-inspect")) {
        char *shorter = xstrdup(command + strlen("container-"));
        free(command);
        command = shorter;
    }
    free(reader->command);
    reader->command = command;
}

/* docker [flags] command [flags] operands; behind the image of run and the container of exec all is the command inside. */
static void read_docker(struct reader *reader, char **word)
{
    word = read_flags(reader, word);
    if (*word) {
        bool group = is_group(*word) && word[1];
        char *command = group && !is_flag(word[1]) ? str_format("%s-%s", word[0], word[1]) : xstrdup(*word);
        word += group && !is_flag(word[1]) ? 2 : 1;
        set_command(reader, command);
        free(reader->out->command);
        reader->out->command = str_format("docker %s", reader->command);
    }
    bool inner = in_list(" run create exec ", reader->command);
    while (*(word = read_flags(reader, word))) {
        if (str_equal(*word, "--") && !inner) {
            word++;
            continue;
        }
        strv_add(&reader->out->operands, *word++);
        while (inner && *word)
            strv_add(&reader->out->operands, *word++);
    }
}

static void read_other(struct reader *reader, char **word)
{
    while (*(word = read_flags(reader, word)))
        strv_add(&reader->out->operands, *word++);
}

static void command_read(char **words, char *const *valued, struct meaning *out)
{
    struct reader reader = {.words = words, .valued = valued, .out = out};
    char **word = words;
    if (*word && str_equal(*word, "sudo"))
        word++;
    out->command = xstrdup(str_or(*word, ""));
    reader.command = xstrdup(out->command);
    word += *word != NULL;
    str_equal(out->command, "docker") ? read_docker(&reader, word) : read_other(&reader, word);
    sort_list(out->flags);
    free(reader.command);
}

/* --- a line */

static bool same_list(char *const *a, char *const *b)
{
    size_t count = strv_len(a);
    if (count != strv_len(b))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!str_equal(a[i], b[i]))
            return false;
    return true;
}

static void add_valued(char *const *words, char ***valued)
{
    for (; words && *words; words++) {
        const char *equal = str_starts(*words, "--") ? strchr(*words, '=') : NULL;
        if (equal && !str_equal(equal, "=true") && !str_equal(equal, "=false"))
            strv_take(valued, xstrndup(*words + 2, (size_t)(equal - *words) - 2));
    }
}

/* The words up to the next operator, and where that is. */
static char **next_command(char ***at)
{
    char **command = NULL;
    while (**at && ***at != '\1')
        strv_add(&command, *(*at)++);
    if (!command)
        command = xcalloc(1, sizeof *command);
    return command;
}

bool command_matches(const char *key, const char *answer)
{
    cleanup_strv char **wanted = shell_words(key), **given = shell_words(answer), **valued = NULL;
    if (!wanted || !given)
        return false;
    add_valued(wanted, &valued);
    add_valued(given, &valued);
    char **left = wanted, **right = given;
    for (;;) {
        cleanup_strv char **one = next_command(&left), **other = next_command(&right);
        struct meaning a = {0}, b = {0};
        command_read(one, valued, &a);
        command_read(other, valued, &b);
        bool same = str_equal(a.command, b.command) && same_list(a.flags, b.flags) && same_list(a.operands, b.operands);
        meaning_free(&a);
        meaning_free(&b);
        if (!same || !str_equal(*left, *right))
            return false;
        if (!*left)
            return true;
        left++;
        right++;
    }
}
