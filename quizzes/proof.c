/* The text of a proof made into scripts. */
#include "quizzes/proof.h"

#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <string.h>

static const char statement_head[] =
    "cd \"$(mktemp -d)\" || exit 2\n"
    "proof_count=0 proof_failed=0\n"
    "expect() { proof_count=$((proof_count + 1)); local name=$1 out; shift\n"
    "    out=$(\"$@\" 2>&1 </dev/null) || { proof_failed=1; echo \"expected, and it failed: $name: $* ${out:+($out)}\"; }; }\n"
    "refuse() { proof_count=$((proof_count + 1)); local name=$1 out; shift\n"
    "    out=$(\"$@\" 2>&1 </dev/null) && { proof_failed=1; echo \"to be refused, and it succeeded: $name: $* ${out:+($out)}\"; }; "
    "}\n";
static const char statement_tail[] = "\n[ $proof_count -gt 0 ] || { echo 'nothing was expected'; exit 2; }\n"
                                     "exit $proof_failed\n";

static const char option_tail[] = "\ncd \"$(mktemp -d)\" || exit 2\n"
                                  "proof_setup >/dev/null || { echo 'its setup failed'; exit 2; }\n"
                                  "proof_before >/dev/null || { echo 'what must hold before the option does not'; exit 2; }\n"
                                  "proof_check >/dev/null 2>&1 && { echo 'its check succeeds before the option'; exit 2; }\n"
                                  "proof_option </dev/null\n"
                                  "proof_check >/dev/null 2>&1 && exit 10\n"
                                  "exit 11\n";

/* Both engines that do nothing; `script` is a file beside them. */
static const char gate_head[] =
    "dir=$(mktemp -d) && mkdir \"$dir/yes\" \"$dir/no\" || exit 2\n"
    "for name in docker slipway slipwayd; do\n"
    "    printf '#!/bin/sh\\nexit 0\\n' > \"$dir/yes/$name\"; printf '#!/bin/sh\\nexit 1\\n' > \"$dir/no/$name\"\n"
    "done\n"
    "chmod +x \"$dir\"/*/*\n"
    "cat > \"$dir/script\" <<'END_OF_THE_PROOF'\n";
static const char gate_tail[] =
    "\nEND_OF_THE_PROOF\n"
    "for engine in yes no; do\n"
    "    PATH=\"$dir/$engine:$PATH\" timeout 20 bash \"$dir/script\" >/dev/null 2>&1 </dev/null\n"
    "    case $? in 0 | 10) echo \"it holds with an engine that does nothing and says $engine\"; exit 1 ;; esac\n"
    "done\n"
    "exit 0\n";

/* The lines behind "%name" up to the next section; NULL when there is none. */
static char *section(const char *text, const char *name)
{
    cleanup_free char *head = str_format("%%%s", name);
    size_t len = strlen(head);
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        if (strncmp(line, head, len) != 0 || (line[len] != '\n' && line[len] != '\0'))
            continue;
        const char *first = line + len + (line[len] == '\n'), *end = str_starts(first, "%") ? first : strstr(first, "\n%");
        return end ? xstrndup(first, (size_t)(end - first)) : xstrdup(first);
    }
    return NULL;
}

static char *option_section(const char *text, size_t number)
{
    cleanup_free char *name = str_format("option %zu", number);
    return section(text, name);
}

static bool says(const char *text, const char *word)
{
    size_t len = strlen(word);
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (strncmp(line + strspn(line, " \t"), word, len) == 0)
            return true;
    return false;
}

int proof_check(const char *text, size_t options, struct error *err)
{
    if (!options)
        return says(text, "expect ") || says(text, "refuse ")
                   ? 0
                   : error_set(err, EINVAL, "the proof expects nothing; write \"expect NAME COMMAND...\"");
    cleanup_free char *check = section(text, "check");
    if (!check)
        return error_set(err, EINVAL, "the proof has no section %%check");
    for (size_t i = 1; i <= options; i++) {
        cleanup_free char *option = option_section(text, i);
        if (!option)
            return error_set(err, EINVAL, "the proof has no section %%option %zu; it needs one for each of the %zu options", i,
                             options);
    }
    cleanup_free char *more = option_section(text, options + 1);
    return more ? error_set(err, EINVAL, "the proof has a section %%option %zu, and the question %zu options", options + 1, options)
                : 0;
}

char *proof_statement(const char *text) { return str_format("%s%s%s", statement_head, text, statement_tail); }

static void add_function(struct buf *out, const char *name, const char *body)
{
    buf_printf(out, "proof_%s() {\n%s\n:;}\n", name, str_or(body, ""));
}

/* The last command decides, so that a section is its own verdict. */
static void add_verdict(struct buf *out, const char *name, const char *body)
{
    buf_printf(out, "proof_%s() {\n%s\n}\n", name, str_empty(body) ? ":" : body);
}

char *proof_option(const char *text, size_t number)
{
    struct buf out = BUF_INIT;
    cleanup_free char *setup = section(text, "setup"), *before = section(text, "before"), *check = section(text, "check");
    cleanup_free char *option = option_section(text, number);
    add_verdict(&out, "setup", setup);
    add_verdict(&out, "before", before);
    add_verdict(&out, "check", check);
    add_function(&out, "option", option);
    buf_add(&out, option_tail, sizeof option_tail - 1);
    return buf_take(&out);
}

char *proof_gate(const char *script, const char *text)
{
    if (!strstr(text, "docker") && !strstr(text, "slipway"))
        return NULL;
    return str_format("%s%s%s", gate_head, script, gate_tail);
}
