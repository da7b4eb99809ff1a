/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_STORE_CRC32C_H
#define CONTROL_STORE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/**
 * CRC32C (RFC 3720 §12.1) of `len` octets. `crc` is 0, or what the call for the octets before
 * returned. Uses the processor's instruction where there is one. Thread-safe.
 */
uint32_t crc32c(uint32_t crc, const void *data, size_t len);

/** The same without the instruction: what the other one is compared with. */
uint32_t crc32c_portable(uint32_t crc, const void *data, size_t len);

#endif
