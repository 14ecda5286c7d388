/* Strings, growing buffers and NULL-terminated lists of strings.
 *
 * Everything returned is allocated and owned by the caller unless said otherwise.
 */
#ifndef SLIPWAY_BASE_STRINGS_H
#define SLIPWAY_BASE_STRINGS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

char *str_format(const char *format, ...) __attribute__((format(printf, 1, 2), returns_nonnull));
char *str_vformat(const char *format, va_list args) __attribute__((returns_nonnull));
bool str_starts(const char *text, const char *prefix);
bool str_ends(const char *text, const char *suffix);
bool str_equal(const char *a, const char *b);                /* NULL equals NULL only */
bool str_empty(const char *text);                            /* NULL counts as empty */
const char *str_or(const char *text, const char *otherwise); /* `otherwise` when text is NULL or empty */
char *str_trim(char *text);                                  /* in place; returns a pointer into `text` */
char *str_lower(const char *text);
void str_hex(const unsigned char *bytes, size_t count, char *out); /* 2*count + NUL */

/* Whole-string decimal number; false (and *out untouched) on anything else, overflow included. */
bool str_to_int(const char *text, long long *out);
/* The same for a number with a fraction, as strtod(3) reads it; neither "nan" nor "inf" is one. */
bool str_to_real(const char *text, double *out);

/* Length of the valid UTF-8 sequence that begins at `p` (RFC 3629: no surrogates, no overlong forms), or 0. `left` > 0. */
size_t utf8_sequence(const unsigned char *p, size_t left);

/* How many bytes at `p`, of text in UTF-8, are a control character that a terminal may obey: below U+0020, U+007F, or U+0080 to
 * U+009F; 0 for what it shows. */
size_t utf8_control(const char *p);

/* Quote for a POSIX shell; unchanged when it needs no quotes. */
char *str_shell_quote(const char *text);

struct buf {
    char *data; /* NUL-terminated once anything was added; NULL before */
    size_t len;
    size_t cap;
};
#define BUF_INIT ((struct buf){0})

void buf_add(struct buf *buf, const void *bytes, size_t count);
void buf_puts(struct buf *buf, const char *text);
void buf_putc(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_clear(struct buf *buf); /* keeps the memory */
void buf_free(struct buf *buf);
char *buf_take(struct buf *buf);                 /* never NULL; leaves the buffer empty */
void buf_consume(struct buf *buf, size_t count); /* drop from the front */
#define cleanup_buf __attribute__((cleanup(buf_free)))

/* Lists end with NULL; a NULL list is an empty one. */
size_t strv_len(char *const *list);
void strv_add(char ***list, const char *text);
void strv_take(char ***list, char *text); /* like strv_add; takes ownership */
char **strv_copy(char *const *list);
void strv_free(char **list);
bool strv_has(char *const *list, const char *text);
char **str_split(const char *text, char separator); /* keeps empty fields */
char *strv_join(char *const *list, const char *separator);

#endif
