/* Hostile engines and names: streams of messages, cut anywhere, and references to images. A stream shows the same however it is
 * cut; a name that is accepted, written out whole, is the same name again. */
#include "base/memory.h"
#include "base/strings.h"
#include "cli/image_name.h"
#include "cli/progress.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "fuzz_messages: %s\n", what);
        abort();
    }
}

static char *shown(const char *bytes, size_t len, size_t piece, int columns)
{
    char *text = NULL;
    size_t size = 0;
    struct error err = ERROR_INIT;
    FILE *out = open_memstream(&text, &size);
    struct messages messages = {.out = out, .terminal = columns > 0, .columns = columns};
    for (size_t at = 0; at < len; at += piece)
        if (!messages_take(&messages, bytes + at, len - at < piece ? len - at : piece))
            break;
    if (messages_end(&messages, &err) < 0)
        fprintf(out, "!%s", err.message);
    messages_clear(&messages);
    fclose(out);
    return text;
}

static void name(const char *text)
{
    struct image_name first, second;
    if (name_parse(text, &first, NULL) < 0)
        return;
    cleanup_free char *whole = name_text(&first), *familiar = name_familiar(&first);
    must(name_parse(whole, &second, NULL) == 0, "a whole name that is none");
    cleanup_free char *again = name_text(&second);
    must(str_equal(whole, again), "a name that changes");
    name_clear(&second);
    must(name_parse(familiar, &second, NULL) == 0 || name_is_id(familiar), "a familiar name that is none");
    name_clear(&second);
    name_clear(&first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    cleanup_free char *text = xstrndup((const char *)data + 2, size - 2);
    if (data[0] & 1) {
        name(text);
        return 0;
    }
    int columns = data[0] & 2 ? data[1] : 0;
    cleanup_free char *whole = shown((const char *)data + 2, size - 2, size, columns);
    cleanup_free char *pieces = shown((const char *)data + 2, size - 2, data[1] % 16 + 1, columns);
    must(str_equal(whole, pieces), "a stream that depends on how it is cut");
    return 0;
}
