/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/field/truncations.h"
#include "sip/field/session.h"

static const struct expires_row {
	const char *label;
	const char *text;
	bool good;
	uint32_t seconds;
	enum sip_refresher refresher;
	bool good_min; /* as Min-SE */
} timers[] = {
	/* clang-format off */
	{ "RFC4028-4", "4000;refresher=uac", true, 4000, SIP_REFRESHER_UAC, true },
	{ "plain", "1800", true, 1800, SIP_REFRESHER_NONE, true },
	{ "case", " 90 ; Refresher = UAS ; x=[::1]", true, 90, SIP_REFRESHER_UAS, true },
	{ "saturates", "99999999999999999999", true, UINT32_MAX, SIP_REFRESHER_NONE, true },
	{ "refresher-other", "90;refresher=both", false, 90, 0, true },
	{ "refresher-without-value", "90;refresher", false, 90, 0, true },
	{ "refresher-twice", "90;refresher=uac;refresher=uac", false, 90, 0, true },
	{ "no-number", "x", false, 0, 0, false },
	{ "negative", "-90", false, 0, 0, false },
	{ "parameter-missing", "90;", false, 0, 0, false },
	{ "parameter-empty-value", "90;x=", false, 0, 0, false },
	{ "empty", "", false, 0, 0, false },
	/* clang-format on */
};

static void
timer_is_decoded(void **state)
{
	const struct expires_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	struct sip_session_expires expires;
	uint32_t min;

	assert_int_equal(sip_session_expires_decode(text, &expires), row->good);
	if (row->good) {
		assert_int_equal(expires.seconds, row->seconds);
		assert_int_equal(expires.refresher, row->refresher);
	}
	assert_int_equal(sip_min_se_decode(text, &min), row->good_min);
	if (row->good_min)
		assert_int_equal(min, row->seconds);
}
GTEST_ROWS(Session, timers, label, timer_is_decoded);
TRUNCATIONS(Session, timers, struct sip_session_expires, sip_session_expires_decode);

#define UUID_A "ab30317f1a784dc48ff824d0d3715d86"
#define UUID_B "47755a9de7794ba387653f2099600ef2"
#define UUID_NIL "00000000000000000000000000000000"

static const struct id_row {
	const char *label;
	const char *text;
	bool good;
	const char *local, *remote;
} ids[] = {
	{ "RFC7989", UUID_A ";remote=" UUID_B, true, UUID_A, UUID_B },
	{ "RFC7989-nil", UUID_A ";remote=" UUID_NIL, true, UUID_A, UUID_NIL },
	{ "RFC7329", UUID_A, true, UUID_A, NULL },
	{ "spaces", " " UUID_A " ; x ; Remote = " UUID_B, true, UUID_A, UUID_B },
	{ "31-digits", "ab30317f1a784dc48ff824d0d3715d8", false, NULL, NULL },
	{ "33-digits", UUID_A "0", false, NULL, NULL },
	{ "upper-case", "AB30317F1A784DC48FF824D0D3715D86", false, NULL, NULL },
	{ "dashes", "ab30317f-1a78-4dc4-8ff8-24d0d3715d86", false, NULL, NULL },
	{ "not-hexadecimal", "gb30317f1a784dc48ff824d0d3715d86", false, NULL, NULL },
	{ "remote-short", UUID_A ";remote=0", false, NULL, NULL },
	{ "remote-without-value", UUID_A ";remote", false, NULL, NULL },
	{ "remote-twice", UUID_A ";remote=" UUID_B ";remote=" UUID_B, false, NULL, NULL },
	{ "empty", "", false, NULL, NULL },
};

static void
id_is_decoded(void **state)
{
	const struct id_row *row = *state;
	struct sip_session_id id;

	assert_int_equal(sip_session_id_decode(at_wall(slice_str(row->text)), &id), row->good);
	if (!row->good)
		return;
	assert_slice(id.local, row->local);
	assert_slice(id.remote, row->remote);
	assert_int_equal(sip_session_uuid_is_nil(id.remote), slice_eq(id.remote, SLICE(UUID_NIL)));
}
GTEST_ROWS(Session, ids, label, id_is_decoded);
TRUNCATIONS(Session, ids, struct sip_session_id, sip_session_id_decode);

static const struct uui_row {
	const char *label;
	const char *text;
	bool good;
	const char *data, *purpose, *content, *encoding;
} uuis[] = {
	/* clang-format off */
	{ "RFC7433-4", "56a390f3d2b7310023a2;encoding=hex;purpose=isdn-uui;content=isdn-uui", true,
	  "56a390f3d2b7310023a2", "isdn-uui", "isdn-uui", "hex" },
	{ "plain", "00", true, "00", NULL, NULL, NULL },
	{ "quoted", " \"a;b,\\\"c\" ; purpose = x ; y", true, "\"a;b,\\\"c\"", "x", NULL, NULL },
	{ "empty-quotes", "\"\"", true, "\"\"", NULL, NULL, NULL },
	{ "empty", "", false, NULL, NULL, NULL, NULL },
	{ "no-data", ";purpose=x", false, NULL, NULL, NULL, NULL },
	{ "two-words", "00 11", false, NULL, NULL, NULL, NULL },
	{ "purpose-twice", "00;purpose=x;purpose=x", false, NULL, NULL, NULL, NULL },
	{ "encoding-quoted", "00;encoding=\"hex\"", false, NULL, NULL, NULL, NULL },
	{ "content-without-value", "00;content", false, NULL, NULL, NULL, NULL },
	{ "quote-open", "\"00;purpose=x", false, NULL, NULL, NULL, NULL },
	{ "quote-and-more", "\"00\"x", false, NULL, NULL, NULL, NULL },
	{ "quote-control", "\"0\x01\"", false, NULL, NULL, NULL, NULL },
	/* clang-format on */
};

static void
uui_is_decoded(void **state)
{
	const struct uui_row *row = *state;
	struct sip_user_to_user uui;

	assert_int_equal(sip_user_to_user_decode(at_wall(slice_str(row->text)), &uui), row->good);
	if (!row->good)
		return;
	assert_slice(uui.data, row->data);
	assert_slice(uui.purpose, row->purpose);
	assert_slice(uui.content, row->content);
	assert_slice(uui.encoding, row->encoding);
}
GTEST_ROWS(Session, uuis, label, uui_is_decoded);
TRUNCATIONS(Session, uuis, struct sip_user_to_user, sip_user_to_user_decode);
