/* SPDX-License-Identifier: BSD-3-Clause */
#include "gruu_support.h"
#include "sip/uri_char.h"

static const struct form_row {
	const char *label;
	const char *text;
	const char *canonical; /* NULL: refused */
	const char *gr;
	bool urn;
} forms[] = {
	{ "GR-08-uuid", "<urn:uuid:" UUID ">", "urn:uuid:" UUID, "urn:uuid:" UUID, true },
	{ "5.1-3-no-brackets", "urn:uuid:" UUID, "urn:uuid:" UUID, "urn:uuid:" UUID, true },
	{ "5.1-3-one-bracket", "<urn:uuid:" UUID, NULL, NULL, false },
	{ "5.1-3-brackets-twice", "<<urn:uuid:" UUID ">>", NULL, NULL, false },
	{ "5.1-2-uuid-case", "<URN:UUID:3F1C2B6E-0D57-4C0A-9A54-5B8E1F0C7D21>", "urn:uuid:" UUID,
	  "urn:uuid:" UUID, true },
	{ "5.1-2-namespace-case", "<URN:GSMA:IMEI:90420156-025763-0>",
	  "urn:gsma:IMEI:90420156-025763-0", "urn:gsma:IMEI:90420156-025763-0", true },
	{ "5.1-2-rest-as-is", "urn:Example:AbC", "urn:example:AbC", "urn:example:AbC", true },
	{ "5.1-2-no-string", "URN:Example", "urn:example", "urn:example", true },
	{ "5.1-2-empty-string", "URN:Example:", "urn:example:", "urn:example:", true },
	{ "5.1-2-uuid-alone", "URN:UUID", "urn:uuid", "urn:uuid", true },
	{ "5.1-2-like-uuid", "URN:UUIDS:A", "urn:uuids:A", "urn:uuids:A", true },
	{ "5.1-2-escape-case", "urn:x:a%2fB%c3%A9", "urn:x:a%2FB%C3%A9", "urn:x:a%252FB%25C3%25A9",
	  true },
	{ "5.1-2-escape-stays", "urn:x:%41", "urn:x:%41", "urn:x:%2541", true },
	{ "5.1-2-uuid-escape", "urn:uuid:A%6aB", "urn:uuid:a%6Ab", "urn:uuid:a%256Ab", true },
	{ "5.1-2-namespace-escape", "urn:X%2dY:Z", "urn:x%2Dy:Z", "urn:x%252Dy:Z", true },
	{ "GR-08-not-of-a-pvalue", "urn:x:a?b=c;d@e,f", "urn:x:a?b=c;d@e,f",
	  "urn:x:a%3Fb%3Dc%3Bd%40e%2Cf", true },
	{ "GR-08-of-a-pvalue", "urn:x:/:&+$-_.!~*'()", "urn:x:/:&+$-_.!~*'()",
	  "urn:x:/:&+$-_.!~*'()", true },
	{ "no-urn", "<00085D-AbCdEf>", "00085D-AbCdEf", "00085D-AbCdEf", false },
	{ "no-urn-escape", "X%3f", "X%3F", "X%253F", false },
	{ "urn-alone", "urn", "urn", "urn", false },
	{ "urn-and-colon", "URN:", "urn:", "urn:", true },
	{ "empty", "", NULL, NULL, false },
	{ "empty-brackets", "<>", NULL, NULL, false },
	{ "5.2-quote", "urn:x:a\"b", NULL, NULL, false },
	{ "5.2-backslash", "urn:x:a\\b", NULL, NULL, false },
	{ "5.2-cr", "urn:x:a\rb", NULL, NULL, false },
	{ "5.2-lf", "urn:x:a\nb", NULL, NULL, false },
	{ "5.2-space", "urn:x:a b", NULL, NULL, false },
	{ "5.2-delete", "urn:x:\x7f", NULL, NULL, false },
	{ "5.2-non-ascii", "urn:x:\xc3\xa9", NULL, NULL, false },
	{ "5.2-hash", "urn:x:a#b", NULL, NULL, false },
	{ "5.2-bracket-inside", "urn:x:a>b", NULL, NULL, false },
	{ "5.2-broken-escape", "urn:x:%4", NULL, NULL, false },
	{ "5.2-broken-escape-end", "urn:x:%", NULL, NULL, false },
	{ "5.2-no-hex", "urn:x:%4g", NULL, NULL, false },
};

static void
check_form(void **state)
{
	const struct form_row *r = *state;
	char out[INSTANCE_MAX + 1], again[INSTANCE_MAX + 1], gr[INSTANCE_GR_MAX + 1];
	size_t n = instance_canonical(at_wall(slice_str(r->text)), out), len;

	assert_string_equal(out, r->canonical != NULL ? r->canonical : "");
	assert_int_equal(n, strlen(out));
	if (n == 0)
		return;
	assert_int_equal(instance_is_urn(slice_of(out, n)), r->urn);
	len = instance_to_gr(at_wall(slice_of(out, n)), gr);
	assert_string_equal(gr, r->gr);
	assert_int_equal(len, strlen(gr));
	assert_int_equal(instance_from_gr(at_wall(slice_of(gr, len)), again), n);
	assert_string_equal(again, out);
	assert_int_equal(instance_canonical(slice_of(out, n), again), n);
	assert_string_equal(again, out);
}
GTEST_ROWS(Instance, forms, label, check_form);

