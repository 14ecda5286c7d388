/* Lines, corners and gauges, from Unicode or from ASCII. */
#include "cli/xray.h"

#include "base/memory.h"
#include "base/strings.h"

#include <stdarg.h>
#include <string.h>

enum { LINE, SIDE, TOP_LEFT, TOP_RIGHT, LOW_LEFT, LOW_RIGHT, LEFT_TEE, RIGHT_TEE, FULL, EMPTY, WIRE };

static const char *glyph(const struct xray *xray, int which)
{
    static const char *const fine[] = {"─", "│", "┌", "┐", "└", "┘", "├", "┤", "█", "░", "║"};
    static const char *const plain[] = {"-", "|", "+", "+", "+", "+", "+", "+", "#", ".", "|"};
    return (xray->utf8 ? fine : plain)[which];
}

static void line(const struct xray *xray, int count)
{
    while (count-- > 0)
        fputs(glyph(xray, LINE), xray->out);
}

static const char *paint(const struct xray *xray, const char *code) { return xray->colour ? code : ""; }

/* Cuts `text` to so many characters; returns how many it has then. */
static int cut(char *text, int room)
{
    int shown = 0;
    while (*text && !((*text & 0xC0) != 0x80 && shown == room)) {
        shown += (*text & 0xC0) != 0x80;
        text++;
    }
    *text = '\0';
    return shown;
}

char *plain_text(const char *text)
{
    char *copy = xstrdup(text);
    for (char *p = copy; *p; p++)
        memset(p, '?', utf8_control(p));
    return copy;
}

void plain_box_open(const struct xray *xray, const char *title)
{
    cleanup_free char *text = plain_text(title);
    int shown = cut(text, xray->width - 6);
    fprintf(xray->out, "  %s%s %s%s%s ", glyph(xray, TOP_LEFT), glyph(xray, LINE), paint(xray, "\033[1m"), text,
            paint(xray, "\033[0m"));
    line(xray, xray->width - shown - 5);
    fprintf(xray->out, "%s\n", glyph(xray, TOP_RIGHT));
}

void plain_box_row(const struct xray *xray, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cleanup_free char *given = str_vformat(format, args), *text = plain_text(given);
    va_end(args);
    int room = xray->width - 4, shown = cut(text, room);
    fprintf(xray->out, "  %s %s%*s %s\n", glyph(xray, SIDE), text, room - shown, "", glyph(xray, SIDE));
}

void plain_box_rule(const struct xray *xray)
{
    fprintf(xray->out, "  %s", glyph(xray, LEFT_TEE));
    line(xray, xray->width - 2);
    fprintf(xray->out, "%s\n", glyph(xray, RIGHT_TEE));
}

void plain_box_close(const struct xray *xray)
{
    fprintf(xray->out, "  %s", glyph(xray, LOW_LEFT));
    line(xray, xray->width - 2);
    fprintf(xray->out, "%s\n", glyph(xray, LOW_RIGHT));
}

void plain_wire(const struct xray *xray, const char *label)
{
    fprintf(xray->out, "        %s\n        %s  %s%s%s\n        %s\n", glyph(xray, WIRE), glyph(xray, WIRE),
            paint(xray, "\033[36m"), label, paint(xray, "\033[0m"), glyph(xray, WIRE));
}

void plain_heading(const struct xray *xray, const char *title, const char *note)
{
    fprintf(xray->out, "%s%s%s%s%s\n", paint(xray, "\033[1m"), title, paint(xray, "\033[0m"), *note ? "  " : "", note);
}

void plain_gauge(const struct xray *xray, double part, double whole, int cells, char *out, size_t size)
{
    int full = whole > 0 ? (int)(part / whole * cells + 0.5) : 0;
    full = full > cells ? cells : full;
    size_t at = (size_t)snprintf(out, size, "[");
    for (int i = 0; i < cells && at + 4 < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s", glyph(xray, i < full ? FULL : EMPTY));
    snprintf(out + at, size - at, "]");
}
