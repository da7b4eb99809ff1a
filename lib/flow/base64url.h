/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FLOW_BASE64URL_H
#define FLOW_BASE64URL_H

#include "sip/slice.h"

/** Characters that `n` octets take without padding (RFC 4648 §5). */
#define BASE64URL_LEN(n) (((n)*8 + 5) / 6)

/** Write `len` octets as BASE64URL_LEN(len) characters, without padding. */
void base64url_encode(const uint8_t *in, size_t len, char *out);

/**
 * Read exactly BASE64URL_LEN(len) characters into `len` octets. False for any other length, any
 * other character and for spare bits that are not zero: each octet string has one text only.
 */
bool base64url_decode(struct slice text, uint8_t *out, size_t len);

/** Characters that `n` octets take in the standard alphabet, with padding (RFC 4648 §4). */
#define BASE64_LEN(n) (((n) + 2) / 3 * 4)

/** Write `len` octets as BASE64_LEN(len) characters of the standard alphabet, with padding. */
void base64_encode(const uint8_t *in, size_t len, char *out);

/** Read exactly BASE64_LEN(len) characters with their padding; as strict as base64url_decode(). */
bool base64_decode(struct slice text, uint8_t *out, size_t len);

#endif
