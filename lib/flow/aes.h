/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FLOW_AES_H
#define FLOW_AES_H

#include <stddef.h>
#include <stdint.h>

#define AES128_KEY_SIZE 16
#define AES128_NONCE_SIZE 12
#define AES128_BLOCK_SIZE 16

/** Different keys that a thread can use in turns at no extra cost. */
#define AES128_PLACES 16

/** Most octets in one go. */
#define AES128_COUNTER_MAX 48

/**
 * AES-128 in counter mode: XOR `data` with the cipher of `nonce` and a block number of 32 bits in
 * network order, from 0. At most AES128_COUNTER_MAX octets.
 *
 * Any thread, at the same time under the same key. Each thread keeps a cipher context of OpenSSL
 * for each `place` below AES128_PLACES: made when a place is used for the first time, loaded again
 * when it is used with another key, released when the thread ends. Where no context can be had, the
 * result is the same and takes longer.
 */
void aes128_counter(unsigned int place, const uint8_t key[AES128_KEY_SIZE],
		    const uint8_t nonce[AES128_NONCE_SIZE], uint8_t *data, size_t len);

/** The same for aes128_encrypt() and aes128_decrypt(), which have places of their own. */
#define AES128_BLOCK_PLACES 2

/**
 * One block under AES-128, and back. `in` and `out` may be the same. Threads and contexts as for
 * aes128_counter(), with `place` below AES128_BLOCK_PLACES.
 */
void aes128_encrypt(unsigned int place, const uint8_t key[AES128_KEY_SIZE],
		    const uint8_t in[AES128_BLOCK_SIZE], uint8_t out[AES128_BLOCK_SIZE]);
void aes128_decrypt(unsigned int place, const uint8_t key[AES128_KEY_SIZE],
		    const uint8_t in[AES128_BLOCK_SIZE], uint8_t out[AES128_BLOCK_SIZE]);

#endif
