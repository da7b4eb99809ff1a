/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Temporary GRUUs: user parts that tell nobody but us which AOR and instance they are of.
 *
 * A user part carries the index of an epoch, the time in which an instance of an AOR keeps its
 * Call-ID, and ten random octets, under AES-128 and a MAC (RFC 5627 appendix A.2 with other
 * functions). What the index stands for, and whether it still stands for anything, is the
 * registrar's to say.
 */
#ifndef GRUU_TEMP_GRUU_H
#define GRUU_TEMP_GRUU_H

#include "flow/aes.h"
#include "flow/hmac.h"
#include "sip/slice.h"

/** What every user part begins with. No AOR can begin with it (RFC 5627 §10.2). */
#define TEMP_GRUU_PREFIX "tgruu."

/** Characters of a user part, its prefix among them. */
#define TEMP_GRUU_USER_LEN 42

#define TEMP_GRUU_RANDOM_SIZE 10

/** Of a key set: the cipher's key, then that of the MAC. */
#define TEMP_GRUU_MAC_KEY_SIZE 32
#define TEMP_GRUU_KEY_SIZE (AES128_KEY_SIZE + TEMP_GRUU_MAC_KEY_SIZE)

/** Epochs are less than this. */
#define TEMP_GRUU_EPOCHS (UINT64_C(1) << 48)

enum { TEMP_GRUU_CURRENT, TEMP_GRUU_PREVIOUS, TEMP_GRUU_SETS };

/** Key sets with their keys worked in. Of one that is all zeros, nothing opens. */
struct temp_gruu_keys {
	struct {
		struct hmac_sha256 mac;
		uint8_t cipher[AES128_KEY_SIZE];
		bool usable;
	} set[TEMP_GRUU_SETS];
};

/**
 * Work in the set that new GRUUs are made with and the one before, whose GRUUs are still taken;
 * NULL without one. Nobody may read `keys` meanwhile. It holds secrets: cleanse it when it is done
 * with.
 */
void temp_gruu_keys_init(struct temp_gruu_keys *keys, const uint8_t current[TEMP_GRUU_KEY_SIZE],
			 const uint8_t *previous);

/**
 * Write the user part of a temporary GRUU, without a NUL behind it. `random` is fresh for each
 * one: whoever sees two of them must not be able to tell that they have the epoch in common. Of
 * `epoch`, 48 bits count.
 *
 * Any thread; its first call under a key allocates (flow/aes.h). So does temp_gruu_open().
 */
void temp_gruu_make(const struct temp_gruu_keys *keys, const uint8_t random[TEMP_GRUU_RANDOM_SIZE],
		    uint64_t epoch, char user[TEMP_GRUU_USER_LEN]);

/**
 * Open the user part of a URI, escapes not yet decoded. The alphabets of base64 and base64url may
 * be mixed; bits that stand for nothing must be zero. False, with *epoch untouched, for all that
 * was not made under one of the keys. The MAC is compared in constant time and before anything is
 * decrypted.
 */
bool temp_gruu_open(const struct temp_gruu_keys *keys, struct slice user, uint64_t *epoch);

/**
 * Whether a user part, escapes not yet decoded, begins with TEMP_GRUU_PREFIX: a temporary GRUU or
 * nothing, in either case not an AOR. With regard to case, as in all user parts. Any thread.
 */
bool temp_gruu_looks_like(struct slice user);

#endif
