/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/field/truncations.h"
#include "sip/field/reason.h"

static const struct reason_row {
	const char *label;
	const char *text;
	bool good;
	enum sip_reason_protocol protocol;
	bool has_cause;
	uint32_t cause;
	const char *phrase;
} reasons[] = {
	/* clang-format off */
	{ "RFC3326-2", "SIP ;cause=200 ;text=\"Call completed elsewhere\"", true, SIP_REASON_SIP,
	  true, 200, "\"Call completed elsewhere\"" },
	{ "RFC3326-2-Q850", "Q.850 ;cause=16 ;text=\"Terminated\"", true, SIP_REASON_Q850, true, 16,
	  "\"Terminated\"" },
	{ "case", "q.850;CAUSE=0016", true, SIP_REASON_Q850, true, 16, NULL },
	{ "alone", "sip", true, SIP_REASON_SIP, false, 0, NULL },
	{ "other", "preemption ;cause=1 ;x", true, SIP_REASON_OTHER, true, 1, NULL },
	{ "text-tricks", "SIP;text=\"a;cause=1,\\\"b\";x=y", true, SIP_REASON_SIP, false, 0,
	  "\"a;cause=1,\\\"b\"" },
	{ "saturates", "SIP;cause=99999999999", true, SIP_REASON_SIP, true, UINT32_MAX, NULL },
	{ "empty", "", false, 0, false, 0, NULL },
	{ "no-protocol", ";cause=1", false, 0, false, 0, NULL },
	{ "cause-word", "SIP;cause=x", false, 0, false, 0, NULL },
	{ "cause-quoted", "SIP;cause=\"200\"", false, 0, false, 0, NULL },
	{ "cause-without-value", "SIP;cause", false, 0, false, 0, NULL },
	{ "cause-twice", "SIP;cause=200;cause=200", false, 0, false, 0, NULL },
	{ "text-twice", "SIP;text=\"a\";Text=\"a\"", false, 0, false, 0, NULL },
	{ "text-token", "SIP;text=Terminated", false, 0, false, 0, NULL },
	{ "text-open", "SIP;text=\"Terminated", false, 0, false, 0, NULL },
	{ "two-words", "SIP 2;cause=1", false, 0, false, 0, NULL },
	/* clang-format on */
};

static void
reason_is_decoded(void **state)
{
	const struct reason_row *row = *state;
	struct sip_reason reason;

	assert_int_equal(sip_reason_decode(at_wall(slice_str(row->text)), &reason), row->good);
	if (!row->good)
		return;
	assert_int_equal(reason.protocol, row->protocol);
	assert_int_equal(reason.has_cause, row->has_cause);
	assert_int_equal(reason.cause, row->cause);
	assert_slice(reason.text, row->phrase);
}
GTEST_ROWS(Reason, reasons, label, reason_is_decoded);
TRUNCATIONS(Reason, reasons, struct sip_reason, sip_reason_decode);

static const struct warning_row {
	const char *label;
	const char *text;
	bool good;
	unsigned int code;
	const char *agent, *phrase;
} warnings[] = {
	/* clang-format off */
	{ "RFC3261-20.43", "307 isi.edu \"Session parameter 'foo' not understood\"", true,
	  307, "isi.edu", "\"Session parameter 'foo' not understood\"" },
	{ "RFC4475-3.1.2.5", "1812 overture \"In Progress\"", false, 0, NULL, NULL },
	{ "EM-13", "380 ss1.example.com \"Required to view 'application/sdp'\"", true,
	  380, "ss1.example.com", "\"Required to view 'application/sdp'\"" },
	{ "host-port", "399 a.example:5070 \"x\"", true, 399, "a.example:5070", "\"x\"" },
	{ "ipv6", "399 [2001:db8::1]:5070 \"x\"", true, 399, "[2001:db8::1]:5070", "\"x\"" },
	{ "pseudonym", "000 a*b~c \"\"", true, 0, "a*b~c", "\"\"" },
	{ "folded", " 399\r\n a\r\n \"x, y\" ", true, 399, "a", "\"x, y\"" },
	{ "empty", "", false, 0, NULL, NULL },
	{ "two-digits", "39 a \"x\"", false, 0, NULL, NULL },
	{ "code-word", "abc a \"x\"", false, 0, NULL, NULL },
	{ "no-agent", "399 \"x\"", false, 0, NULL, NULL },
	{ "no-text", "399 a", false, 0, NULL, NULL },
	{ "no-quotes", "399 a x", false, 0, NULL, NULL },
	{ "no-space", "399 a\"x\"", false, 0, NULL, NULL },
	{ "port", "399 a:0 \"x\"", false, 0, NULL, NULL },
	{ "agent", "399 a/b \"x\"", false, 0, NULL, NULL },
	{ "more", "399 a \"x\" y", false, 0, NULL, NULL },
	{ "open", "399 a \"x", false, 0, NULL, NULL },
	/* clang-format on */
};

static void
warning_is_decoded(void **state)
{
	const struct warning_row *row = *state;
	struct sip_warning warning;

	assert_int_equal(sip_warning_decode(at_wall(slice_str(row->text)), &warning), row->good);
	if (!row->good)
		return;
	assert_int_equal(warning.code, row->code);
	assert_slice(warning.agent, row->agent);
	assert_slice(warning.text, row->phrase);
}
GTEST_ROWS(Reason, warnings, label, warning_is_decoded);
TRUNCATIONS(Reason, warnings, struct sip_warning, sip_warning_decode);
