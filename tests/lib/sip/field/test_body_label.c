/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/field/body_label.h"

static const struct label_row {
	const char *label;
	const char *text;
	bool good;
	const char *labels; /* "host cid " for each */
} label_rows[] = {
	/* clang-format off */
	{ "EM-03", "ss1.example.com;cid=\"1234@atlanta.example.com\"", true,
	  "ss1.example.com 1234@atlanta.example.com " },
	{ "EM-05-cids", "h;cid=\"a@x\",cid=\"b@x\" , CID=\"c@x\"", true, "h a@x h b@x h c@x " },
	{ "EM-05-hosts", "h;cid=\"a@x\", i.example;cid=\"b@x\",cid=\"c@x\"", true,
	  "h a@x i.example b@x i.example c@x " },
	{ "EM-3.1-no-quotes", "h;cid=a@x", true, "h a@x " },
	{ "EM-3.1-brackets", "h;cid=<a@x>", true, "h a@x " },
	{ "EM-3.1-both", "h;cid=\"<a@x>\"", true, "h a@x " },
	{ "EM-3.1-host-part", "h;cid=\"a.b@[2001:db8::1]\"", true, "h a.b@[2001:db8::1] " },
	{ "EM-06-params", "h;x=y;cid=\"a@x\";z,cid=\"b@x\";w=1", true, "h a@x h b@x " },
	{ "EM-06-folded", "h\r\n ;\r\n cid\r\n = \"a@x\"\r\n ,\r\n cid = \"b@x\"", true,
	  "h a@x h b@x " },
	{ "host-named-cid", "cid;cid=\"a@x\"", true, "cid a@x " },
	{ "EM-07-no-host", "cid=\"a@x\"", false, "" },
	{ "EM-07-no-cid", "h", false, "" },
	{ "EM-07-no-cid-before-host", "h;x,i;cid=\"a@x\"", false, "" },
	{ "EM-07-no-cid-behind", "h;cid=\"a@x\",i", false, "h a@x " },
	{ "EM-07-cid-empty", "h;cid=\"\"", false, "" },
	{ "EM-07-cid-alone", "h;cid", false, "" },
	{ "EM-07-cid-no-at", "h;cid=\"a\"", false, "" },
	{ "EM-07-cid-slash", "h;cid=\"a/b@x\"", false, "" },
	{ "EM-07-cid-dot", "h;cid=\".a@x\"", false, "" },
	{ "EM-07-quote-open", "h;cid=\"a@x", false, "" },
	{ "EM-07-quote-and-more", "h;cid=\"a@x\"y\"", false, "" },
	{ "EM-07-param", "h;cid=\"a@x\";;", false, "h a@x " },
	{ "EM-07-param-value", "h;a=b c;cid=\"a@x\"", false, "" },
	{ "EM-07-empty-element", "h;cid=\"a@x\",,cid=\"b@x\"", false, "h a@x " },
	{ "EM-07-host", "h i;cid=\"a@x\"", false, "" },
	{ "EM-07-empty", "", false, "" },
	/* clang-format on */
};

static void
labels_are_walked(void **state)
{
	const struct label_row *row = *state;
	struct sip_body_label_iter it;
	struct sip_body_label label;
	char got[256] = "";

	sip_body_label_iter_init(&it, at_wall(slice_str(row->text)));
	while (sip_body_label_next(&it, &label))
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%.*s %.*s ",
			 SLICE_FMT(label.host), SLICE_FMT(label.cid));
	assert_string_equal(got, row->labels);
	assert_int_equal(it.malformed, !row->good);
	assert_false(sip_body_label_next(&it, &label));
}
GTEST_ROWS(BodyLabel, label_rows, label, labels_are_walked);

GTEST(BodyLabel, absent_value)
{
	struct sip_body_label_iter it;
	struct sip_body_label label;

	sip_body_label_iter_init(&it, SLICE_ABSENT);
	assert_false(sip_body_label_next(&it, &label));
	assert_true(it.malformed);
}

static const struct saml_row {
	const char *label;
	const char *text;
	bool good;
	enum sip_saml_kind kind;
	const char *value, *params;
} samls[] = {
	/* clang-format off */
	{ "SA-31", "<cid:a@b>", true, SIP_SAML_CID, "cid:a@b", NULL },
	{ "SA-21", "<https://example.com/assns/_5f;x,y> ;p=q", true, SIP_SAML_HTTPS,
	  "https://example.com/assns/_5f;x,y", "p=q" },
	{ "SA-35", "<HTTP://h/>", true, SIP_SAML_HTTP, "HTTP://h/", NULL },
	{ "SA-36", "<ldap://h/>", true, SIP_SAML_OTHER, "ldap://h/", NULL },
	{ "SA-36-sip", "<sip:a@h>", true, SIP_SAML_OTHER, "sip:a@h", NULL },
	{ "SA-23", "\"AAF+/b==\" ; p", true, SIP_SAML_ARTIFACT, "AAF+/b==", " p" },
	{ "SA-3.1-no-quotes", "AAF+/b==", true, SIP_SAML_ARTIFACT, "AAF+/b==", NULL },
	{ "SA-3.1-no-brackets", " https://h/p?q=1 ", true, SIP_SAML_HTTPS, "https://h/p?q=1", NULL },
	{ "SA-30-bare-params", "https://h/p;x", false, 0, NULL, NULL },
	{ "SA-30-bare-comma", "https://h/p,x", false, 0, NULL, NULL },
	{ "SA-30-artifact", "\"AAF AA\"", false, 0, NULL, NULL },
	{ "SA-30-artifact-empty", "\"\"", false, 0, NULL, NULL },
	{ "SA-30-artifact-open", "\"AAF", false, 0, NULL, NULL },
	{ "SA-30-artifact-param", "\"AAF\";", false, 0, NULL, NULL },
	{ "SA-30-no-scheme", "<example.com>", false, 0, NULL, NULL },
	{ "SA-30-space", "https://h/ p", false, 0, NULL, NULL },
	{ "SA-30-display", "x <https://h/>", false, 0, NULL, NULL },
	{ "SA-30-empty", "", false, 0, NULL, NULL },
	/* clang-format on */
};

static void
saml_is_decoded(void **state)
{
	const struct saml_row *row = *state;
	struct sip_saml_ref ref;

	assert_int_equal(sip_saml_ref_decode(at_wall(slice_str(row->text)), &ref), row->good);
	if (!row->good)
		return;
	assert_int_equal(ref.kind, row->kind);
	assert_slice(ref.text, row->value);
	assert_slice(ref.params, row->params);
}
GTEST_ROWS(SamlPayload, samls, label, saml_is_decoded);
