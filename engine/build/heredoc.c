/* Heredocs: the sign in the line, `<<EOF`, `3<<-"EOF"`, and what to make of the text that follows. */
#include "base/go_text.h"
#include "base/memory.h"
#include "base/strings.h"
#include "build/expand.h"
#include "build/parse.h"

#include <stdlib.h>
#include <string.h>

/* Signs are words of the line in which nothing is replaced, whatever the file's escape character. */
static const struct expander as_written = {.escape = '\\', .raw_quotes = true, .raw_escapes = true, .keep_unset = true};
static const struct expander with_quotes = {.escape = '\\', .raw_quotes = true, .keep_unset = true};
static const struct expander without_quotes = {.escape = '\\', .keep_unset = true};

void heredoc_clear(struct heredoc *heredoc)
{
    free(heredoc->name);
    free(heredoc->content);
}

bool heredoc_sign(const char *word, struct heredoc *out)
{
    *out = (struct heredoc){0};
    size_t digits = strspn(word, "0123456789");
    if (strncmp(word + digits, "<<", 2))
        return false;
    const char *rest = word + digits + 2;
    out->chomp = *rest == '-';
    rest = go_skip_space(rest + out->chomp);
    if (strchr(rest, '<'))
        return false;
    cleanup_strv char **words = NULL, **quoted = NULL;
    if (expand_words(&without_quotes, rest, &words, NULL) < 0 || strv_len(words) != 1 ||
        expand_words(&with_quotes, rest, &quoted, NULL) < 0 || strv_len(quoted) != 1)
        return false;
    out->expand = str_equal(words[0], quoted[0]);
    out->name = xstrdup(words[0]);
    out->fd = digits < 5 ? atoi(word) : 0;
    return true;
}

/* The instruction that may have them: RUN, COPY and ADD in their plain form, also behind ONBUILD. */
static bool may_have(const struct draft *draft)
{
    const struct instruction *in = draft->inner ? &draft->inner->in : &draft->in;
    return !in->json && (in->kind == INSTRUCTION_RUN || in->kind == INSTRUCTION_COPY || in->kind == INSTRUCTION_ADD);
}

void draft_heredocs(struct draft *draft)
{
    struct instruction *in = &draft->in;
    cleanup_strv char **words = NULL;
    struct heredoc heredoc;
    if (!may_have(draft) || !strstr(in->original, "<<"))
        return;
    (void)expand_words(&as_written, in->original, &words, NULL); /* what cannot be read, the shell will complain of */
    for (char **word = words; word && *word; word++) {
        if (!heredoc_sign(*word, &heredoc))
            continue;
        in->heredocs = xrealloc(in->heredocs, (in->heredoc_count + 1) * sizeof *in->heredocs);
        in->heredocs[in->heredoc_count++] = heredoc;
    }
}

const struct heredoc *instruction_heredoc(const struct instruction *instruction, const char *word)
{
    struct heredoc sign = {0};
    const struct heredoc *found = NULL;
    if (heredoc_sign(word, &sign))
        for (size_t i = 0; i < instruction->heredoc_count && !found; i++)
            if (str_equal(instruction->heredocs[i].name, sign.name))
                found = &instruction->heredocs[i];
    heredoc_clear(&sign);
    return found;
}

char *heredoc_text(const struct heredoc *heredoc)
{
    struct buf out = BUF_INIT;
    for (const char *line = str_or(heredoc->content, ""); *line;) {
        line += heredoc->chomp ? strspn(line, "\t") : 0;
        size_t len = strcspn(line, "\n");
        len += line[len] == '\n';
        buf_add(&out, line, len);
        line += len;
    }
    return buf_take(&out);
}

char *instruction_shell_text(const struct instruction *instruction, const struct heredoc **script)
{
    const char *command = instruction->args ? instruction->args[0] : "";
    struct heredoc sign;
    *script = NULL;
    if (instruction->heredoc_count == 1 && heredoc_sign(command, &sign)) {
        heredoc_clear(&sign);
        char *text = heredoc_text(&instruction->heredocs[0]);
        if (str_starts(text, "#!"))
            *script = &instruction->heredocs[0];
        return text;
    }
    struct buf out = BUF_INIT;
    buf_puts(&out, command);
    for (size_t i = 0; i < instruction->heredoc_count; i++)
        buf_printf(&out, "\n%s%s", instruction->heredocs[i].content, instruction->heredocs[i].name);
    return buf_take(&out);
}
