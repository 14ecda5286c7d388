/* The terminal at the person's end: raw mode that is always undone, its size, and the keys that detach. */
#ifndef SLIPWAY_CLI_TTY_H
#define SLIPWAY_CLI_TTY_H

#include "base/error.h"
#include "base/strings.h"

#include <stdbool.h>
#include <stddef.h>

/* Raw mode for `fd`; undone by tty_restore, by exit(3) and by a fatal signal, unless the shell has taken the terminal back and we
 * are in the background. False when `fd` is no terminal. */
bool tty_raw(int fd);
bool tty_silent(int fd); /* the same for a terminal that only does not show what is typed */
void tty_restore(void);

bool tty_size(int fd, unsigned *rows, unsigned *columns);

/* Detach keys: "ctrl-p,ctrl-q" to bytes. */
struct tty_keys {
    unsigned char bytes[16];
    size_t count, matched;
};
int tty_keys_parse(const char *text, struct tty_keys *keys, struct error *err);

/* Passes typed bytes on to `out`, holding back a prefix of the key sequence; true when the sequence is complete. */
bool tty_keys_filter(struct tty_keys *keys, const char *bytes, size_t len, struct buf *out);

#endif
