/* The UI driven by a file, one command a line, in the loop that a person's keys drive. Its terminal is /dev/null: curses draws into
 * memory, from where the screen is read (capture.h).
 *
 *   key KEY...             keys by their names in the file of keys: j Enter Ctrl-] Shift-Tab
 *   type "TEXT"            characters
 *   wait REGEX [SECONDS]   until a line of the screen matches (extended, as grep -E); 10 s unless told
 *   size WIDTHxHEIGHT      of the terminal; 80x24 at first
 *   :COMMAND               of the palette: :set theme light, :save-screen FILE
 *   quit                   end here; the end of the file does, too
 *
 * Words are divided by blanks; one in double quotes may hold some (\" and \\ stand for themselves). "#" begins a remark. The whole
 * file is checked before its first line is done.
 */
#include "tui/tui.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/capture.h"
#include "tui/draw.h"
#include "tui/finder.h"
#include "tui/input.h"
#include "tui/keyname.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WAIT_SECONDS = 10, WAIT_MOST = 3600, SIZE_MOST = 1000, SETTLE_MS = 2000 };

struct script {
    struct app *app; /* NULL while the file is only checked */
    bool ended;
};

/* Gives 0, or a negative errno with a message about this line. */
struct verb {
    const char *name, *usage;
    int least, most; /* words after it; -1: any number */
    int (*run)(struct script *script, char **words, struct error *err);
};

/* Until what a key began has come in and is drawn. Some screens are never still: what must be there is for `wait` to say. */
static void settle(struct app *app)
{
    int64_t end = clock_mono_ns() + SETTLE_MS * 1000000LL;
    for (int quiet = 0; quiet < 3 && !app->quit && clock_mono_ns() < end;) {
        app_turn(app, 5);
        quiet = work_idle(app->work) && !app->dirty ? quiet + 1 : 0;
    }
}

static void press(struct script *script, keycode key)
{
    if (script->app->quit)
        return;
    app_key(script->app, key);
    settle(script->app);
}

static int verb_key(struct script *script, char **words, struct error *err)
{
    for (; *words; words++) {
        const char *why;
        keycode key = key_parse(*words, strlen(*words), &why);
        if (key == K_NONE)
            return error_set(err, EINVAL, "%s: %s", *words, why);
        if (script->app)
            press(script, key);
    }
    return 0;
}

static int verb_type(struct script *script, char **words, struct error *err)
{
    (void)err;
    const char *text = words[0];
    for (uint32_t sign; script->app && (sign = utf8_next(&text));)
        press(script, sign);
    return 0;
}

static bool shows(struct app *app, const regex_t *regex)
{
    cleanup_free char *screen = capture_text(app);
    return regexec(regex, screen, 0, NULL, 0) == 0;
}

static int wait_for(struct app *app, const regex_t *regex, const char *wanted, long long seconds, struct error *err)
{
    int64_t end = clock_mono_ns() + seconds * 1000000000LL;
    unsigned long seen = app->frame - 1;
    while (!app->quit) {
        if (seen != app->frame && shows(app, regex))
            return 0;
        seen = app->frame;
        if (clock_mono_ns() >= end)
            break;
        app_turn(app, 20);
    }
    cleanup_free char *screen = capture_text(app);
    fputs(screen, stderr);
    return error_set(err, ETIMEDOUT, "%s \"%s\" in %lld s; above is what it shows",
                     app->quit ? "the UI ended, and its screen did not show" : "the screen did not come to show", wanted, seconds);
}

