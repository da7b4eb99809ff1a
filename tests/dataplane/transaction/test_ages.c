/* SPDX-License-Identifier: BSD-3-Clause */
#include "gtest.h"
#include "lib/sip/support.h"
#include "transaction/ages.h"

static struct ages ages;

static int
clear(void **state)
{
	(void)state;
	memset(&ages, 0, sizeof(ages));
	return 0;
}

GTEST_F(Ages, oldest, clear, NULL)
{
	assert_int_equal(ages_oldest(&ages, 1000), 0);
	ages_add(&ages, 1000);
	assert_int_equal(ages_oldest(&ages, 1000), 0);
	ages_add(&ages, 1003);
	ages_add(&ages, 1003);
	assert_int_equal(ages_oldest(&ages, 1010), 10);
	ages_remove(&ages, 1000);
	assert_int_equal(ages_oldest(&ages, 1010), 7);
	ages_remove(&ages, 1003);
	assert_int_equal(ages_oldest(&ages, 1011), 8);
	ages_remove(&ages, 1003);
	assert_int_equal(ages_oldest(&ages, 1011), 0);
	ages_add(&ages, 5000);
	assert_int_equal(ages_oldest(&ages, 5002), 2);
}

/* A clock may have any value, and wraps. */
GTEST_F(Ages, wraps, clear, NULL)
{
	ages_add(&ages, UINT32_MAX - 1);
	ages_add(&ages, 2);
	assert_int_equal(ages_oldest(&ages, 4), 6);
	ages_remove(&ages, UINT32_MAX - 1);
	assert_int_equal(ages_oldest(&ages, 4), 2);
}

/* One that never ends is as old as can be said, and the others are found behind it. */
GTEST_F(Ages, longest, clear, NULL)
{
	ages_add(&ages, 10);
	assert_int_equal(ages_oldest(&ages, 10 + AGES_SECONDS - 1), AGES_SECONDS - 1);
	for (uint32_t now = 10 + AGES_SECONDS; now < 100000; now += 1000) {
		ages_add(&ages, now);
		assert_int_equal(ages_oldest(&ages, now), AGES_SECONDS - 1);
		ages_remove(&ages, now);
	}
	ages_add(&ages, 99990);
	ages_remove(&ages, 10);
	assert_int_equal(ages_oldest(&ages, 100000), 10);
}

/* Against a list of all, for ages that are below the most. */
GTEST_F(Ages, random, clear, NULL)
{
	static uint32_t came[64];
	uint64_t seed = 3;
	uint32_t now = 77;

	memset(came, 0, sizeof(came));
	for (unsigned int round = 0; round < 200000; round++) {
		uint32_t i = random_below(&seed, 64), want = 0;

		now += random_below(&seed, 4) == 0;
		if (came[i] != 0) {
			ages_remove(&ages, came[i]);
			came[i] = 0;
		} else {
			ages_add(&ages, now);
			came[i] = now;
		}
		for (unsigned int k = 0; k < 64; k++)
			if (came[k] != 0 && now - came[k] > want)
				want = now - came[k];
		if (random_below(&seed, 8) == 0)
			assert_int_equal(ages_oldest(&ages, now), want);
	}
}
