/* The UI's clipboard, and the one sequence that hands it to the terminal outside. */
#include "tui/clipboard.h"

#include "base/memory.h"
#include "base/strings.h"
#include "tui/outer.h"

#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copied;

void clipboard_set(const char *text)
{
    free(copied);
    copied = xstrdup(text);
}

const char *clipboard_text(void) { return copied ? copied : ""; }

bool clipboard_to_outer(void)
{
    size_t len = strlen(clipboard_text());
    if (len > CLIPBOARD_OUTER_MOST)
        return false;
    if (!outer_takes_copies())
        return true;
    cleanup_free char *text = xcalloc(BASE64_ENCODE_RAW_LENGTH(len) + 1, 1);
    base64_encode_raw(text, len, (const uint8_t *)clipboard_text());
    printf("\033]52;c;%s\007", text);
    fflush(stdout);
    return true;
}
