/* SPDX-License-Identifier: BSD-3-Clause */
#include "guard/breadth.h"
#include "lib/sip/support.h"

static const struct breadth_row {
	const char *label;
	struct breadth_policy policy;
	uint32_t received, incoming;
} rows[] = {
	{ "MB-02", { 60, 60 }, SIP_NUMBER_ABSENT, 60 },
	{ "MB-02-configured", { 30, 60 }, SIP_NUMBER_ABSENT, 30 },
	{ "MB-02-above-limit", { 90, 60 }, SIP_NUMBER_ABSENT, 60 },
	{ "MB-04", { 60, 60 }, 100, 60 },
	{ "MB-04-equal", { 60, 60 }, 60, 60 },
	{ "MB-10", { 60, 60 }, 7, 7 },
	{ "MB-17", { 60, 60 }, 1, 1 },
	{ "MB-22", { 60, 60 }, SIP_NUMBER_ABSENT - 1, 60 },
	{ "MB-22-no-limit", { 60, UINT32_MAX }, SIP_NUMBER_ABSENT - 1, SIP_NUMBER_ABSENT - 1 },
};

static void
incoming(void **state)
{
	const struct breadth_row *row = *state;

	assert_int_equal(breadth_incoming(&row->policy, row->received), row->incoming);
}
GTEST_ROWS(Breadth, rows, label, incoming);

GTEST(Breadth, RFC5393_5_3_3_default)
{
	assert_int_equal(BREADTH_DEFAULT, 60);
}
