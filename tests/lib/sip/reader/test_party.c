/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/same_reading.h"
#include "lib/sip/support.h"

/* From and To, which a reader may take all at once when they are as usual and short enough. */

static void
readers_agree(struct slice value, const char *behind)
{
	static const struct sip_limits limits;
	static struct reading want, got;
	const struct sip_isa *isa;
	struct slice text;
	char bytes[1024];
	int len;

	if (sip_isa_get(1) == NULL)
		skip_msg("this processor has the scalar reader only");
	len = snprintf(bytes, sizeof(bytes),
		       "A b:c SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nCSeq: 1 A\r\nCall-ID: 1\r\n"
		       "To: %.*s\r\nFrom: %.*s%s\r\n\r\n",
		       SLICE_FMT(value), SLICE_FMT(value), behind);
	text = at_wall(slice_of(bytes, (size_t)len));
	reading_take(sip_isa_get(0), text, &limits, &want);
	for (unsigned int i = 1; (isa = sip_isa_get(i)) != NULL; i++) {
		const char *part;

		reading_take(isa, text, &limits, &got);
		part = reading_differs(&want, &got);
		if (part != NULL)
			fail_msg("%s reads another %s: %.*s%s", isa->name, part, SLICE_FMT(value),
				 behind);
	}
}

static const struct party_row {
	const char *label;
	const char *value;
} parties[] = {
	{ "RFC3261-20.20", "\"A. G. Bell\" <sip:agb@bell-telephone.com> ;tag=a48s" },
	{ "addr-spec", "sip:+12125551212@server.phone2net.com;tag=887s" },
	{ "tokens", "Anonymous One <sip:c8oqz84zk7z@privacy.org>;tag=hyh8" },
	{ "quoted-pair", "\"a\\\"<sip:x@h>;tag=1" },
	{ "quoted-pairs", "\"a\\\\\"<sip:x@h>;tag=1" },
	{ "address-in-name", "\"a\\\" <sip:x@h>;tag=2\" <sip:y@h>;tag=1" },
	{ "empty-name", "\"\" <sip:x@h>;tag=1" },
	{ "two-blanks", "Name  <sip:x@h>;tag=1" },
	{ "tab", "Name\t<sip:x@h>;tag=1" },
	{ "fold", "Name\r\n <sip:x@h>\r\n ;tag=1" },
	{ "high", "N\xc3\xa4me <sip:x@h>;tag=1" },
	{ "case", "<sip:x@h>;TAG=1" },
	{ "other-parameter", "<sip:x@h>;tab=1;tag=2" },
	{ "two-tags", "<sip:x@h>;tag=1;tag=2" },
	{ "quoted-tag", "<sip:x@h>;tag=\"1\"" },
	{ "tag-of-none", "<sip:x@h>;tag" },
	{ "second-angle", "<sip:x@h>>;tag=1" },
	{ "list", "<sip:x@h>;tag=1,<sip:y@h>;tag=2" },
	{ "words-behind", "<sip:x@h> \"a\" <sip:y@h>;tag=2" },
	{ "blank-in-front", "< sip:x@h>;tag=1" },
	{ "no-uri", "<>;tag=1" },
};

/* Cut everywhere, and each octet replaced by any other. */
static void
party_is_read_alike(void **state)
{
	const struct party_row *row = *state;
	const struct slice whole = slice_str(row->value);

	for (size_t len = 0; len <= whole.len; len++)
		readers_agree(slice_of(whole.ptr, len), "");
	for (size_t at = 0; at < whole.len; at++)
		for (unsigned int octet = 1; octet < 256; octet++) {
			char value[256];

			memcpy(value, whole.ptr, whole.len);
			value[at] = (char)octet;
			readers_agree(slice_of(value, whole.len), "");
		}
}
GTEST_ROWS(Party, parties, label, party_is_read_alike);

/* Each length of URI and tag, up to more than two vectors, and what may come behind. */
static const struct form_row {
	const char *label;
	const char *before;
} forms[] = {
	{ "bracketed", "<sip:" },
	{ "quoted", "\"A B\" <sip:" },
	{ "quoted-without-blank", "\"A\"<sip:" },
	{ "tokens", "A B <sip:" },
	{ "token-without-blank", "A<sip:" },
	{ "long-name", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" <sip:" },
};

static void
lengths_are_read_alike(void **state)
{
	static const char *const behind[] = { "", " ", ";x", ">", "," };
	static const char fill[] =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	const struct form_row *row = *state;

	for (int uri = 0; uri < 66; uri++)
		for (int tag = -1; tag < 66; tag++)
			for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
				char value[256];
				int n = snprintf(value, sizeof(value), "%s%.*s>%s%.*s", row->before,
						 uri, fill, tag >= 0 ? ";tag=" : "",
						 tag >= 0 ? tag : 0, fill);

				readers_agree(slice_of(value, (size_t)n), behind[i]);
			}
}
GTEST_ROWS(PartyLength, forms, label, lengths_are_read_alike);
