/* The file as a whole: all lines are taken apart first, then instructions are checked one by one and dealt out to stages. */
#include "build/dockerfile.h"

#include "base/go_text.h"
#include "base/memory.h"
#include "base/strings.h"
#include "build/lines.h"
#include "build/parse.h"
#include "build/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct drafts {
    struct draft *at;
    size_t count;
};

static void drafts_clear(struct drafts *drafts)
{
    for (size_t i = 0; i < drafts->count; i++)
        draft_clear(&drafts->at[i]);
    free(drafts->at);
}
#define cleanup_drafts __attribute__((cleanup(drafts_clear)))

static int read_one(struct lines *lines, const char *line, struct drafts *drafts, struct error *err)
{
    drafts->at = xrealloc(drafts->at, (drafts->count + 1) * sizeof *drafts->at);
    struct draft *draft = &drafts->at[drafts->count++];
    int r = draft_read(line, lines->escape, draft, err);
    if (r == 0)
        draft_heredocs(draft);
    for (size_t i = 0; r == 0 && i < draft->in.heredoc_count; i++)
        r = lines_heredoc(lines, &draft->in.heredocs[i], err);
    return r;
}

/* *line is where the error is. */
static int read_all(struct lines *lines, struct drafts *drafts, int *line, struct error *err)
{
    cleanup_buf struct buf text = BUF_INIT;
    int r, first = 0;
    while ((r = lines_next(lines, &text, &first, err)) > 0 && (r = read_one(lines, text.data, drafts, err)) == 0) {
        drafts->at[drafts->count - 1].in.first = first;
        drafts->at[drafts->count - 1].in.last = lines->number;
    }
    *line = r < 0 ? (drafts->count && !drafts->at[drafts->count - 1].in.first ? first : lines->number) : 0;
    if (r == 0 && !drafts->count)
        r = error_set(err, EINVAL, "file with no instructions");
    return r < 0 ? error_prefix(err, "failed to parse Dockerfile") : 0;
}

static void *grow(void *list, size_t count, size_t size) { return xrealloc(list, (count + 1) * size); }

static void add_stage(struct dockerfile *file, struct draft *draft)
{
    struct instruction *from = &draft->in;
    const char *platform = instruction_flag(from, "platform");
    file->stages = grow(file->stages, file->stage_count, sizeof *file->stages);
    struct stage *stage = &file->stages[file->stage_count++];
    *stage = (struct stage){.base = xstrdup(from->args[0]), .platform = platform ? xstrdup(platform) : NULL};
    stage->name = from->args[1] ? str_lower(from->args[2]) : NULL;
    stage->from = *from;
    *from = (struct instruction){0};
}

static int place(struct dockerfile *file, struct draft *draft, struct error *err)
{
    struct stage *stage = file->stage_count ? &file->stages[file->stage_count - 1] : NULL;
    if (draft->in.kind == INSTRUCTION_FROM) {
        add_stage(file, draft);
        return 0;
    }
    if (!stage && draft->in.kind != INSTRUCTION_ARG)
        return error_set(err, EINVAL, "no build stage in current context");
    struct instruction **list = stage ? &stage->instructions : &file->arguments;
    size_t *count = stage ? &stage->count : &file->argument_count;
    *list = grow(*list, *count, sizeof **list);
    (*list)[(*count)++] = draft->in;
    draft->in = (struct instruction){0};
    return 0;
}

static int deal_out(struct dockerfile *file, struct drafts *drafts, struct error *err)
{
    for (size_t i = 0; i < drafts->count; i++) {
        int line = drafts->at[i].in.first;
        int r = draft_check(&drafts->at[i], err);
        if (r < 0)
            r = error_prefix(err, "dockerfile parse error line %d", line);
        else
            r = place(file, &drafts->at[i], err);
        if (r < 0) {
            file->failed_line = line;
            return r;
        }
    }
    return file->stage_count ? 0 : error_set(err, EINVAL, "no build stage in current context");
}

int dockerfile_parse(const char *text, size_t len, const char *name, struct dockerfile *out, struct error *err)
{
    *out = (struct dockerfile){.escape = '\\'};
    if (!len)
        return error_set(err, EINVAL, "the Dockerfile (%s) cannot be empty", name);
    const char *nul = memchr(text, 0, len);
    if (nul) {
        out->failed_line = 1;
        for (const char *p = text; p < nul; p++)
            out->failed_line += *p == '\n';
        return error_set(err, EINVAL, "failed to parse Dockerfile: line %d has a NUL byte: this is no text", out->failed_line);
    }
    bool mark = len >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3);
    cleanup_free char *valid = go_valid(text + 3 * mark, len - 3 * mark);
    cleanup_drafts struct drafts drafts = {0};
    struct lines lines = {.at = valid, .escape = '\\'};
    int r = read_all(&lines, &drafts, &out->failed_line, err);
    out->escape = lines.escape;
    out->syntax = lines.syntax;
    out->warnings = lines.warnings;
    if (out->warnings)
        strv_add(&out->warnings, "[WARNING]: Empty continuation lines will become errors in a future release.");
    return r < 0 ? r : deal_out(out, &drafts, err);
}

void dockerfile_clear(struct dockerfile *file)
{
    for (size_t i = 0; i < file->argument_count; i++)
        instruction_clear(&file->arguments[i]);
    for (size_t i = 0; i < file->stage_count; i++) {
        struct stage *stage = &file->stages[i];
        for (size_t j = 0; j < stage->count; j++)
            instruction_clear(&stage->instructions[j]);
        instruction_clear(&stage->from);
        free(stage->instructions);
        free(stage->base);
        free(stage->platform);
        free(stage->name);
    }
    free(file->arguments);
    free(file->stages);
    free(file->syntax);
    strv_free(file->warnings);
    *file = (struct dockerfile){0};
}

size_t dockerfile_steps(const struct dockerfile *file)
{
    size_t steps = file->argument_count + file->stage_count;
    for (size_t i = 0; i < file->stage_count; i++)
        steps += file->stages[i].count;
    return steps;
}

int instruction_parse(const char *text, bool trigger, struct instruction *out, struct error *err)
{
    cleanup_drafts struct drafts drafts = {0};
    cleanup_free char *valid = go_valid(text, strlen(text));
    struct lines lines = {.at = valid, .escape = '\\'};
    int line, r = read_all(&lines, &drafts, &line, err);
    *out = (struct instruction){0};
    strv_free(lines.warnings);
    free(lines.syntax);
    if (r == 0 && drafts.count != 1)
        r = error_set(err, EINVAL, "onbuild trigger should be a single expression");
    const char *keyword = r == 0 ? drafts.at[0].keyword : "";
    if (trigger && str_equal(keyword, "ONBUILD"))
        return error_set(err, EINVAL, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
    if (trigger && (str_equal(keyword, "MAINTAINER") || str_equal(keyword, "FROM")))
        return error_set(err, EINVAL, "%s isn't allowed as an ONBUILD trigger", keyword);
    if (r == 0)
        r = draft_check(&drafts.at[0], err);
    if (r == 0) {
        *out = drafts.at[0].in;
        drafts.at[0].in = (struct instruction){0};
    }
    return r;
}

void dockerfile_add_label(struct dockerfile *file, const char *key, const char *value)
{
    struct stage *stage = &file->stages[file->stage_count - 1];
    stage->instructions = grow(stage->instructions, stage->count, sizeof *stage->instructions);
    struct instruction *label = &stage->instructions[stage->count++];
    *label = (struct instruction){.kind = INSTRUCTION_LABEL, .literal = true, .original = str_format("LABEL %s=%s", key, value)};
    words_add_pair(label, key, value);
}
