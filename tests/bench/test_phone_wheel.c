/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "gtest.h"
#include "phone_wheel.h"

enum { PHONES = 500, BEGIN_MS = 77777, STEPS = 30000 };

/** Whatever is set, moved and cleared: each timer comes once, in its millisecond. */
GTEST(PhoneWheel, against_a_plain_table)
{
	uint64_t due[PHONES], now = BEGIN_MS;
	struct phone_wheel w;
	uint32_t phone;

	srandom(5);
	assert_true(phone_wheel_init(&w, PHONES, now));
	for (uint32_t i = 0; i < PHONES; i++)
		due[i] = UINT64_MAX;
	for (unsigned int step = 0; step < STEPS; step++) {
		uint32_t i = (uint32_t)(random() % PHONES);

		due[i] = random() % 8 == 0 ? UINT64_MAX : now + 1 + (uint64_t)(random() % 20000);
		phone_wheel_set(&w, i, due[i]);
		now += (uint64_t)(random() % 3);
		while (phone_wheel_next(&w, now, &phone)) {
			assert_true(due[phone] <= now);
			due[phone] = UINT64_MAX;
		}
		if (step % 500 == 0)
			for (uint32_t k = 0; k < PHONES; k++)
				assert_true(due[k] > now);
	}
	phone_wheel_free(&w);
}

GTEST(PhoneWheel, late_comes_with_the_next_tick)
{
	struct phone_wheel w;
	uint32_t phone = 9;

	assert_true(phone_wheel_init(&w, 2, BEGIN_MS));
	phone_wheel_set(&w, 1, BEGIN_MS - 500);
	assert_false(phone_wheel_next(&w, BEGIN_MS, &phone));
	assert_true(phone_wheel_next(&w, BEGIN_MS + 1, &phone));
	assert_int_equal(phone, 1);
	assert_false(phone_wheel_next(&w, BEGIN_MS + 3 * PHONE_WHEEL_SLOTS, &phone));
	phone_wheel_free(&w);
}
