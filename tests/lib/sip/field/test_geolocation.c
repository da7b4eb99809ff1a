/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/field/geolocation.h"

static const struct location_row {
	const char *label;
	const char *text;
	bool good;
	const char *uri, *content_id, *params;
} locations[] = {
	/* clang-format off */
	{ "RFC6442-5.1", "<cid:target123@atlanta.example.com>", true,
	  "cid:target123@atlanta.example.com", "target123@atlanta.example.com", NULL },
	{ "RFC6442-4.1-sips", "<sips:t@server5.example.com> ; x=y;z", true,
	  "sips:t@server5.example.com", NULL, " x=y;z" },
	{ "RFC6442-4.1-https", "<https://h/a,b;c>", true, "https://h/a,b;c", NULL, NULL },
	{ "RFC6442-4.1-case", "<CID:a%2eb@c>", true, "CID:a%2eb@c", "a%2eb@c", NULL },
	{ "RFC6442-4.1-bare", "cid:a@b", false, NULL, NULL, NULL },
	{ "RFC6442-4.1-sip", "<sip:a@>", false, NULL, NULL, NULL },
	{ "RFC6442-4.1-no-scheme", "<a>", false, NULL, NULL, NULL },
	{ "RFC6442-4.1-two", "<cid:a@b>,<cid:c@d>", false, NULL, NULL, NULL },
	{ "RFC6442-4.1-empty", "", false, NULL, NULL, NULL },
	/* clang-format on */
};

static void
location_is_decoded(void **state)
{
	const struct location_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	struct sip_location location;

	assert_int_equal(sip_location_decode(text, &location), row->good);
	if (!row->good)
		return;
	assert_slice(location.uri, row->uri);
	assert_slice(location.content_id, row->content_id);
	assert_slice(location.params, row->params);
}
GTEST_ROWS(Geolocation, locations, label, location_is_decoded);

static const struct routing_row {
	const char *label;
	const char *text;
	bool good;
	enum sip_location_routing routing;
} routings[] = {
	{ "RFC6442-4.2-yes", "yes", true, SIP_LOCATION_ROUTING_YES },
	{ "RFC6442-4.2-no", " NO ", true, SIP_LOCATION_ROUTING_NO },
	{ "RFC6442-4.2-other", "perhaps = \"a b\"", true, SIP_LOCATION_ROUTING_OTHER },
	{ "RFC6442-4.2-yes-value", "yes=1", true, SIP_LOCATION_ROUTING_OTHER },
	{ "RFC6442-4.2-two", "yes, no", false, 0 },
	{ "RFC6442-4.2-params", "yes;x", false, 0 },
	{ "RFC6442-4.2-empty", "", false, 0 },
	{ "RFC6442-4.2-empty-value", "x=", false, 0 },
};

static void
routing_is_decoded(void **state)
{
	const struct routing_row *row = *state;
	enum sip_location_routing routing;

	assert_int_equal(sip_location_routing_decode(at_wall(slice_str(row->text)), &routing),
			 row->good);
	if (row->good)
		assert_int_equal(routing, row->routing);
}
GTEST_ROWS(GeolocationRouting, routings, label, routing_is_decoded);

static const struct error_row {
	const char *label;
	const char *text;
	bool good;
	unsigned int code;
	const char *value;
} errors[] = {
	{ "RFC6442-4.4", "200 ; code=\"Permission To Use Location\r\n Information\"", true, 200,
	  "\"Permission To Use Location\r\n Information\"" },
	{ "RFC6442-4.4-no-text", "300", true, 300, NULL },
	{ "RFC6442-4.4-extension", "7;x=y;CODE=\"z\"", true, 7, "\"z\"" },
	{ "RFC6442-4.4-two-texts", "200;code=\"a\";code=\"b\"", false, 0, NULL },
	{ "RFC6442-4.4-token", "200;code=a", false, 0, NULL },
	{ "RFC6442-4.4-digits", "1000", false, 0, NULL },
	{ "RFC6442-4.4-word", "abc", false, 0, NULL },
	{ "RFC6442-4.4-two", "200, 300", false, 0, NULL },
	{ "RFC6442-4.4-empty", "", false, 0, NULL },
};

static void
error_is_decoded(void **state)
{
	const struct error_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	struct sip_location_error error;

	assert_int_equal(sip_location_error_decode(text, &error), row->good);
	if (!row->good)
		return;
	assert_int_equal(error.code, row->code);
	assert_slice(error.text, row->value);
}
GTEST_ROWS(GeolocationError, errors, label, error_is_decoded);
