/* From names to keys and back: one table, and modifiers. */
#include "tui/keyname.h"

#include "base/memory.h"
#include "base/strings.h"
#include "tui/draw.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* The first name of a key is the one shown. */
static const struct {
    const char *name;
    keycode key;
} names[] = {
    {"Enter", K_ENTER},
    {"Tab", K_TAB},
    {"Shift-Tab", K_SHIFT_TAB},
    {"Esc", K_ESC},
    {"Space", ' '},
    {"Bksp", K_BACKSPACE},
    {"Backspace", K_BACKSPACE},
    {"Up", K_UP},
    {"Down", K_DOWN},
    {"Left", K_LEFT},
    {"Right", K_RIGHT},
    {"Home", K_HOME},
    {"End", K_END},
    {"PgUp", K_PAGE_UP},
    {"PgDn", K_PAGE_DOWN},
    {"Shift-PgUp", K_SHIFT_PAGE_UP},
    {"Shift-PgDn", K_SHIFT_PAGE_DOWN},
    {"Ins", K_INSERT},
    {"Insert", K_INSERT},
    {"Del", K_DELETE},
    {"Delete", K_DELETE},
};

/* The order of input.c's groups of six, and xterm's numbers of modifiers. */
static const keycode arrows[] = {K_UP, K_DOWN, K_RIGHT, K_LEFT, K_HOME, K_END};
static const struct {
    const char *prefix;
    int number;
} modifiers[] = {{"Shift-", 2}, {"Alt-", 3}, {"Alt-Shift-", 4}, {"Ctrl-", 5}, {"Ctrl-Shift-", 6}, {"Ctrl-Alt-", 7}};

static const char *const taken[][2] = {{"m", "Ctrl-M is Enter in a terminal"},
                                       {"j", "Ctrl-J is Enter in a terminal"},
                                       {"i", "Ctrl-I is Tab in a terminal"},
                                       {"h", "Ctrl-H is Backspace in a terminal"},
                                       {"[", "Ctrl-[ is Esc in a terminal"}};

static keycode modified(int number, keycode arrow)
{
    for (size_t i = 0; i < ARRAY_LEN(arrows); i++)
        if (arrows[i] == arrow)
            return K_MODIFIED + (keycode)(number - 2) * 6 + (keycode)i;
    return K_NONE;
}

static keycode named(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcasecmp(names[i].name, name) == 0)
            return names[i].key;
    if ((name[0] == 'F' || name[0] == 'f') && isdigit((unsigned char)name[1])) {
        long number = strtol(name + 1, NULL, 10);
        return number >= 1 && number <= 12 ? K_F1 + (keycode)number - 1 : K_NONE;
    }
    const char *rest = name;
    uint32_t sign = *name ? utf8_next(&rest) : 0;
    return sign > ' ' && sign != 0x7f && sign != 0xfffd && !*rest ? sign : K_NONE;
}

static keycode with_ctrl(const char *rest, const char **why)
{
    if (!rest[0] || rest[1])
        return K_NONE;
    char letter = (char)tolower((unsigned char)rest[0]);
    for (size_t i = 0; i < ARRAY_LEN(taken); i++)
        if (letter == taken[i][0][0]) {
            *why = taken[i][1];
            return K_NONE;
        }
    return (letter >= 'a' && letter <= 'z') || strchr("]\\^_", letter) ? (keycode)letter & 31 : K_NONE;
}

keycode key_parse(const char *name, size_t len, const char **why)
{
    const char *nothing;
    char text[KEY_NAME];
    why = why ? why : &nothing;
    *why = "there is no such key";
    if (len == 0 || len >= sizeof text)
        return K_NONE;
    memcpy(text, name, len);
    text[len] = 0;
    keycode key = named(text);
    for (size_t i = 0; key == K_NONE && i < ARRAY_LEN(modifiers); i++) {
        const char *prefix = modifiers[i].prefix;
        if (strncasecmp(text, prefix, strlen(prefix)) != 0)
            continue;
        const char *rest = text + strlen(prefix);
        key = modified(modifiers[i].number, named(rest));
        if (key == K_NONE && str_equal(prefix, "Ctrl-"))
            key = with_ctrl(rest, why);
        if (key == K_NONE && str_equal(prefix, "Alt-") && named(rest) != K_NONE)
            key = K_ALT | named(rest);
    }
    return key;
}

const char *key_text(keycode key, char out[KEY_NAME])
{
    key = key_plain(key);
    out[0] = 0;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (names[i].key == key) {
            snprintf(out, KEY_NAME, "%s", names[i].name);
            return out;
        }
    if (key >= K_F1 && key <= K_F12)
        snprintf(out, KEY_NAME, "F%u", key - K_F1 + 1);
    for (size_t i = 0; i < ARRAY_LEN(modifiers); i++)
        for (size_t j = 0; j < ARRAY_LEN(arrows); j++)
            if (key == modified(modifiers[i].number, arrows[j])) {
                char arrow[KEY_NAME];
                snprintf(out, KEY_NAME, "%s%.10s", modifiers[i].prefix, key_text(arrows[j], arrow));
            }
    if (key & K_ALT) {
        char inner[KEY_NAME];
        snprintf(out, KEY_NAME, "Alt-%.16s", key_text(key & ~(keycode)K_ALT, inner));
    } else if (key && key < ' ') {
        snprintf(out, KEY_NAME, "Ctrl-%c", key < 27 ? 'A' + (int)key - 1 : '@' + (int)key);
    } else if (key < K_BASE && key > ' ') {
        snprintf(out, KEY_NAME, "%lc", (wint_t)key);
    }
    return out;
}

keycode key_plain(keycode key)
{
    keycode alt = key & K_ALT ? modified(3, key & ~(keycode)K_ALT) : K_NONE;
    return alt ? alt : key;
}
