/* Keys: one number each, whatever terminal they come from.
 *
 * A character is its code point. Keys that are none are K_... below. Alt adds K_ALT. Sequences that the terminal's description
 * lacks (Ctrl-arrows in tmux, Home and End, F1 to F5 on the console) are taught to ncurses by input_open().
 */
#ifndef SLIPWAY_TUI_INPUT_H
#define SLIPWAY_TUI_INPUT_H

#include <stdbool.h>
#include <stdint.h>

typedef uint32_t keycode;

enum {
    K_ALT = 0x40000000,
    K_BASE = 0x20000000, /* above every code point */
    K_UP = K_BASE,
    K_DOWN,
    K_LEFT,
    K_RIGHT,
    K_HOME,
    K_END,
    K_PAGE_UP,
    K_PAGE_DOWN,
    K_INSERT,
    K_DELETE,
    K_SHIFT_PAGE_UP,
    K_SHIFT_PAGE_DOWN,
    K_SHIFT_TAB,
    K_PASTE, /* a bracketed paste begins */
    K_PASTE_END,
    K_RESIZE,
    K_MOUSE, /* input_mouse() tells what it did */
    K_F1,
    K_F12 = K_F1 + 11,
    /* With a modifier: K_UP..K_END again in groups of six, for xterm's modifiers 2 (Shift) to 8. */
    K_MODIFIED,
    K_MODIFIED_LAST = K_MODIFIED + 7 * 6 - 1,
    K_NONE = 0,
    K_ENTER = '\r',
    K_TAB = '\t',
    K_ESC = 27,
    K_BACKSPACE = 0x7f,
    K_CTRL_C = 3,
    K_CTRL_L = 12,
    K_CTRL_Z = 26,
    K_CTRL_BRACKET = 29,
};

enum mouse_kind { MOUSE_PRESS, MOUSE_RELEASE, MOUSE_DRAG, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct mouse {
    enum mouse_kind kind;
    int button; /* 1 left, 2 middle, 3 right; 0 with the wheel, 4 when it moves without one */
    int y, x;   /* on the screen, from 0 */
    bool shift, alt, ctrl;
};
struct mouse input_mouse(void); /* the one that the last K_MOUSE was for */

void input_open(void);    /* after newterm() */
keycode input_read(void); /* the next key that is there; K_NONE when there is none */

#endif
