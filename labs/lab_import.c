/* Killercoda's scenarios: index.json names an introduction, steps (text, verify script, scripts that run when the step begins), an
 * end, and files to place. What has a place in a lab goes there; of everything else the author is told.
 *
 * A scenario's check says only yes or no, and it has no solutions and no wrong ones: the lab that comes out lints once these are
 * written, and passes its test when they are right.
 */
#include "labs/lab_new.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "labs/scenario_text.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

enum { ASSET_MOST = 48 << 10, TITLE_MOST = 120 };

struct import {
    const char *scenario, *folder;
    FILE *out;
    struct error *err;
    struct buf setup, waiting; /* setup.sh; text of steps without a check, which goes before the next one's */
    char **hints;              /* of those steps too */
    bool engine;
    int steps;
    char *last; /* folder of the last step */
};

static void say(struct import *import, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct import *import, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(import->out, format, args);
    va_end(args);
    fputc('\n', import->out);
}

/* A file that the scenario names; NULL and said when it cannot be read, or leads out of the scenario. */
static char *scenario_file(struct import *import, const char *name)
{
    struct error err = ERROR_INIT;
    if (*name == '/' || strstr(name, "..")) {
        say(import, "left out: %s is outside of the scenario", name);
        return NULL;
    }
    cleanup_free char *path = path_join(import->scenario, name);
    char *text = file_read(path, NULL, &err);
    if (!text)
        say(import, "left out: %s", err.message);
    return text;
}

static void say_what_is_missing(struct import *import, const char *name, const char *text)
{
    static const struct {
        const char *word, *why;
    } table[] = {{"apt-get ", "a lab machine has no network: what it installs must be in the machine already"},
                 {"apt install", "a lab machine has no network: what it installs must be in the machine already"},
                 {"curl http", "a lab machine has no network"},
                 {"wget http", "a lab machine has no network"},
                 {"docker pull", "a lab machine has no network: only the images that the engine holds are there"},
                 {"kubectl", "there is no Kubernetes in a lab machine"},
                 {"systemctl", "there is no systemd in a lab machine"},
                 {"{{TRAFFIC", "links to the machine's ports do not work from a terminal"}};
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (strstr(text, table[i].word))
            say(import, "look at %s: %s (%s)", name, table[i].why, table[i].word);
}

/* The script behind its first line; NULL, and said, when it is none for a shell. */
static const char *shell_part(struct import *import, const char *name, const char *text)
{
    if (!str_starts(text, "#!"))
        return text;
    const char *end = text + strcspn(text, "\n");
    cleanup_free char *line = xstrndup(text, (size_t)(end - text));
    if (str_ends(str_trim(line), "sh"))
        return *end ? end + 1 : end;
    say(import, "left out: %s is no shell script (%s)", name, line);
    return NULL;
}

static void add_to_setup(struct import *import, const json_t *part, const char *field, const char *when)
{
    const char *name = json_str(part, field, NULL);
    cleanup_free char *text = str_empty(name) ? NULL : scenario_file(import, name);
    const char *script = text ? shell_part(import, name, text) : NULL;
    if (!script)
        return;
    say_what_is_missing(import, name, script);
    if (*when)
        say(import, "look at setup.sh: %s ran when %s began; here it runs before the first", name, when);
    buf_printf(&import->setup, "# %s\n(\n%s\n) || exit 1\n", name, script);
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void base64(const unsigned char *bytes, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i += 3) {
        unsigned word = (unsigned)bytes[i] << 16 | (i + 1 < len ? bytes[i + 1] : 0u) << 8 | (i + 2 < len ? bytes[i + 2] : 0u);
        buf_putc(out, base64_digits[word >> 18 & 63]);
        buf_putc(out, base64_digits[word >> 12 & 63]);
        buf_putc(out, i + 1 < len ? base64_digits[word >> 6 & 63] : '=');
        buf_putc(out, i + 2 < len ? base64_digits[word & 63] : '=');
        if (i % 57 == 54)
            buf_putc(out, '\n');
    }
    buf_putc(out, '\n');
}

static void add_asset_file(struct import *import, const char *path, const char *target, const char *mode)
{
    size_t len = 0;
    cleanup_free char *bytes = file_read(path, &len, NULL);
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (!bytes || len > ASSET_MOST || import->setup.len + len * 4 / 3 > 2 * ASSET_MOST) {
        say(import, "left out: the asset %s%s", name, bytes ? " is too large for setup.sh" : " cannot be read");
        return;
    }
    cleanup_free char *to = path_join(*target == '~' ? "/root" : target, name), *quoted = str_shell_quote(to);
    buf_printf(&import->setup, "mkdir -p \"$(dirname %s)\"\nbase64 -d > %s <<'END'\n", quoted, quoted);
    base64((const unsigned char *)bytes, len, &import->setup);
    buf_puts(&import->setup, "END\n");
    cleanup_free char *change = *mode ? str_shell_quote(mode) : NULL;
    if (change)
        buf_printf(&import->setup, "chmod %s %s\n", change, quoted);
}

