/* A file of another program's quiz format: whatever comes in, either problems that name their place, or a bank that bank_parse
 * finds good. One fuzzer a format includes this. */
#ifndef FUZZ_EXCHANGE_H
#define FUZZ_EXCHANGE_H

#include "base/memory.h"
#include "quizzes/exchange/exchange.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline int fuzz_exchange(const char *format, const uint8_t *data, size_t size)
{
    static const struct exchange_defaults none;
    cleanup_free char *copy = xmalloc(size + 1);
    cleanup_buf struct buf out = BUF_INIT;
    cleanup_strv char **problems = NULL, **notes = NULL;
    memcpy(copy, data, size);
    copy[size] = 0;
    size_t count = exchange_import(exchange_format_named(format), "f", copy, size, &none, &out, &problems, &notes);
    struct bank bank;
    if (count ? out.len > 0 : bank_parse("f.md", out.data, out.len, &bank, &problems) > 0) {
        fprintf(stderr, "%s: %s\n", count ? "half imported" : "no good bank", problems[0]);
        abort();
    }
    for (char **line = problems; line && *line; line++)
        if (strncmp(*line, "f:", 2) != 0 || strchr(*line, '\n'))
            abort();
    if (!count)
        bank_free(&bank);
    return 0;
}

#endif
