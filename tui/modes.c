/* The scanner for DECSET and DECRST, and the two forms of mouse reports. */
#include "tui/modes.h"

#include "base/memory.h"

#include <stdio.h>

enum { MOST = 100000, OLD_FORM_MOST = 222, NO_BUTTON = 4 };

static void set_mouse(struct modes *modes, bool on, enum mouse_mode mouse, bool presses_only)
{
    modes->mouse = on ? mouse : MOUSE_OFF;
    modes->presses_only = on && presses_only;
}

static void set_mode(struct modes *modes, unsigned number, bool on)
{
    switch (number) {
    case 9:
        set_mouse(modes, on, MOUSE_CLICKS, true);
        break;
    case 1000:
        set_mouse(modes, on, MOUSE_CLICKS, false);
        break;
    case 1002:
        set_mouse(modes, on, MOUSE_DRAGS, false);
        break;
    case 1003:
        set_mouse(modes, on, MOUSE_MOTION, false);
        break;
    case 1006:
        modes->sgr = on;
        break;
    case 2004:
        modes->paste = on;
        break;
    default:
        break;
    }
}

static void private_byte(struct modes *modes, unsigned char byte)
{
    unsigned *last = &modes->parameters[modes->count < MODES_PARAMETERS ? modes->count : MODES_PARAMETERS - 1];
    if (byte >= '0' && byte <= '9') {
        if (modes->count < MODES_PARAMETERS && *last < MOST)
            *last = *last * 10 + (byte - '0');
    } else if (byte == ';') {
        if (modes->count < MODES_PARAMETERS && ++modes->count < MODES_PARAMETERS)
            modes->parameters[modes->count] = 0;
    } else if (byte >= 0x40) {
        for (unsigned i = 0; (byte == 'h' || byte == 'l') && i <= modes->count && i < MODES_PARAMETERS; i++)
            set_mode(modes, modes->parameters[i], byte == 'h');
        modes->state = MODES_GROUND;
    } else if (byte >= 0x20) {
        modes->state = MODES_SKIP; /* an intermediate: DECRQM and such, which set nothing */
    }
}

static void escape_byte(struct modes *modes, unsigned char byte)
{
    bool string = byte == ']' || byte == 'P' || byte == 'X' || byte == '^' || byte == '_';
    modes->state = byte == '[' ? MODES_CSI : string ? MODES_STRING : byte >= 0x20 && byte < 0x30 ? MODES_ESCAPE : MODES_GROUND;
    if (byte == 'c')
        *modes = (struct modes){0};
}

/* A private mode begins with "?"; the first byte of a sequence decides. */
static void csi_byte(struct modes *modes, unsigned char byte)
{
    if (byte < 0x20)
        return;
    modes->state = byte == '?' ? MODES_PRIVATE : byte >= 0x40 ? MODES_GROUND : MODES_SKIP;
    modes->count = modes->parameters[0] = 0;
}

void modes_feed(struct modes *modes, const char *bytes, size_t len)
{
    enum { BEL = 0x07, CAN = 0x18, SUB = 0x1a };
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte == K_ESC)
            modes->state = MODES_ESCAPE;
        else if (byte == CAN || byte == SUB)
            modes->state = MODES_GROUND;
        else if (modes->state == MODES_ESCAPE)
            escape_byte(modes, byte);
        else if (modes->state == MODES_CSI)
            csi_byte(modes, byte);
        else if (modes->state == MODES_PRIVATE)
            private_byte(modes, byte);
        else if ((modes->state == MODES_SKIP && byte >= 0x40) || (modes->state == MODES_STRING && byte == BEL))
            modes->state = MODES_GROUND;
    }
}

bool modes_want(const struct modes *modes, const struct mouse *mouse)
{
    bool still = mouse->kind == MOUSE_DRAG && mouse->button == NO_BUTTON;
    if (mouse->kind == MOUSE_RELEASE)
        return modes->mouse != MOUSE_OFF && !modes->presses_only;
    return modes->mouse >= (still ? MOUSE_MOTION : mouse->kind == MOUSE_DRAG ? MOUSE_DRAGS : MOUSE_CLICKS);
}

/* The low bits are the button, then Shift, Alt and Ctrl, then 32 for motion and 64 for the wheel. */
static unsigned report_code(const struct modes *modes, const struct mouse *mouse)
{
    unsigned code = mouse->kind == MOUSE_WHEEL_UP ? 64 : mouse->kind == MOUSE_WHEEL_DOWN ? 65 : (unsigned)(mouse->button - 1) & 3;
    if (mouse->kind == MOUSE_DRAG)
        code += 32;
    if (mouse->kind == MOUSE_RELEASE && !modes->sgr)
        code = 3;
    if (!modes->presses_only)
        code += (mouse->shift ? 4u : 0u) + (mouse->alt ? 8u : 0u) + (mouse->ctrl ? 16u : 0u);
    return code;
}

size_t modes_report(const struct modes *modes, const struct mouse *mouse, char *report)
{
    if (!modes_want(modes, mouse) || mouse->y < 0 || mouse->x < 0)
        return 0;
    unsigned code = report_code(modes, mouse);
    if (modes->sgr)
        return (size_t)snprintf(report, MODES_REPORT, "\033[<%u;%d;%d%c", code, mouse->x + 1, mouse->y + 1,
                                mouse->kind == MOUSE_RELEASE ? 'm' : 'M');
    if (mouse->x > OLD_FORM_MOST || mouse->y > OLD_FORM_MOST)
        return 0;
    return (size_t)snprintf(report, MODES_REPORT, "\033[M%c%c%c", (char)(32 + code), (char)(33 + mouse->x), (char)(33 + mouse->y));
}
