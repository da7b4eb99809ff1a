/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/field/truncations.h"
#include "sip/field/route.h"

static const struct row {
	const char *label;
	const char *text;
	bool good, loose;
	const char *host, *params;
} rows[] = {
	/* clang-format off */
	{ "RFC3261-20.34", "<sip:server10.biloxi.com;lr>", true, true, "server10.biloxi.com", NULL },
	{ "RFC3261-16.12-strict", "<sip:h>", true, false, "h", NULL },
	{ "RFC3261-19.1.1-lr-value", "<sip:h;lr=true>", true, true, "h", NULL },
	{ "RFC3327-4", "\"P1\" <sip:h;lr;ob>;x=1", true, true, "h", "x=1" },
	{ "RFC3261-20.34-lr-outside", "<sip:h>;lr", true, false, "h", "lr" },
	{ "RFC3261-25.1-no-brackets", "sip:h;lr", false, false, NULL, NULL },
	{ "RFC3261-25.1-uri", "<sip:@h;lr>", false, false, NULL, NULL },
	{ "RFC3261-25.1-param", "<sip:h;lr>;x=", false, false, NULL, NULL },
	{ "two", "<sip:h;lr>, <sip:i;lr>", false, false, NULL, NULL },
	{ "star", "*", false, false, NULL, NULL },
	{ "empty", "", false, false, NULL, NULL },
	/* clang-format on */
};

static void
is_decoded(void **state)
{
	const struct row *row = *state;
	struct sip_route route;

	assert_int_equal(sip_route_decode(at_wall(slice_str(row->text)), &route), row->good);
	if (!row->good)
		return;
	assert_int_equal(route.loose, row->loose);
	assert_slice(route.hop.uri.host, row->host);
	assert_slice(route.hop.address.params, row->params);
}
GTEST_ROWS(Route, rows, label, is_decoded);
TRUNCATIONS(Route, rows, struct sip_route, sip_route_decode);
