/* Text as Go's standard library sees it, for messages and formats that Docker took from there. Texts are UTF-8. */
#ifndef SLIPWAY_BASE_GO_TEXT_H
#define SLIPWAY_BASE_GO_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `text` in double quotes with Go's escapes (strconv.Quote, the %q of fmt). Allocated. */
char *go_quote(const char *text);

/* Bytes of the blank (unicode.IsSpace) that `text` begins with, 0 when it begins with none. */
size_t go_space(const char *text);
const char *go_skip_space(const char *text);
/* A copy without the blanks at both ends. */
char *go_trim(const char *text);

/* unicode.IsLetter or IsDigit. */
bool go_is_word(uint32_t rune);

/* The character that `text` begins with; *size is its bytes. A bad byte is U+FFFD, of size 1; the end is 0, of size 0. */
uint32_t go_rune(const char *text, size_t *size);

/* `len` bytes as valid UTF-8: each bad byte becomes U+FFFD. Allocated. */
char *go_valid(const char *bytes, size_t len);

/* "1h30m", "10s": like clock_parse_duration, and when it is none `why` says it in Go's words: `time: missing unit in duration "5"`.
 */
bool go_duration(const char *text, int64_t *ns, char *why, size_t room);

/* filepath.Match's opinion of a pattern's syntax: false for one that it calls "syntax error in pattern". */
bool go_pattern_valid(const char *pattern);

#endif
