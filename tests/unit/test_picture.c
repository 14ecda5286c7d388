/* Pictures out: lines with colours become SVG, HTML and text; hostile names break none of them. A real XML parser reads them. */
#include "base/memory.h"
#include "base/picture.h"
#include "base/strings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char drawing[] = "\033[1mNETWORK\033[0m  two namespaces\n"
                              "  ┌─ \033[1mcontainer\033[0m ─┐\n"
                              "  │ eth0  漢字 │\n"
                              "  └──────────┘\n"
                              "\033[36m$ ip link <veth> & \"more\"\033[0m ████░░\n";

/* Python's expat says whether it is XML at all, and what the text in it is: characters of `tag` elements, a line each. */
static void xml_holds(const char *document, const char *wanted)
{
    char path[] = "/tmp/slt-picture-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *out = fdopen(fd, "w");
    fputs(document, out);
    fclose(out);
    setenv("PICTURE", path, 1);
    setenv("WANTED", wanted, 1);
    int rc = system("python3 -c 'import os, sys, xml.etree.ElementTree as tree\n"
                    "root = tree.fromstring(open(os.environ[\"PICTURE\"], \"rb\").read().replace(b\"<!DOCTYPE html>\", b\"\"))\n"
                    "names = {e.tag.split(\"}\")[-1] for e in root.iter()}\n"
                    "assert names <= {\"svg\", \"title\", \"style\", \"rect\", \"path\", \"text\", \"html\", \"head\", \"meta\", "
                    "\"body\", \"pre\", \"span\"}, names\n"
                    "text = \"\".join(root.itertext())\n"
                    "assert os.environ[\"WANTED\"] in text, text\n'");
    unlink(path);
    assert_int_equal(rc, 0);
}

static void documents_are_xml_and_hold_the_words(void **state)
{
    (void)state;
    cleanup_free char *svg = picture_svg(drawing, "web: network"), *html = picture_html(drawing, "web: network");
    xml_holds(svg, "$ ip link <veth> & \"more\"");
    xml_holds(svg, "web: network");
    xml_holds(html, "  │ eth0  漢字 │\n");
    xml_holds(html, "$ ip link <veth> & \"more\"");
}

static void hostile_names_bring_nothing_of_their_own(void **state)
{
    (void)state;
    static const char *const names[] = {"</text><script>alert(1)</script>",
                                        "]]></style><style>*{display:none}",
                                        "<!--",
                                        "&#0;&lt;",
                                        "\"' onload='x",
                                        "a\001b\033]0;title\007c\033[2Jd\bx\rz",
                                        "\xff\xfe\x80 bad",
                                        "\xef\xbf\xbe\xef\xbf\xbf",
                                        "\xed\xa0\x80",
                                        "\xc2\x9b"
                                        "31m",
                                        "\033",
                                        "\033[",
                                        "\033[1;2",
                                        "\033[38;5m\033[48;2;1m\033[99999999999m x",
                                        "\u202e\u0301\u0301\u0301 marks",
                                        ""};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        cleanup_free char *svg = picture_svg(names[i], names[i]), *html = picture_html(names[i], names[i]);
        xml_holds(svg, "");
        xml_holds(html, "");
        assert_null(strstr(svg, "<script"));
        assert_null(strstr(html, "<script"));
        for (const char *p = svg; *p; p++)
            assert_true((unsigned char)*p >= ' ' || *p == '\n');
    }
    cleanup_free char *text = picture_text("a\033[2Jb\007c\u202Ed\n");
    assert_string_equal(text, "a\uFFFD[2Jb\uFFFDc\uFFFDd\n");
}

static void colours_are_classes(void **state)
{
    (void)state;
    cleanup_free char *html = picture_html(
        "\033[1;36mone\033[0m \033[2mtwo\033[22m \033[7mthree\033[27m \033[38;5;208;48;5;25mfour\033[39;49m five", "t");
    assert_non_null(strstr(html,
                           "<span class=\"b f6\">one</span> <span class=\"d\">two</span> <span class=\"paper ink\">three</span> "
                           "<span class=\"f208 g25\">four</span> five\n</pre>"));
    assert_non_null(strstr(html, ".f208{color:#ff8700}"));
    assert_non_null(strstr(html, ".g25{background:#005faf"));
    assert_null(strstr(html, ".f1{"));
    /* a ground fills its rectangle only: words of the same class stay to be seen */
    cleanup_free char *svg = picture_svg("\033[97;44mtext\033[0m", "t");
    assert_non_null(strstr(svg, ".g4{background:#1d4f91}rect.g4{fill:#1d4f91}"));
    assert_non_null(strstr(svg, "<text class=\"f7 g4\""));
}

static void the_grid_holds_words_and_lines(void **state)
{
    (void)state;
    cleanup_free char *svg = picture_svg("ab cd   ef\n─────\n│\n漢x\n", "t");
    /* words with one blank between are one text, as long as their cells; what follows a gap begins at its own cell */
    assert_non_null(strstr(svg, " x=\"0\" y=\"13\" textLength=\"40\" lengthAdjust=\"spacingAndGlyphs\">ab cd</text>"));
    assert_non_null(strstr(svg, " x=\"64\" y=\"13\" textLength=\"16\" lengthAdjust=\"spacingAndGlyphs\">ef</text>"));
    /* a line of five cells is one path from edge to edge, and lines of neighbouring rows meet */
    assert_non_null(strstr(svg, "d=\"M4,27h36M4,27h-4\""));
    assert_non_null(strstr(svg, "d=\"M4,45v-9M4,45v9\""));
    /* a wide character takes two cells */
    assert_non_null(strstr(svg, "textLength=\"24\" lengthAdjust=\"spacingAndGlyphs\">漢x</text>"));
    assert_non_null(strstr(svg, "width=\"104\" height=\"96\""));
}

static void the_ending_tells_the_form(void **state)
{
    (void)state;
    cleanup_free char *svg = picture_for("a.svg", "x", "t"), *html = picture_for("a.html", "x", "t"),
                      *text = picture_for("a.txt", "\033[1mx\033[0m   \n\n", "t");
    assert_true(str_starts(svg, "<?xml"));
    assert_true(str_starts(html, "<!DOCTYPE html>"));
    assert_string_equal(text, "x\n\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_xml_and_hold_the_words),
        cmocka_unit_test(hostile_names_bring_nothing_of_their_own),
        cmocka_unit_test(colours_are_classes),
        cmocka_unit_test(the_grid_holds_words_and_lines),
        cmocka_unit_test(the_ending_tells_the_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
