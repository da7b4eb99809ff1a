/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/field/truncations.h"
#include "sip/field/sequence.h"

static const struct cseq_row {
	const char *label;
	const char *text;
	bool good;
	uint32_t number;
	enum sip_method method;
	const char *name;
} cseqs[] = {
	/* clang-format off */
	{ "RFC3261-20.16", "4711 INVITE", true, 4711, SIP_INVITE, "INVITE" },
	{ "RFC4475-3.1.1.1", "0009\r\n  INVITE", true, 9, SIP_INVITE, "INVITE" },
	{ "RFC4475-3.1.1.2", "139122385 !interesting-Method0123456789_*+`.%indeed'~", true,
	  139122385, SIP_METHOD_OTHER, "!interesting-Method0123456789_*+`.%indeed'~" },
	{ "largest", "2147483647 ACK", true, INT32_MAX, SIP_ACK, "ACK" },
	{ "zero", "0 BYE", true, 0, SIP_BYE, "BYE" },
	{ "RFC3261-7.1-case", "1 invite", true, 1, SIP_METHOD_OTHER, "invite" },
	{ "white-space", " \t1\t\tBYE\r\n ", true, 1, SIP_BYE, "BYE" },
	{ "RFC3261-8.1.1.5", "2147483648 ACK", false, 0, 0, NULL },
	{ "RFC4475-3.1.2.4", "36893488147419103232 REGISTER", false, 0, 0, NULL },
	{ "no-method", "1", false, 0, 0, NULL },
	{ "no-method-space", "1 ", false, 0, 0, NULL },
	{ "no-number", "INVITE", false, 0, 0, NULL },
	{ "no-space", "1INVITE", false, 0, 0, NULL },
	{ "negative", "-1 INVITE", false, 0, 0, NULL },
	{ "three", "1 INVITE x", false, 0, 0, NULL },
	{ "parameters", "1 INVITE;x", false, 0, 0, NULL },
	{ "empty", "", false, 0, 0, NULL },
	/* clang-format on */
};

static void
cseq_is_decoded(void **state)
{
	const struct cseq_row *row = *state;
	struct sip_cseq cseq;

	assert_int_equal(sip_cseq_decode(at_wall(slice_str(row->text)), &cseq), row->good);
	if (!row->good)
		return;
	assert_int_equal(cseq.number, row->number);
	assert_int_equal(cseq.method, row->method);
	assert_slice(cseq.method_text, row->name);
}
GTEST_ROWS(Sequence, cseqs, label, cseq_is_decoded);
TRUNCATIONS(Sequence, cseqs, struct sip_cseq, sip_cseq_decode);

static const struct rseq_row {
	const char *label;
	const char *text;
	uint32_t number; /* 0 when refused */
} rseqs[] = {
	{ "RFC3262-7.1", "988789", 988789 },
	{ "RFC3262-5-largest", "4294967295", UINT32_MAX },
	{ "white-space", " 1 ", 1 },
	{ "leading-zeros", "00000000000000000000000000000007", 7 },
	{ "zero", "0", 0 },
	{ "RFC3262-5-too-large", "4294967296", 0 },
	{ "2^64", "18446744073709551617", 0 },
	{ "word", "x", 0 },
	{ "two", "1 2", 0 },
	{ "empty", "", 0 },
};

static void
rseq_is_decoded(void **state)
{
	const struct rseq_row *row = *state;
	uint32_t number = 0;

	assert_int_equal(sip_rseq_decode(at_wall(slice_str(row->text)), &number), row->number != 0);
	assert_int_equal(number, row->number);
}
GTEST_ROWS(Sequence, rseqs, label, rseq_is_decoded);

static const struct rack_row {
	const char *label;
	const char *text;
	bool good;
	uint32_t rseq, cseq;
	enum sip_method method;
} racks[] = {
	{ "RFC3262-7.2", "776656 1 INVITE", true, 776656, 1, SIP_INVITE },
	{ "white-space", " 4294967295\r\n 2147483647\t\tINVITE ", true, UINT32_MAX, INT32_MAX,
	  SIP_INVITE },
	{ "rseq-zero", "0 1 INVITE", false, 0, 0, 0 },
	{ "rseq-too-large", "4294967296 1 INVITE", false, 0, 0, 0 },
	{ "cseq-too-large", "1 2147483648 INVITE", false, 0, 0, 0 },
	{ "no-method", "1 1", false, 0, 0, 0 },
	{ "no-rseq", "1 INVITE", false, 0, 0, 0 },
	{ "four", "1 1 INVITE x", false, 0, 0, 0 },
	{ "empty", "", false, 0, 0, 0 },
};

static void
rack_is_decoded(void **state)
{
	const struct rack_row *row = *state;
	struct sip_rack rack;

	assert_int_equal(sip_rack_decode(at_wall(slice_str(row->text)), &rack), row->good);
	if (!row->good)
		return;
	assert_int_equal(rack.rseq, row->rseq);
	assert_int_equal(rack.cseq.number, row->cseq);
	assert_int_equal(rack.cseq.method, row->method);
}
GTEST_ROWS(Sequence, racks, label, rack_is_decoded);
TRUNCATIONS(Sequence, racks, struct sip_rack, sip_rack_decode);