static int verb_wait(struct script *script, char **words, struct error *err)
{
    long long seconds = WAIT_SECONDS;
    if (words[1] && (!str_to_int(words[1], &seconds) || seconds < 1 || seconds > WAIT_MOST))
        return error_set(err, EINVAL, "\"%s\" is no number of seconds from 1 to %d", words[1], WAIT_MOST);
    regex_t regex;
    int bad = regcomp(&regex, words[0], REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
    if (bad) {
        char why[128];
        regerror(bad, &regex, why, sizeof why);
        return error_set(err, EINVAL, "\"%s\" is no regular expression: %s", words[0], why);
    }
    int r = script->app ? wait_for(script->app, &regex, words[0], seconds, err) : 0;
    regfree(&regex);
    return r;
}

static int verb_size(struct script *script, char **words, struct error *err)
{
    cleanup_strv char **parts = str_split(words[0], 'x');
    long long columns = 0, rows = 0;
    if (strv_len(parts) != 2 || !str_to_int(parts[0], &columns) || !str_to_int(parts[1], &rows) || columns < 1 || rows < 1 ||
        columns > SIZE_MOST || rows > SIZE_MOST)
        return error_set(err, EINVAL, "\"%s\" is no size such as 120x40 (at most %dx%d)", words[0], SIZE_MOST, SIZE_MOST);
    if (!script->app)
        return 0;
    resizeterm((int)rows, (int)columns);
    app_dirty(script->app);
    settle(script->app);
    return 0;
}

static int verb_quit(struct script *script, char **words, struct error *err)
{
    (void)words, (void)err;
    script->ended = script->app != NULL;
    return 0;
}

static const struct verb verbs[] = {
    {"key", "key KEY...", 1, -1, verb_key},
    {"type", "type \"TEXT\"", 1, 1, verb_type},
    {"wait", "wait REGEX [SECONDS]", 1, 2, verb_wait},
    {"size", "size WIDTHxHEIGHT", 1, 1, verb_size},
    {"quit", "quit", 0, 0, verb_quit},
};

/* The next word of *line, moved on past it; NULL at the end or where a remark begins. The word is the caller's. */
static char *next_word(const char **line, struct error *err)
{
    struct buf word = BUF_INIT;
    const char *p = *line + strspn(*line, " \t\r");
    bool quoted = *p == '"';
    if (!*p || *p == '#')
        return NULL;
    buf_puts(&word, "");
    for (p += quoted; *p && (quoted ? *p != '"' : !strchr(" \t\r", *p)); p++) {
        if (quoted && *p == '\\' && (p[1] == '"' || p[1] == '\\'))
            p++;
        buf_putc(&word, *p);
    }
    if (quoted && *p != '"')
        error_set(err, EINVAL, "a quote is not closed");
    *line = p + (quoted && *p);
    return buf_take(&word);
}

static const char *first_letter(const char *line) { return line + strspn(line, " \t"); }

/* A command of the palette. While checking, its name must be one. */
static int palette_line(struct script *script, const char *line, struct error *err)
{
    size_t len = strcspn(line, " ");
    bool known = false;
    for (const struct typed *typed = typed_commands; typed->name; typed++)
        known |= strlen(typed->name) == len && strncmp(typed->name, line, len) == 0;
    if (!known)
        return error_set(err, EINVAL, "the palette has no command \"%.*s\"", (int)len, line);
    if (!script->app)
        return 0;
    int r = typed_run(script->app, line, err);
    settle(script->app);
    return r;
}

static int run_words(struct script *script, char **words, struct error *err)
{
    int given = (int)strv_len(words) - 1;
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (!str_equal(verbs[i].name, words[0]))
            continue;
        if (given < verbs[i].least || (verbs[i].most >= 0 && given > verbs[i].most))
            return error_set(err, EINVAL, "it goes: %s (words with blanks in double quotes)", verbs[i].usage);
        return verbs[i].run(script, words + 1, err);
    }
    return error_set(err, EINVAL, "there is no command \"%s\"; there are key, type, wait, size, quit and :COMMAND", words[0]);
}

static int run_line(struct script *script, const char *line, struct error *err)
{
    cleanup_strv char **words = NULL;
    const char *start = first_letter(line);
    if (*start == ':') {
        cleanup_free char *command = xstrdup(start + 1);
        return palette_line(script, str_trim(command), err);
    }
    for (char *word; err->code == 0 && (word = next_word(&start, err));)
        strv_take(&words, word);
    if (err->code)
        return -err->code;
    return words ? run_words(script, words, err) : 0;
}

static int run_file(struct script *script, const char *path, char *const *lines)
{
    for (int i = 0; lines[i] && !script->ended; i++) {
        struct error err = ERROR_INIT;
        bool over = script->app && script->app->quit && *first_letter(lines[i]) && *first_letter(lines[i]) != '#';
        if (over)
            error_set(&err, EPIPE, "the UI has ended before this line");
        if (over || run_line(script, lines[i], &err) < 0) {
            fprintf(stderr, "slipway: %s:%d: %s\n", path, i + 1, err.message);
            return 1;
        }
    }
    return 0;
}

/* Curses on nothing: nothing of it reaches the terminal that this may have been started from, and no resize of that comes in. */
static SCREEN *open_nothing(void)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0)
        return NULL;
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    fd_close(nothing);
    SCREEN *screen = newterm("xterm-256color", stdout, stdin);
    if (!screen)
        return NULL;
    glyph_open();
    palette_open();
    input_open();
    resizeterm(24, 80);
    return screen;
}

int tui_script(const struct command_context *context, const char *path)
{
    struct error err = ERROR_INIT;
    struct script script = {0};
    cleanup_free char *text = file_read(path, NULL, &err);
    if (!text)
        return fprintf(stderr, "slipway: %s\n", err.message), 1;
    cleanup_strv char **lines = str_split(text, '\n');
    if (run_file(&script, path, lines) != 0)
        return 1;
    /* A handout has all signs, whatever the locale that a batch runs in; SLIPWAY_ASCII is still heard. */
    setlocale(LC_ALL, "");
    if (!str_equal(nl_langinfo(CODESET), "UTF-8"))
        setlocale(LC_CTYPE, "C.UTF-8");
    setlocale(LC_NUMERIC, "C");
    signal(SIGPIPE, SIG_IGN);
    SCREEN *screen = open_nothing();
    if (!screen)
        return fprintf(stderr, "slipway: no description of the terminal xterm-256color here (package ncurses-base)\n"), 1;
    static struct app app;
    if (app_open(&app, context->host, &err) < 0)
        return fprintf(stderr, "slipway: %s\n", err.message), 1;
    script.app = &app;
    settle(&app);
    int code = run_file(&script, path, lines);
    app_close(&app);
    delscreen(screen);
    return code;
}
