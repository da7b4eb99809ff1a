/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STUN_FINGERPRINT_H
#define STUN_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

/** Octets of the attribute: type, length, value. */
#define STUN_FINGERPRINT_SIZE 8

/**
 * Value of the FINGERPRINT attribute behind the first `len` octets of a STUN message, whose length
 * field counts the attribute already (RFC 5389 §15.5). Any thread.
 */
uint32_t stun_fingerprint(const uint8_t *message, size_t len);

#endif