static const struct value_row {
	const char *label;
	const char *value;
	const char *want; /* NULL: no instance-id has it */
} values[] = {
	{ "GR-39-as-written", "urn:uuid:" UUID, "urn:uuid:" UUID },
	{ "GR-39-case", "URN:uuid:3F1C2B6E-0D57-4C0A-9A54-5B8E1F0C7D21", "urn:uuid:" UUID },
	{ "GR-39-needless-escapes", "urn%3auuid%3A%33f1c2b6e-0d57-4c0a-9a54-5b8e1f0c7d21",
	  "urn:uuid:" UUID },
	{ "GR-39-case-in-escape", "%55rn:Example:A", "urn:example:A" },
	{ "GR-39-escape-of-escape", "urn:x:%252f", "urn:x:%2F" },
	{ "GR-40-brackets-of-a-pvalue", "[x]", NULL },
	{ "GR-40-angle-brackets", "%3Curn:x:a%3E", NULL },
	{ "GR-40-control", "urn:x:%0d%0a", NULL },
	{ "GR-40-nul", "urn:x:%00", NULL },
	{ "GR-40-quote", "urn:x:%22", NULL },
	{ "GR-40-broken-in-escape", "urn:x:%25", NULL },
	{ "GR-40-broken", "urn:x:%2", NULL },
	{ "GR-40-empty", "", NULL },
};

static void
check_value(void **state)
{
	const struct value_row *r = *state;
	char out[INSTANCE_MAX + 1];
	size_t n = instance_from_gr(at_wall(slice_str(r->value)), out);

	assert_string_equal(out, r->want != NULL ? r->want : "");
	assert_int_equal(n, strlen(out));
}
GTEST_ROWS(Instance, values, label, check_value);

static const struct length_row {
	const char *label;
	char filler; /* behind "urn:x:" */
	size_t len;
	bool good;
} lengths[] = {
	{ "5.2-256", 'a', 256, true },     { "5.2-257", 'a', 257, false },
	{ "5.2-4096", 'a', 4096, false },  { "5.2-gr-510", '?', 174, true }, /* 6 + 3 * 168 */
	{ "5.2-gr-513", '?', 175, false }, { "5.2-gr-256", '?', 256, false },
};

static void
check_length(void **state)
{
	static char text[4096], gr[3 * 4096];
	const struct length_row *r = *state;
	char out[INSTANCE_MAX + 1], value[INSTANCE_GR_MAX + 1];
	struct sip_writer w;

	memset(text, r->filler, sizeof(text));
	memcpy(text, "urn:x:", 6);
	assert_int_equal(instance_canonical(at_wall(slice_of(text, r->len)), out),
			 r->good ? r->len : 0);
	if (r->good)
		assert_in_range(instance_to_gr(slice_of(out, r->len), value), r->len,
				INSTANCE_GR_MAX);
	sip_writer_init(&w, gr, sizeof(gr));
	for (size_t i = 0; i < r->len; i++) {
		SIP_PUT(&w, "%");
		sip_put_hex(&w, (uint8_t)text[i], 2);
	}
	assert_int_equal(instance_from_gr(at_wall(sip_written(&w)), out), r->good ? r->len : 0);
}
GTEST_ROWS(Instance, lengths, label, check_length);

GTEST(Instance, absent)
{
	char out[INSTANCE_MAX + 1];

	assert_int_equal(instance_canonical(SLICE_ABSENT, out), 0);
	assert_int_equal(instance_from_gr(SLICE_ABSENT, out), 0);
	assert_false(instance_is_urn(SLICE_ABSENT));
}

/* Each octet that a URI may hold comes back through its GRUU, any other is refused. */
GTEST(Instance, GR_25_every_octet)
{
	char out[INSTANCE_MAX + 1], back[INSTANCE_MAX + 1], gr[INSTANCE_GR_MAX + 1];
	unsigned int good = 0;

	for (unsigned int c = 0; c < 256; c++) {
		char text[] = { 'u', 'r', 'n', ':', 'x', ':', (char)c };
		size_t n = instance_canonical(at_wall(slice_of(text, sizeof(text))), out);
		size_t len;

		if (n == 0)
			continue;
		good++;
		assert_memory_equal(out, text, n);
		len = instance_to_gr(slice_of(out, n), gr);
		assert_true(sip_all(slice_of(gr, len), SIP_CHAR_PARAM));
		assert_int_equal(instance_from_gr(slice_of(gr, len), back), n);
		assert_string_equal(back, out);
	}
	assert_int_equal(good, 62 + 19);
}
