/* SPDX-License-Identifier: BSD-3-Clause */
/** Eight octets at a time, held against one at a time. */
#include "sip/word.h"

#include <inttypes.h>

#include "lib/sip/support.h"
#include "sip/chars.h"

GTEST(Word, few_and_last)
{
	static const char text[] = "\x81\x02\xf3\x04\x85\x06\x87\x08";

	for (size_t n = 0; n < 8; n++) {
		char want[8] = { 0 };
		uint64_t x, y;

		memcpy(want, text, n);
		x = sip_word_load_few(at_wall(slice_of(text, n)).ptr, n);
		assert_memory_equal(&x, want, 8);
		y = sip_word_load_last(text + 8, n);
		memset(want, 0, 8);
		memcpy(want, text + 8 - n, n);
		assert_memory_equal(&y, want, 8);
	}
}

/* Any octet at any place of a text of any length, and none beside it is looked at. */
GTEST(Word, upper_or_another)
{
	char text[40];

	for (size_t len = 1; len < sizeof(text); len++) {
		memset(text, 'a', sizeof(text));
		assert_false(sip_text_has_upper_or(at_wall(slice_of(text, len)), '%'));
		for (size_t at = 0; at < len; at++) {
			for (int c = 0; c < 256; c++) {
				bool upper = c >= 'A' && c <= 'Z';
				struct slice s;

				text[at] = (char)c;
				s = at_wall(slice_of(text, len));
				if (sip_text_has_upper(s) != upper ||
				    sip_text_has_upper_or(s, '%') != (upper || c == '%'))
					fail_msg("%d at %zu of %zu", c, at, len);
			}
			text[at] = 'a';
		}
	}
	assert_false(sip_text_has_upper_or(SLICE_ABSENT, '%'));
}

GTEST(Word, hex_is_written)
{
	uint64_t seed = 1;
	char out[16], want[20];

	for (int i = 0; i < 10000; i++) {
		uint64_t v = next_random(&seed) >> i % 64;

		sip_hex_write16(out, v);
		snprintf(want, sizeof(want), "%016" PRIx64, v);
		assert_memory_equal(out, want, 16);
	}
}

/* Every octet at every place. */
GTEST(Word, hex_is_read)
{
	char text[] = "0aF39b7E00112233";
	uint64_t v;

	assert_true(sip_hex_read16(text, &v));
	assert_int_equal(v, UINT64_C(0x0af39b7e00112233));
	for (int at = 0; at < 16; at++) {
		char kept = text[at];

		for (int c = 0; c < 256; c++) {
			int digit = sip_hex_value((char)c);

			text[at] = (char)c;
			if (sip_hex_read16(text, &v) != (digit >= 0) ||
			    (digit >= 0 && (v >> (60 - 4 * at) & 15) != (unsigned int)digit))
				fail_msg("%d at %d", c, at);
		}
		text[at] = kept;
	}
}

static void
check_decimal(uint32_t v)
{
	char want[12], got[8];
	unsigned int n = (unsigned int)snprintf(want, sizeof(want), "%08u", v);
	uint64_t digits;

	if (v < SIP_WORD_DECIMALS) {
		digits = sip_word_decimal(v);
		memcpy(got, &digits, 8);
		assert_memory_equal(got, want, 8);
	}
	n = (unsigned int)snprintf(want, sizeof(want), "%u", v);
	assert_int_equal(sip_decimal_len(v), n);
}

GTEST(Word, decimal)
{
	uint64_t seed = 1;

	for (uint64_t power = 1; power <= UINT32_MAX; power *= 10)
		for (uint32_t k = 0; k < 3; k++)
			check_decimal((uint32_t)power + k - 1);
	check_decimal(UINT32_MAX);
	for (uint32_t v = 0; v < 20000; v++)
		check_decimal(v);
	for (int i = 0; i < 100000; i++)
		check_decimal((uint32_t)(next_random(&seed) >> (32 + i % 32)));
}