static void add_assets(struct import *import, const json_t *assets)
{
    const char *host;
    json_t *list, *asset;
    json_object_foreach((json_t *)assets, host, list)
    {
        size_t i;
        if (!str_equal(host, "host01"))
            say(import, "look at the assets of %s: add it to `hosts` in lab.md, and place them in setup@HOST.sh", host);
        json_array_foreach(str_equal(host, "host01") ? list : NULL, i, asset)
        {
            const char *pattern = json_str(asset, "file", "");
            cleanup_free char *path = str_format("%s/assets/%s", import->scenario, pattern);
            glob_t found;
            if (strstr(pattern, "..") || glob(path, 0, NULL, &found) != 0) {
                say(import, "left out: the asset %s is not there", pattern);
                continue;
            }
            for (size_t j = 0; j < found.gl_pathc; j++)
                add_asset_file(import, found.gl_pathv[j], json_str(asset, "target", "/root"), json_str(asset, "chmod", ""));
            globfree(&found);
        }
    }
}

/* A text in double quotes, as YAML has them. */
static char *quoted(const char *text)
{
    struct buf out = BUF_INIT;
    buf_putc(&out, '"');
    for (size_t i = 0; text[i] && i < TITLE_MOST; i++) {
        if (text[i] == '"' || text[i] == '\\')
            buf_putc(&out, '\\');
        if (!iscntrl((unsigned char)text[i]))
            buf_putc(&out, text[i]);
    }
    buf_putc(&out, '"');
    return buf_take(&out);
}

static char *folder_name(int number, const char *title)
{
    struct buf out = BUF_INIT;
    buf_printf(&out, "%02d", number * 10 % 100);
    bool gap = true;
    for (const char *p = title; *p && out.len < 40; p++) {
        if (isalnum((unsigned char)*p)) {
            if (gap)
                buf_putc(&out, '-');
            buf_putc(&out, (char)tolower((unsigned char)*p));
        }
        gap = !isalnum((unsigned char)*p);
    }
    if (out.len == 2)
        buf_puts(&out, "-step");
    return buf_take(&out);
}

/* Markdown as a lab shows it; `hints` gets what stood in <details>. */
static char *text_of(struct import *import, const json_t *part, char ***hints)
{
    const char *name = json_str(part, "text", NULL);
    cleanup_free char *text = str_empty(name) ? NULL : scenario_file(import, name);
    if (!text)
        return xstrdup("");
    say_what_is_missing(import, name, text);
    import->engine = import->engine || strstr(text, "docker ");
    return scenario_text(text, hints);
}

static int write_hints(struct import *import, const char *step, char **hints)
{
    int r = 0;
    for (size_t i = 0; hints && hints[i] && r == 0; i++) {
        cleanup_free char *name = str_format("%s/hint-%zu.md", step, i + 1);
        r = lab_file_write(import->folder, name, hints[i], import->err);
    }
    if (r == 0 && !hints) {
        cleanup_free char *name = str_format("%s/hint-1.md", step);
        say(import, "to write: %s; the scenario has no hint in <details>", name);
        r = lab_file_write(import->folder, name, "Read the step again, word for word.\n", import->err);
    }
    return r;
}

static int write_check(struct import *import, const char *step, const char *name, const char *title)
{
    cleanup_free char *path = str_format("%s/verify.sh", step), *text = name ? scenario_file(import, name) : NULL;
    if (!name) {
        say(import, "to write: %s; the scenario has no check at all", path);
        return lab_file_write(import->folder, path, "echo 'The check of this step is not written yet.'\nexit 1\n", import->err);
    }
    const char *script = text ? shell_part(import, name, text) : NULL;
    cleanup_free char *said = str_shell_quote(title), *check = NULL;
    if (script)
        say_what_is_missing(import, name, script);
    check = str_format("# From %s, which says yes or no; say here what is missing.\nscenario_check() (\n%s\n)\n"
                       "if ! scenario_check >/dev/null 2>&1; then\n    echo 'This step is not done yet:' %s\n    exit 1\nfi\n",
                       name, script ? script : "exit 1", said);
    say(import, "to write: %s should say what is missing; the scenario's check says yes or no", path);
    return lab_file_write(import->folder, path, check, import->err);
}

