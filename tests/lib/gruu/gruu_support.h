/* SPDX-License-Identifier: BSD-3-Clause */
/** The key set and the user parts of spec/gruu.md 3.2. */
#ifndef TESTS_LIB_GRUU_GRUU_SUPPORT_H
#define TESTS_LIB_GRUU_GRUU_SUPPORT_H

#include "gruu/gruu.h"
#include "lib/sip/support.h"

#define UUID "3f1c2b6e-0d57-4c0a-9a54-5b8e1f0c7d21"
#define USER_1 "tgruu.mGWcowZthCEfFbpX-1UY8Q1LkvmZsN-YvFOQ"
#define USER_2 "tgruu.JUfmAs9MQNszlELaBVRYfg710FFc4XfvVe0w"
#define USER_3 "tgruu.XBCVcBuYQxfhjtS_t1AvpggWSXOXKNiXXFQg"

/* K_e is the octets 00 to 0f, K_a 20 to 3f. */
static inline void
vector_key(uint8_t key[TEMP_GRUU_KEY_SIZE])
{
	for (unsigned int i = 0; i < TEMP_GRUU_KEY_SIZE; i++)
		key[i] = (uint8_t)(i < AES128_KEY_SIZE ? i : i + 16);
}

static inline struct temp_gruu_keys
vector_keys(void)
{
	uint8_t key[TEMP_GRUU_KEY_SIZE];
	struct temp_gruu_keys keys;

	vector_key(key);
	temp_gruu_keys_init(&keys, key, NULL);
	return keys;
}

static inline uint64_t
random_epoch(uint64_t *seed)
{
	return next_random(seed) % TEMP_GRUU_EPOCHS;
}

static inline void
random_octets(uint64_t *seed, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)next_random(seed);
}

/* Open at the wall; where it is refused, the epoch is untouched. */
static inline bool
opens(const struct temp_gruu_keys *keys, struct slice user, uint64_t *epoch)
{
	uint64_t got = UINT64_MAX;

	if (temp_gruu_open(keys, at_wall(user), &got)) {
		assert_true(got < TEMP_GRUU_EPOCHS);
		*epoch = got;
		return true;
	}
	assert_int_equal(got, UINT64_MAX);
	return false;
}

#endif
