/* SPDX-License-Identifier: BSD-3-Clause */
#include <glob.h>

#include "lib/sip/support.h"
#include "sip/field/field.h"
#include "sip/message.h"

/*
 * Every header line of every message that is at hand, those of VIADUCT_WIRE and of VIADUCT_CORPUS,
 * goes through its field's check. What is refused is named here, and nothing else may be.
 */
static const struct refused_row {
	const char *file;
	const char *fields; /* the names of the lines, in their order */
	const char *reason;
} refused[] = {
	/* clang-format off */
	/* as captured */
	{ "09-ipv6-200-invite.sip", "To", "two tags" },
	{ "38-ims-invite-6-via-6-rr.sip", "P-Asserted-Identity", "<null> where a host should be" },
	{ "42-ims-register.sip", "Feature-Caps", "a name begins with a digit: +3gpp.mid-call" },
	{ "43-ims-register-auth.sip", "Feature-Caps", "likewise" },
	{ "47-ims-invite.sip", "Feature-Caps, Accept-Contact", "likewise; explicit:require" },
	/* published */
	{ "badaspec.dat", "To", "RFC 4475 3.1.2.14" },
	{ "baddate.dat", "Date", "RFC 4475 3.1.2.12" },
	{ "baddn.dat", "From, To", "RFC 4475 3.1.2.15" },
	{ "badinv01.dat", "Via, Contact", "RFC 4475 3.1.2.1" },
	{ "ncl.dat", "Content-Length", "RFC 4475 3.1.2.3" },
	{ "quotbal.dat", "To", "RFC 4475 3.1.2.6" },
	{ "regbadct.dat", "Contact", "RFC 4475 3.1.2.13" },
	{ "scalar02.dat", "CSeq", "RFC 4475 3.1.2.4" },
	{ "scalarlg.dat", "CSeq, Warning", "RFC 4475 3.1.2.5" },
	/* our own */
	{ "own-09-nul-in-subject.sip", "Subject", "a control character" },
	{ "own-10-nul-in-call-id.sip", "Call-ID", "likewise" },
	{ "own-22-cseq-2-to-the-31.sip", "CSeq", "too large" },
	{ "own-23-cseq-negative.sip", "CSeq", "a sign" },
	{ "own-27-content-length-plus.sip", "Content-Length", "a sign" },
	{ "own-33-via-without-sent-by.sip", "Via", "no host" },
	{ "own-35-via-branch-twice.sip", "Via", "two branches" },
	{ "own-37-via-second-malformed.sip", "Via", "no host" },
	{ "own-38-contact-star-and-others.sip", "Contact", "'*' stands alone" },
	{ "own-44-compact-forms-of-both-cases.sip", "N, Y", "no alg; no quotes and no padding" },
	{ "own-51-from-tag-empty.sip", "From", "an empty tag" },
	{ "own-52-from-tag-twice.sip", "From", "two tags" },
	{ "own-55-ack-malformed.sip", "To", "no '>'" },
	{ "rfc4475-3.1.2.1-extraneous-separators.sip", "Via, Contact", "empty parameters" },
	{ "rfc4475-3.1.2.12-date-zone-not-gmt.sip", "Date", "not GMT" },
	{ "rfc4475-3.1.2.13-contact-not-enclosed.sip", "Contact", "'?' without <>" },
	{ "rfc4475-3.1.2.14-spaces-in-addr-spec.sip", "To", "white space inside <>" },
	{ "rfc4475-3.1.2.15-display-name-not-token.sip", "From, To", "a comma without quotes" },
	{ "rfc4475-3.1.2.3-negative-content-length.sip", "Content-Length", "a sign" },
	{ "rfc4475-3.1.2.4-request-scalars-too-large.sip", "CSeq", "too large" },
	{ "rfc4475-3.1.2.5-response-scalars-too-large.sip", "Warning, CSeq", "likewise" },
	{ "rfc4475-3.1.2.6-unterminated-quote.sip", "To", "a quote that does not end" },
	/* clang-format on */
};

static const char *
base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

static struct slice
read_message(const char *path)
{
	static char bytes[128 * 1024];
	size_t len;
	FILE *f = fopen(path, "rb");

	if (f == NULL)
		fail_msg("cannot open %s", path);
	len = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	return at_wall(slice_of(bytes, len));
}

/* The names of the lines that are refused, as far as the message can be read. */
static void
write_refused(struct slice bytes, FILE *out)
{
	struct sip_message msg = { 0 };
	const char *separator = "";

	sip_message_index(bytes, &msg);
	for (unsigned int i = 0; i < msg.header_count; i++) {
		const struct sip_header *h = &msg.header[i];
		enum sip_header_id id = sip_header_id(h);

		if (id == SIP_HDR_OTHER || sip_field_is_valid(id, sip_header_value(&msg, h)))
			continue;
		fprintf(out, "%s%.*s", separator, h->name_len, msg.base + h->line_off);
		separator = ", ";
	}
}

static void
lines_are_valid(void **state)
{
	const char *path = *state, *want = "";
	char got[512] = "";
	FILE *out = fmemopen(got, sizeof(got), "w");

	assert_non_null(out);
	write_refused(read_message(path), out);
	fclose(out);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (strcmp(refused[i].file, base_name(path)) == 0)
			want = refused[i].fields;
	if (strcmp(got, want) != 0)
		fail_msg("refused: \"%s\", not \"%s\"", got, want);
}

static void
no_messages(void **state)
{
	skip_msg("no %s", (const char *)*state);
}

void
gtest_register(void)
{
	static const struct {
		const char *suite, *pattern;
	} folders[] = {
		{ "Wire", VIADUCT_WIRE "/*.sip" },
		{ "Real", VIADUCT_CORPUS "/real/*.sip" },
		{ "Rfc4475", VIADUCT_CORPUS "/rfc4475/*.dat" },
		{ "Rfc5118", VIADUCT_CORPUS "/rfc5118/*/*" },
	};
	/* rows are paths in here, and live as long as the program */
	static glob_t found[sizeof(folders) / sizeof(folders[0])];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (glob(folders[i].pattern, 0, NULL, &found[i]) != 0)
			gtest_add_row(folders[i].suite, "are_there", no_messages,
				      folders[i].pattern);
		for (size_t k = 0; k < found[i].gl_pathc; k++)
			gtest_add_row(folders[i].suite, base_name(found[i].gl_pathv[k]),
				      lines_are_valid, found[i].gl_pathv[k]);
	}
}