static int write_solutions(struct import *import, const char *step)
{
    cleanup_free char *solve = str_format("%s/solve.sh", step), *wrong = str_format("%s/wrong-almost.sh", step);
    say(import, "to write: %s and %s; a scenario has no solutions", solve, wrong);
    int r = lab_file_write(import->folder, solve, "echo 'The solution of this step is not written yet.'\nexit 1\n", import->err);
    return r < 0
               ? r
               : lab_file_write(import->folder, wrong,
                                "# expect: This step is not done yet\ntrue # what somebody does who almost has it\n", import->err);
}

/* A step with all the text that waits. */
static int write_step(struct import *import, const char *title, const char *verify)
{
    cleanup_free char *name = folder_name(++import->steps, title), *head = quoted(title), *path = str_format("%s/step.md", name);
    cleanup_free char *body = buf_take(&import->waiting), *all = str_format("---\ntitle: %s\n---\n%s", head, body);
    free(import->last);
    import->last = xstrdup(name);
    int r = lab_file_write(import->folder, path, all, import->err);
    if (r == 0)
        r = write_hints(import, name, import->hints);
    strv_free(import->hints);
    import->hints = NULL;
    if (r == 0)
        r = write_check(import, name, verify, title);
    return r < 0 ? r : write_solutions(import, name);
}

static int add_step(struct import *import, const json_t *part)
{
    const char *title = json_str(part, "title", "Step"), *verify = json_str(part, "verify", NULL);
    cleanup_free char *text = text_of(import, part, &import->hints), *when = str_format("the step \"%s\"", title);
    add_to_setup(import, part, "background", when);
    add_to_setup(import, part, "foreground", when);
    buf_puts(&import->waiting, text);
    if (!str_empty(verify))
        return write_step(import, title, verify);
    say(import, "look at the step \"%s\": it has no check, and its text is now at the next one", title);
    buf_puts(&import->waiting, "\n");
    return 0;
}

static int add_end(struct import *import, const json_t *finish)
{
    cleanup_free char *text = text_of(import, finish, NULL);
    buf_puts(&import->waiting, text);
    if (!import->last || !import->waiting.len)
        return 0;
    cleanup_free char *path = str_format("%s/done.md", import->last);
    return lab_file_write(import->folder, path, import->waiting.data, import->err);
}

static int write_head(struct import *import, const json_t *index, const char *introduction)
{
    cleanup_free char *title = quoted(json_str(index, "title", "Untitled"));
    cleanup_free char *summary = quoted(json_str(index, "description", json_str(index, "title", "Untitled")));
    cleanup_free char *text = str_format("---\ntitle: %s\nsummary: %s\norder: 9000\nminutes: %d\ndomain: foundations\n"
                                         "picture: none\n%sobjectives:\n  - %s\n---\n%s",
                                         title, summary, 20, import->engine ? "engine: yes\n" : "", summary,
                                         *introduction ? introduction : "What this is about.\n");
    say(import, "to write: lab.md: minutes, domain and objectives are guesses");
    return lab_file_write(import->folder, "lab.md", text, import->err);
}

static int carry_over(struct import *import, const json_t *index)
{
    json_t *intro = json_at(index, "details.intro"), *step;
    const char *image = json_str(index, "backend.imageid", "");
    cleanup_free char *introduction = text_of(import, intro, NULL);
    size_t i;
    int r = 0;
    if (*image)
        say(import, "look at the machine: the scenario ran on the image %s; a lab machine holds the tools of this course", image);
    add_assets(import, json_at(index, "details.assets"));
    add_to_setup(import, intro, "background", "");
    add_to_setup(import, intro, "foreground", "");
    json_array_foreach(json_at(index, "details.steps"), i, step)
    {
        if (r == 0)
            r = add_step(import, step);
    }
    if (r == 0 && !import->steps && import->waiting.len) /* so that nothing of it is lost */
        r = write_step(import, json_str(index, "title", "Step"), NULL);
    if (r == 0)
        r = add_end(import, json_at(index, "details.finish"));
    if (r == 0 && import->setup.len)
        r = lab_file_write(import->folder, "setup.sh", import->setup.data, import->err);
    if (r == 0)
        r = write_head(import, index, introduction);
    return r;
}

int lab_import(const char *scenario, const char *folder, FILE *out, struct error *err)
{
    cleanup_free char *path = path_join(scenario, "index.json");
    cleanup_json json_t *index = json_read_file(path, err);
    if (!index)
        return -err->code;
    if (!json_is_array(json_at(index, "details.steps")))
        return error_set(err, EINVAL, "%s: there are no details.steps: it is no scenario", path);
    if (path_exists(folder))
        return error_set(err, EEXIST, "%s is there already; name another", folder);
    struct import import = {.scenario = scenario, .folder = folder, .out = out, .err = err};
    int r = carry_over(&import, index);
    buf_free(&import.setup);
    buf_free(&import.waiting);
    strv_free(import.hints);
    free(import.last);
    return r;
}
