/* The text of a Dockerfile, and variables put in place in each of its instructions. No crash, no leak, no endless growth; what is
 * accepted has a stage, lines that follow each other, and the number of arguments that the manual promises. */
#include "base/memory.h"
#include "base/strings.h"
#include "build/dockerfile.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_counts(const struct instruction *in)
{
    size_t args = strv_len(in->args);
    switch (in->kind) {
    case INSTRUCTION_ADD:
    case INSTRUCTION_COPY:
        require(args >= 2);
        return;
    case INSTRUCTION_RUN:
    case INSTRUCTION_CMD:
    case INSTRUCTION_ENTRYPOINT:
        require(in->json || args <= 1);
        return;
    case INSTRUCTION_SHELL:
    case INSTRUCTION_EXPOSE:
    case INSTRUCTION_VOLUME:
        require(args >= 1);
        return;
    case INSTRUCTION_FROM:
        require(args == 1 || args == 3);
        return;
    case INSTRUCTION_HEALTHCHECK:
        require(in->health && in->health->test && !in->args);
        return;
    case INSTRUCTION_ENV:
    case INSTRUCTION_LABEL:
    case INSTRUCTION_ARG:
        require(in->pair_count && !in->args);
        return;
    default:
        require(args == 1);
    }
}

static void use(const struct instruction *in, int *line, char escape)
{
    static char *const env[] = {"a=x y", "b=*", "c=", "HOME=/root", NULL};
    struct instruction copy;
    const struct heredoc *script;
    require(in->first > *line && in->last >= in->first);
    *line = in->last;
    check_counts(in);
    for (size_t i = 0; i < in->heredoc_count; i++)
        require(in->heredocs[i].name && in->heredocs[i].content);
    if (in->kind == INSTRUCTION_RUN && !in->json)
        free(instruction_shell_text(in, &script));
    instruction_copy(in, &copy);
    (void)instruction_expand(&copy, escape, env, NULL);
    instruction_clear(&copy);
    if (in->kind == INSTRUCTION_ONBUILD) {
        (void)instruction_parse(in->args[0], true, &copy, NULL);
        instruction_clear(&copy);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dockerfile file;
    struct error err = ERROR_INIT;
    int line = 0;
    if (dockerfile_parse((const char *)data, size, "Dockerfile", &file, &err) == 0) {
        require(file.stage_count > 0);
        for (size_t i = 0; i < file.argument_count; i++)
            use(&file.arguments[i], &line, file.escape);
        for (size_t i = 0; i < file.stage_count; i++) {
            use(&file.stages[i].from, &line, file.escape);
            for (size_t j = 0; j < file.stages[i].count; j++)
                use(&file.stages[i].instructions[j], &line, file.escape);
        }
        dockerfile_add_label(&file, "a", "b");
    } else {
        require(*err.message && err.code);
    }
    dockerfile_clear(&file);
    return 0;
}
