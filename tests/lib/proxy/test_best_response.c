/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "proxy/best_response.h"

enum { ARRIVALS = 6 };

/* Responses as they arrive, the one that is chosen, and what goes upstream. */
static const struct choice_row {
	const char *label;
	uint16_t arrived[ARRIVALS];
	uint16_t chosen, upstream;
} choices[] = {
	{ "first", { 500 }, 500, 500 },
	{ "RFC3261-16.7-6-example", { 503, 407, 501, 404 }, 407, 407 },
	{ "6xx-before-all", { 302, 401, 486, 603, 500 }, 603, 603 },
	{ "6xx-first-stays", { 600, 603 }, 600, 600 },
	{ "lowest-class-3xx", { 500, 486, 302 }, 302, 302 },
	{ "lowest-class-4xx", { 500, 486 }, 486, 486 },
	{ "lowest-class-even-430", { 500, 430 }, 430, 480 },
	{ "401-before-407", { 401, 407 }, 401, 401 },
	{ "407-before-401", { 407, 401 }, 407, 407 },
	{ "407-before-415", { 415, 407 }, 407, 407 },
	{ "415-before-420", { 420, 415 }, 415, 415 },
	{ "420-before-484", { 484, 420 }, 420, 420 },
	{ "484-before-486", { 486, 484 }, 484, 484 },
	{ "user-agents-as-they-come", { 480, 486, 404, 403 }, 480, 480 },
	{ "user-agents-before-408", { 408, 486 }, 486, 486 },
	{ "408-before-440", { 440, 408 }, 408, 408 },
	{ "440-before-483", { 483, 440 }, 440, 440 },
	{ "483-before-482", { 482, 483 }, 483, 483 },
	{ "LD-26-482-behind-an-answer", { 482, 404 }, 404, 404 },
	{ "OB-77-430-last", { 430, 482 }, 482, 482 },
	{ "OB-77-480-for-430", { 430, 430 }, 430, 480 },
	{ "503-alone-is-500", { 503 }, 503, 500 },
	{ "503-behind-other-5xx", { 503, 501 }, 501, 501 },
	{ "5xx-as-they-come", { 504, 500 }, 504, 504 },
};

static void
chosen(void **state)
{
	const struct choice_row *row = *state;
	uint16_t best = 0;

	for (unsigned int i = 0; i < ARRIVALS && row->arrived[i] != 0; i++)
		if (best_response_prefers(row->arrived[i], best))
			best = row->arrived[i];
	assert_int_equal(best, row->chosen);
	assert_int_equal(best_response_upstream(best), row->upstream);
}
GTEST_ROWS(BestResponse, choices, label, chosen);

/* Whatever comes in whatever order, two statuses are never each better than the other. */
GTEST(BestResponse, is_an_order)
{
	for (uint16_t a = 300; a < 700; a++) {
		assert_true(best_response_prefers(a, 0));
		for (uint16_t b = 300; b < 700; b++)
			assert_false(best_response_prefers(a, b) && best_response_prefers(b, a));
	}
}
