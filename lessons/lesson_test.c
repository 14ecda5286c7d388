/* The proof that a lesson is true: its commands end as it says, and leave the engine as they found it. */
#include "lessons/lesson_test.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "client/client.h"
#include "lessons/lesson.h"
#include "lessons/lesson_shell.h"
#include "lessons/machine.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHOWN_LINES = 12 };

struct proof {
    const char *host;
    struct lesson *lesson;
    FILE *out;
    int failures;
};

static void report(struct proof *proof, bool good, const char *what, const char *said)
{
    fprintf(proof->out, "%s - lesson %s: %s\n", good ? "ok" : "not ok", proof->lesson->slug, what);
    if (!good) {
        proof->failures++;
        cleanup_strv char **lines = str_split(said, '\n');
        size_t count = strv_len(lines), from = count > SHOWN_LINES ? count - SHOWN_LINES : 0;
        for (size_t i = from; i < count; i++)
            if (*str_trim(lines[i]))
                fprintf(proof->out, "#   %s\n", str_trim(lines[i]));
    }
    fflush(proof->out);
}

/* What an engine has, "container web". */
static const struct holding {
    const char *thing, *path, *list, *name;
} holdings[] = {
    {"container", "/containers/json?all=1", NULL, "Names"},
    {"volume", "/volumes", "Volumes", "Name"},
    {"network", "/networks", NULL, "Name"},
    {"image", "/images/json", NULL, "RepoTags"},
};

static const char *name_of(const json_t *entry, const char *field)
{
    const json_t *value = json_object_get(entry, field);
    const char *name = json_string_value(json_is_array(value) ? json_array_get(value, 0) : value);
    return str_or(name, json_str(entry, "Id", "?"));
}

static int take_stock(struct client *client, char ***out, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(holdings); i++) {
        const struct holding *holding = &holdings[i];
        cleanup_json json_t *answer = NULL;
        int r = client_call(client, "GET", holding->path, NULL, &answer, err);
        if (r < 0)
            return r;
        size_t index;
        json_t *entry, *list = holding->list ? json_object_get(answer, holding->list) : answer;
        json_array_foreach(list, index, entry)
        {
            const char *name = name_of(entry, holding->name);
            strv_take(out, str_format("%s %s", holding->thing, name + (*name == '/')));
        }
    }
    return 0;
}

static void add_missing(struct buf *out, char *const *from, char *const *in, const char *what)
{
    for (; from && *from; from++)
        if (!in || !strv_has(in, *from))
            buf_printf(out, "%s: %s\n", what, *from);
}

static void add_files(struct buf *out, const char *directory)
{
    cleanup_dir DIR *dir = opendir(directory);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (!str_equal(entry->d_name, ".") && !str_equal(entry->d_name, "..") && !str_equal(entry->d_name, ".docker"))
            buf_printf(out, "left behind: file ~/%s\n", entry->d_name);
}

/* The first line of a command, for a report. */
static char *headline(size_t page, const char *text)
{
    size_t len = strcspn(text, "\n");
    return str_format("page %zu: %.*s%s", page + 1, (int)(len > 90 ? 90 : len), text, text[len] || len > 90 ? " ..." : "");
}

/* False when there is no sense in going on. */
static bool run_block(struct proof *proof, struct lesson_shell *shell, size_t page, const struct block *block)
{
    cleanup_free char *what = headline(page, block->text);
    cleanup_buf struct buf output = BUF_INIT;
    struct error err = ERROR_INIT;
    int code = lesson_shell_run(shell, block->text, block->follow, &output, &err);
    bool asked = !block->follow || strstr(block->extra, "exit=");
    if (code < 0)
        buf_printf(&output, "\n%s", err.message);
    else if (asked && code != block->code)
        buf_printf(&output, "\nit ended with %d; the lesson says %d (```run exit=%d)", code, block->code, code);
    report(proof, code >= 0 && (!asked || code == block->code), what, output.data ? output.data : "");
    return code >= 0;
}

static void run_blocks(struct proof *proof, struct lesson_shell *shell)
{
    const struct pages *pages = lesson_pages(proof->lesson);
    for (size_t i = 0; i < pages->count; i++)
        for (size_t j = 0; j < pages->list[i].count; j++) {
            const struct block *block = &pages->list[i].blocks[j];
            if (block->kind == BLOCK_COMMAND && !run_block(proof, shell, i, block))
                return;
        }
}

/* A shell on this machine, whose docker and slipway are those beside this program and speak to the engine at `host`. */
static int open_here(struct proof *proof, const char *directory, struct lesson_shell *shell, struct error *err)
{
    cleanup_free char *path = str_format("%s:%s", exe_dir(), str_or(getenv("PATH"), "/usr/bin:/bin"));
    setenv("PATH", path, 1);
    setenv("DOCKER_HOST", proof->host, 1);
    setenv("SLIPWAY_HOST", proof->host, 1);
    char *const command[] = {"/bin/bash", "--noprofile", "--norc", NULL};
    return lesson_shell_open(shell, command, directory, err);
}

static int open_there(struct proof *proof, const struct machine *machine, struct lesson_shell *shell, struct error *err)
{
    cleanup_free char *program = exe_sibling("slipway");
    char *const command[] = {program, "-H", (char *)proof->host, "exec", "-it", machine->id, "bash", NULL};
    return lesson_shell_open(shell, command, NULL, err);
}

static void prove_here(struct proof *proof, struct client *client)
{
    struct error err = ERROR_INIT;
    struct lesson_shell shell;
    cleanup_free char *directory = str_format("%s/slipway-lesson-XXXXXX", str_or(getenv("TMPDIR"), "/tmp"));
    cleanup_strv char **before = NULL, **after = NULL;
    cleanup_buf struct buf left = BUF_INIT;
    if (!mkdtemp(directory)) {
        error_errno(&err, errno, "make a directory for the lesson");
        report(proof, false, "a shell", err.message);
        return;
    }
    if (take_stock(client, &before, &err) < 0 || open_here(proof, directory, &shell, &err) < 0) {
        report(proof, false, "a shell and an engine", err.message);
    } else {
        run_blocks(proof, &shell);
        lesson_shell_close(&shell);
        if (take_stock(client, &after, &err) < 0)
            buf_puts(&left, err.message);
        add_missing(&left, after, before, "left behind");
        add_missing(&left, before, after, "taken away");
        add_files(&left, directory);
        report(proof, left.len == 0, "leaves all as it was", left.data ? left.data : "");
    }
    path_remove_tree(directory, NULL);
}

static void prove_there(struct proof *proof)
{
    struct error err = ERROR_INIT;
    struct lesson_shell shell;
    struct machine machine;
    if (machine_open(proof->host, proof->lesson->slug, &machine, &err) < 0) {
        report(proof, false, "a lab machine", err.message);
        return;
    }
    if (open_there(proof, &machine, &shell, &err) < 0) {
        report(proof, false, "a shell in the lab machine", err.message);
    } else {
        run_blocks(proof, &shell);
        lesson_shell_close(&shell);
    }
    machine_close(&machine);
}

int lesson_test(const char *host, struct lesson *lesson, FILE *out)
{
    struct proof proof = {.host = host, .lesson = lesson, .out = out};
    struct client *client = client_new(host);
    if (lesson->machine)
        prove_there(&proof);
    else
        prove_here(&proof, client);
    client_free(client);
    return proof.failures;
}
