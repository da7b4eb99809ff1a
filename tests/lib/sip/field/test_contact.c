/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/field/truncations.h"
#include "sip/field/contact.h"

static const struct row {
	const char *label;
	const char *text;
	bool good;
	uint16_t q;
	uint32_t expires; /* UINT32_MAX: none */
	uint32_t reg_id, flow_id;
	const char *expires_text, *instance;
} rows[] = {
	/* clang-format off */
	{ "RFC3261-20.10", "\"Mr. Watson\" <sip:watson@h> ;q=0.7; expires=3600", true, 700, 3600, 0, 0,
	  "3600", NULL },
	{ "RFC3261-16.6-q", "sip:a@h", true, 1000, UINT32_MAX, 0, 0, NULL, NULL },
	{ "RFC3261-25.1-q", "<sip:a@h>;q=1.001", false, 0, 0, 0, 0, NULL, NULL },
	{ "RFC3261-25.1-q-alone", "<sip:a@h>;q", false, 0, 0, 0, 0, NULL, NULL },
	{ "RFC3261-25.1-q-twice", "<sip:a@h>;q=1;Q=1", false, 0, 0, 0, 0, NULL, NULL },
	{ "RFC3261-20.19-saturates", "<sip:a@h>;expires=4294967299", true, 1000, UINT32_MAX, 0, 0,
	  "4294967299", NULL },
	{ "RFC3261-10.2.1.1", "<sip:a@h>;expires=soon", true, 1000, UINT32_MAX, 0, 0, "soon", NULL },
	{ "RFC3261-10.2.1.1-quoted", "<sip:a@h>;expires=\"60\"", true, 1000, UINT32_MAX, 0, 0,
	  "\"60\"", NULL },
	{ "RFC3261-7.3.1-expires-twice", "<sip:a@h>;expires=1;expires=1", false, 0, 0, 0, 0, NULL,
	  NULL },
	{ "OB-3.1", "<sip:a@h>;reg-id=1;+sip.instance=\"<urn:uuid:00-1>\";expires=60", true, 1000, 60, 1,
	  0, "60", "urn:uuid:00-1" },
	{ "OB-largest", "<sip:a@h>;reg-id=2147483647", true, 1000, UINT32_MAX, 2147483647, 0, NULL,
	  NULL },
	{ "OB-61-zero", "<sip:a@h>;reg-id=0", false, 0, 0, 0, 0, NULL, NULL },
	{ "OB-61-too-large", "<sip:a@h>;reg-id=2147483648", false, 0, 0, 0, 0, NULL, NULL },
	{ "OB-61-alone", "<sip:a@h>;reg-id", false, 0, 0, 0, 0, NULL, NULL },
	{ "OB-flow-id", "<sip:a@h>;flow-id=7", true, 1000, UINT32_MAX, 0, 7, NULL, NULL },
	{ "OB-flow-id-zero", "<sip:a@h>;flow-id=0", false, 0, 0, 0, 0, NULL, NULL },
	{ "GR-5.1-3-no-brackets", "<sip:a@h>;+sip.instance=\"urn:x:y\"", true, 1000, UINT32_MAX, 0, 0,
	  NULL, "urn:x:y" },
	{ "GR-5.1-3-no-plus", "<sip:a@h>;sip.instance=\"<urn:x:y>\"", true, 1000, UINT32_MAX, 0, 0, NULL,
	  NULL },
	{ "GR-5.2-empty", "<sip:a@h>;+sip.instance=\"<>\"", false, 0, 0, 0, 0, NULL, NULL },
	{ "GR-5.2-escape", "<sip:a@h>;+sip.instance=\"<urn:x:\\\"y>\"", false, 0, 0, 0, 0, NULL, NULL },
	{ "GR-5.2-fold", "<sip:a@h>;+sip.instance=\"<urn:x:\r\n y>\"", false, 0, 0, 0, 0, NULL, NULL },
	{ "RFC5626-4.1-no-quotes", "<sip:a@h>;+sip.instance=x", false, 0, 0, 0, 0, NULL, NULL },
	{ "RFC5626-4.1-twice", "<sip:a@h>;+sip.instance=\"<x>\";+sip.instance=\"<x>\"", false, 0, 0, 0, 0,
	  NULL, NULL },
	{ "RFC3261-25.1-uri", "<sip:a@>", false, 0, 0, 0, 0, NULL, NULL },
	{ "RFC3261-25.1-param", "<sip:a@h>;x=", false, 0, 0, 0, 0, NULL, NULL },
	{ "RFC3840-9", "<sip:a@h>;audio;methods=\"INVITE,BYE\"", true, 1000, UINT32_MAX, 0, 0, NULL,
	  NULL },
	{ "two", "<sip:a@h>, <sip:b@h>", false, 0, 0, 0, 0, NULL, NULL },
	{ "star-and-parameter", "*;expires=0", false, 0, 0, 0, 0, NULL, NULL },
	{ "empty", "", false, 0, 0, 0, 0, NULL, NULL },
	/* clang-format on */
};

static void
is_decoded(void **state)
{
	const struct row *row = *state;
	struct sip_contact contact;

	assert_int_equal(sip_contact_decode(at_wall(slice_str(row->text)), &contact), row->good);
	if (!row->good)
		return;
	assert_false(contact.star);
	assert_int_equal(contact.q, row->q);
	assert_int_equal(contact.has_expires ? contact.expires : UINT32_MAX, row->expires);
	assert_int_equal(contact.reg_id, row->reg_id);
	assert_int_equal(contact.flow_id, row->flow_id);
	assert_slice(contact.expires_text, row->expires_text);
	assert_slice(contact.instance, row->instance);
}
GTEST_ROWS(Contact, rows, label, is_decoded);
TRUNCATIONS(Contact, rows, struct sip_contact, sip_contact_decode);

GTEST(Contact, RFC3261_10_2_2_star)
{
	struct sip_contact contact;

	assert_true(sip_contact_decode(at_wall(SLICE(" * ")), &contact));
	assert_true(contact.star);
	assert_slice(contact.party.address.uri, NULL);
}

GTEST(Contact, GR_3_1_gruus)
{
	struct sip_contact contact;

	assert_true(sip_contact_decode(
		at_wall(SLICE(
			"<sip:a@h>;pub-gruu=\"sip:a@h;gr=urn:x:\\\"\";temp-gruu=\"sip:t@h;gr\";"
			"gruu=\"sip:a@h;opaque=x\"")),
		&contact));
	assert_slice(contact.pub_gruu, "sip:a@h;gr=urn:x:\\\"");
	assert_slice(contact.temp_gruu, "sip:t@h;gr");
	assert_slice(contact.gruu, "sip:a@h;opaque=x");
	assert_false(sip_contact_decode(SLICE("<sip:a@h>;pub-gruu=x"), &contact));
	assert_false(sip_contact_decode(SLICE("<sip:a@h>;gruu=\"x\";gruu=\"x\""), &contact));
}
