/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/field/truncations.h"
#include "sip/field/party.h"

static const struct row {
	const char *label;
	const char *text;
	bool good; /* Reply-To and the like, whose parameters mean nothing */
	bool from; /* From and To */
	const char *display, *user, *tag;
} rows[] = {
	/* clang-format off */
	{ "RFC3261-20.20", "\"A. G. Bell\" <sip:agb@bell-telephone.com> ;tag=a48s", true, true,
	  "\"A. G. Bell\"", "agb", "a48s" },
	{ "RFC3261-20.20-bare", "sip:+12125551212@server.phone2net.com;tag=887s", true, true, NULL,
	  "+12125551212", "887s" },
	{ "RFC3261-19.3-no-tag", "Anonymous <sip:c8oqz84zk7z@privacy.org>", true, true, "Anonymous",
	  "c8oqz84zk7z", NULL },
	{ "tel", "<tel:+1234>;x=[::1];y", true, true, "", "+1234", NULL },
	{ "RFC3261-7.3.1-tag-twice", "<sip:a@h>;tag=1;TAG=2", true, false, "", "a", "1" },
	{ "RFC3261-25.1-tag-empty", "<sip:a@h>;tag=", false, false, NULL, NULL, NULL },
	{ "RFC3261-25.1-tag-alone", "<sip:a@h>;tag", true, false, "", "a", NULL },
	{ "RFC3261-25.1-tag-quoted", "<sip:a@h>;tag=\"1\"", true, false, "", "a", "\"1\"" },
	{ "RFC3261-25.1-param", "<sip:a@h>;x=a:b", false, false, NULL, NULL, NULL },
	{ "RFC3261-25.1-uri", "<sip:a@h:x>", false, false, NULL, NULL, NULL },
	{ "two", "<sip:a@h>, <sip:b@h>", false, false, NULL, NULL, NULL },
	{ "empty", "", false, false, NULL, NULL, NULL },
	/* clang-format on */
};

static void
is_decoded(void **state)
{
	const struct row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	struct sip_party party;

	assert_int_equal(sip_from_decode(text, &party), row->from);
	assert_int_equal(sip_party_decode(text, &party), row->good);
	if (!row->good)
		return;
	if (row->display == NULL || row->display[0] != '\0')
		assert_slice(party.address.display, row->display);
	assert_slice(party.uri.user, row->user);
	assert_slice(party.address.tag, row->tag);
}
GTEST_ROWS(Party, rows, label, is_decoded);
TRUNCATIONS(Party, rows, struct sip_party, sip_from_decode);

static const struct consent_row {
	const char *label;
	const char *text;
	bool good;
	const char *host, *target;
} consents[] = {
	/* clang-format off */
	{ "RFC5360", "sip:123@relay.example.com;target-uri=\"sip:friends@relay.example.com\"", true,
	  "relay.example.com", "sip:friends@relay.example.com" },
	{ "RFC5360-sips", "sips:123@h ; x", true, "h", NULL },
	{ "RFC5360-scheme", "tel:+1", false, NULL, NULL },
	{ "RFC5360-brackets", "<sip:123@h>", false, NULL, NULL },
	{ "RFC5360-no-quotes", "sip:123@h;target-uri=x", false, NULL, NULL },
	{ "RFC5360-twice", "sip:123@h;target-uri=\"a\";target-uri=\"a\"", false, NULL, NULL },
	/* clang-format on */
};

static void
consent_is_decoded(void **state)
{
	const struct consent_row *row = *state;
	struct sip_trigger_consent consent;

	assert_int_equal(sip_trigger_consent_decode(at_wall(slice_str(row->text)), &consent),
			 row->good);
	if (!row->good)
		return;
	assert_slice(consent.relay.uri.host, row->host);
	assert_slice(consent.target_uri, row->target);
}
GTEST_ROWS(TriggerConsent, consents, label, consent_is_decoded);
