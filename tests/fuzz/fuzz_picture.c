/* Hostile pictures: names from images stand in drawings, and those become documents that a browser opens. Whatever comes in, the
 * SVG and the HTML have only our elements, no control character and valid UTF-8. */
#include "base/memory.h"
#include "base/picture.h"
#include "base/strings.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int good, const char *what, const char *document)
{
    if (!good) {
        fprintf(stderr, "fuzz_picture: %s in:\n%s\n", what, document);
        abort();
    }
}

static void check(const char *document)
{
    static const char *const ours[] = {"<?xml ", "<svg ",   "</svg>",  "<title>", "</title>", "<style>", "</style>",       "<rect ",
                                       "<path ", "<text ",  "</text>", "<html ",  "</html>",  "<head>",  "</head>",        "<meta ",
                                       "<body>", "</body>", "<pre>",   "</pre>",  "<span ",   "</span>", "<!DOCTYPE html>"};
    const size_t len = strlen(document);
    for (size_t i = 0, step; i < len; i += step) {
        step = utf8_sequence((const unsigned char *)document + i, len - i);
        must(step > 0, "bytes that are no UTF-8", document);
        must((unsigned char)document[i] >= ' ' || document[i] == '\n', "a control character", document);
        bool known = document[i] != '<';
        for (size_t k = 0; !known && k < ARRAY_LEN(ours); k++)
            known = str_starts(document + i, ours[k]);
        must(known, "an element that is not ours", document);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_free char *text = xstrndup(size ? (const char *)data : "", size);
    cleanup_free char *svg = picture_svg(text, text), *html = picture_html(text, text), *plain = picture_text(text);
    check(svg);
    check(html);
    must(!strpbrk(plain, "\033\b\r\a"), "a control character", plain);
    return 0;
}
