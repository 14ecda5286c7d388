/* From ncurses' codes to our own, and the sequences that terminal descriptions lack. */
#include "tui/input.h"

#include "base/memory.h"
#include "tui/pace.h"

#include <ncurses.h>
#include <stdio.h>

/* Codes given to define_key(); they lie above ncurses' own. */
enum { OWN = 0x400, ANSWER = OWN + 0x100 /* to pace.c's question */ };

static const struct {
    const char *sequence;
    keycode key;
} sequences[] = {
    {"\033[1~", K_HOME},
    {"\033[4~", K_END},
    {"\033[7~", K_HOME},
    {"\033[8~", K_END},
    {"\033[H", K_HOME},
    {"\033[F", K_END},
    {"\033OH", K_HOME},
    {"\033OF", K_END},
    {"\033[11~", K_F1},
    {"\033[12~", K_F1 + 1},
    {"\033[13~", K_F1 + 2},
    {"\033[14~", K_F1 + 3},
    {"\033[15~", K_F1 + 4},
    {"\033[17~", K_F1 + 5},
    {"\033OP", K_F1},
    {"\033OQ", K_F1 + 1},
    {"\033OR", K_F1 + 2},
    {"\033OS", K_F1 + 3},
    {"\033[[A", K_F1},
    {"\033[[B", K_F1 + 1},
    {"\033[[C", K_F1 + 2},
    {"\033[[D", K_F1 + 3},
    {"\033[[E", K_F1 + 4},
    {"\033[Z", K_SHIFT_TAB},
    {"\033[5;2~", K_SHIFT_PAGE_UP},
    {"\033[6;2~", K_SHIFT_PAGE_DOWN},
    {"\033[200~", K_PASTE},
    {"\033[201~", K_PASTE_END},
    {"\033[<", K_MOUSE},
    {"\033[A", K_UP},
    {"\033[B", K_DOWN},
    {"\033[C", K_RIGHT},
    {"\033[D", K_LEFT},
    {"\033OA", K_UP},
    {"\033OB", K_DOWN},
    {"\033OC", K_RIGHT},
    {"\033OD", K_LEFT},
};

static const struct {
    int curses;
    keycode key;
} known[] = {
    {KEY_UP, K_UP},
    {KEY_DOWN, K_DOWN},
    {KEY_LEFT, K_LEFT},
    {KEY_RIGHT, K_RIGHT},
    {KEY_HOME, K_HOME},
    {KEY_FIND, K_HOME},
    {KEY_END, K_END},
    {KEY_SELECT, K_END},
    {KEY_PPAGE, K_PAGE_UP},
    {KEY_NPAGE, K_PAGE_DOWN},
    {KEY_IC, K_INSERT},
    {KEY_DC, K_DELETE},
    {KEY_BACKSPACE, K_BACKSPACE},
    {KEY_ENTER, K_ENTER},
    {KEY_BTAB, K_SHIFT_TAB},
    {KEY_SPREVIOUS, K_SHIFT_PAGE_UP},
    {KEY_SNEXT, K_SHIFT_PAGE_DOWN},
    {KEY_SR, K_MODIFIED + 0},
    {KEY_SF, K_MODIFIED + 1},
    {KEY_SLEFT, K_MODIFIED + 3},
    {KEY_SRIGHT, K_MODIFIED + 2},
    {KEY_RESIZE, K_RESIZE},
};

/* A report of the mouse is "\033[<", three numbers and M or m; what came of it after the three signs that keys are told by. */
static struct {
    bool under_way;
    char text[32];
    size_t len;
    struct mouse last;
} report;

void input_open(void)
{
    /* Whatever the description calls the mouse's sequence, it is read here. */
    define_key("\033[0n", ANSWER);
    define_key("\033[<", OWN + (int)(K_MOUSE - K_BASE));
    for (size_t i = 0; i < ARRAY_LEN(sequences); i++)
        if (key_defined(sequences[i].sequence) == 0)
            define_key(sequences[i].sequence, OWN + (int)(sequences[i].key - K_BASE));
    for (int modifier = 2; modifier <= 8; modifier++)
        for (int i = 0; i < 6; i++) {
            char sequence[32];
            snprintf(sequence, sizeof sequence, "\033[1;%d%c", modifier, "ABCDHF"[i]);
            define_key(sequence, OWN + (int)(K_MODIFIED - K_BASE) + (modifier - 2) * 6 + i);
        }
}

static keycode translate(int code)
{
    if (code >= OWN)
        return K_BASE + (keycode)(code - OWN);
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return K_F1 + (keycode)(code - KEY_F(1));
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (known[i].curses == code)
            return known[i].key;
    return K_RESIZE; /* unknown: does nothing */
}

struct mouse input_mouse(void) { return report.last; }

/* Button codes of xterm: the low two bits are the button, 4 8 16 modifiers, 32 a drag, 64 the wheel. */
static bool understood(char end)
{
    int code, x, y;
    if (sscanf(report.text, "%d;%d;%d", &code, &x, &y) != 3 || x < 1 || y < 1)
        return false;
    report.last =
        (struct mouse){.button = (code & 3) + 1, .y = y - 1, .x = x - 1, .shift = code & 4, .alt = code & 8, .ctrl = code & 16};
    report.last.kind = end == 'm' ? MOUSE_RELEASE : code & 32 ? MOUSE_DRAG : MOUSE_PRESS;
    if (code & 64) {
        report.last.kind = code & 1 ? MOUSE_WHEEL_DOWN : MOUSE_WHEEL_UP;
        report.last.button = 0;
        return (code & 2) == 0;
    }
    return (code & 3) != 3 || code & 32;
}

/* Goes on with a report, also when the rest of it comes later. */
static keycode read_report(void)
{
    wint_t code;
    for (;;) {
        int kind = get_wch(&code);
        if (kind == ERR)
            return K_NONE;
        bool end = kind == OK && (code == 'M' || code == 'm');
        if (kind == OK && (code == ';' || (code >= '0' && code <= '9')) && report.len + 1 < sizeof report.text) {
            report.text[report.len++] = (char)code;
            continue;
        }
        report.text[report.len] = 0;
        report.under_way = false;
        return end && understood((char)code) ? K_MOUSE : K_RESIZE;
    }
}

keycode input_read(void)
{
    if (report.under_way)
        return read_report();
    wint_t code;
    int kind;
    while ((kind = get_wch(&code)) == KEY_CODE_YES && code == ANSWER)
        pace_answer();
    if (kind == KEY_CODE_YES && translate((int)code) == K_MOUSE) {
        report.under_way = true;
        report.len = 0;
        return read_report();
    }
    if (kind == ERR)
        return K_NONE;
    if (kind == KEY_CODE_YES)
        return translate((int)code);
    if (code == 8)
        return K_BACKSPACE;
    if (code == '\n')
        return K_ENTER;
    if (code != K_ESC)
        return code ? (keycode)code : K_RESIZE;
    kind = get_wch(&code);
    if (kind == KEY_CODE_YES && code == ANSWER)
        pace_answer();
    if (kind == ERR || (kind == KEY_CODE_YES && code == ANSWER))
        return K_ESC;
    if (kind == KEY_CODE_YES)
        return K_ALT | translate((int)code);
    return code ? K_ALT | (keycode)code : K_ESC;
}
