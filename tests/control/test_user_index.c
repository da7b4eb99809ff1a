/* SPDX-License-Identifier: BSD-3-Clause */
/** Numbers by name. */
#include "lib/sip/support.h"
#include "users/user_index.h"

static uint64_t
hash_of(const struct user_index *x, unsigned int i)
{
	char name[16];

	return user_index_hash(x, slice_of(name, (size_t)snprintf(name, sizeof(name), "u%u", i)),
			       SLICE("x"));
}

GTEST(UserIndex, names_of_two_parts)
{
	struct user_index *x = user_index_open();

	(void)state;
	assert_int_not_equal(user_index_hash(x, SLICE("ab"), SLICE("c")),
			     user_index_hash(x, SLICE("a"), SLICE("bc")));
	assert_int_equal(user_index_hash(x, SLICE("ab"), SLICE("c")),
			 user_index_hash(x, SLICE("ab"), SLICE("c")));
	user_index_close(x);
}

/* Against a plain array: what is put, changed and removed in any order. */
GTEST(UserIndex, like_an_array)
{
	enum { NAMES = 20000, STEPS = 400000 };
	static uint32_t want[NAMES]; /* 0: not there */
	struct user_index *x = user_index_open();
	uint64_t count = 0;
	uint32_t chance = 1;

	(void)state;
	for (int i = 0; i < STEPS; i++) {
		unsigned int name;
		uint64_t hash;
		bool fresh;

		chance = chance * 1664525 + 1013904223;
		name = (chance >> 8) % NAMES;
		hash = hash_of(x, name);
		if ((chance & 0x80) != 0) {
			uint32_t *number = user_index_put(x, hash, &fresh);

			assert_int_equal(fresh, want[name] == 0);
			assert_int_equal(*number, want[name]);
			count += fresh;
			want[name] = *number = chance | 1;
		} else {
			user_index_remove(x, hash);
			count -= want[name] != 0;
			want[name] = 0;
		}
		assert_int_equal(user_index_count(x), count);
	}
	for (unsigned int i = 0; i < NAMES; i++) {
		const uint32_t *number = user_index_find(x, hash_of(x, i));

		assert_int_equal(number != NULL ? *number : 0, want[i]);
	}
	user_index_close(x);
}
