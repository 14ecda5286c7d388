/* SHA-256 (nettle) and random identifiers. */
#ifndef SLIPWAY_BASE_DIGEST_H
#define SLIPWAY_BASE_DIGEST_H

#include "base/error.h"

#include <stddef.h>

enum { ID_TEXT = 65 };     /* 64 hexadecimal digits and NUL */
enum { DIGEST_TEXT = 72 }; /* "sha256:" + 64 digits + NUL */

void digest_bytes(const void *data, size_t len, char out[DIGEST_TEXT]);
int digest_file(const char *path, char out[DIGEST_TEXT], struct error *err);
void hmac_sha256(const void *key, size_t key_len, const void *data, size_t len, unsigned char out[32]);

void random_bytes(void *out, size_t len);
/* 256 random bits; the first twelve digits are never all decimal, so that a short id is no number. */
void id_generate(char out[ID_TEXT]);

#endif
