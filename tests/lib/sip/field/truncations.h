/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_LIB_SIP_FIELD_TRUNCATIONS_H
#define TESTS_LIB_SIP_FIELD_TRUNCATIONS_H

#include "lib/sip/support.h"

/** A case: every beginning of every row's `text`, at the wall, is decoded without a crash. */
#define TRUNCATIONS(suite, rows, type, decode)                                                     \
	GTEST(suite, rows##_truncations)                                                           \
	{                                                                                          \
		type out;                                                                          \
                                                                                                   \
		for (size_t i = 0; i < sizeof(rows) / sizeof((rows)[0]); i++)                      \
			for (size_t len = 0; len <= strlen((rows)[i].text); len++)                 \
				decode(at_wall(slice_of((rows)[i].text, len)), &out);              \
		assert_false(decode(SLICE_ABSENT, &out));                                          \
	}                                                                                          \
	struct gtest_case

#endif
