/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/field/mode.h"

static const struct answer_row {
	const char *label;
	const char *text;
	bool good;
	enum sip_answer_mode mode;
	bool require, draft;
} answers[] = {
	{ "RFC5373-2-Auto", "Auto", true, SIP_ANSWER_AUTO, false, false },
	{ "RFC5373-2-Manual", "Manual;require", true, SIP_ANSWER_MANUAL, true, false },
	{ "AM-02-case", "AUTO ; Require", true, SIP_ANSWER_AUTO, true, false },
	{ "AM-02-unknown-params", "Manual;x=\";require\";y", true, SIP_ANSWER_MANUAL, false,
	  false },
	{ "AM-02-folded", "\r\n Auto\r\n ;\r\n require", true, SIP_ANSWER_AUTO, true, false },
	{ "AM-03-AutoReq", "AutoReq", true, SIP_ANSWER_AUTO, true, true },
	{ "AM-03-ManualReq", "manualreq;x", true, SIP_ANSWER_MANUAL, true, true },
	{ "AM-03-both-forms", "AutoReq;require", true, SIP_ANSWER_AUTO, true, true },
	{ "AM-04", "Telepathic;require", true, SIP_ANSWER_OTHER, true, false },
	{ "AM-04-longer", "Automatic", true, SIP_ANSWER_OTHER, false, false },
	{ "AM-05-empty", "", false, 0, false, false },
	{ "AM-05-two", "Auto, Manual", false, 0, false, false },
	{ "AM-05-words", "Auto Manual", false, 0, false, false },
	{ "AM-05-require-twice", "Auto;require;require", false, 0, false, false },
	{ "AM-05-require-value", "Auto;require=no", false, 0, false, false },
	{ "AM-05-param", "Auto;", false, 0, false, false },
	{ "AM-05-quoted", "\"Auto\"", false, 0, false, false },
};

static void
answer_is_decoded(void **state)
{
	const struct answer_row *row = *state;
	struct sip_answer answer;

	assert_int_equal(sip_answer_decode(at_wall(slice_str(row->text)), &answer), row->good);
	if (!row->good)
		return;
	assert_int_equal(answer.mode, row->mode);
	assert_int_equal(answer.require, row->require);
	assert_int_equal(answer.draft, row->draft);
}
GTEST_ROWS(AnswerMode, answers, label, answer_is_decoded);

static const struct alert_row {
	const char *label;
	const char *text;
	bool good;
	enum sip_alert_mode mode;
} alerts[] = {
	{ "AM-20", "Null", true, SIP_ALERT_NULL },
	{ "AM-02-case", " NORMAL ", true, SIP_ALERT_NORMAL },
	{ "AM-02-param", "null;x=1", true, SIP_ALERT_NULL },
	{ "AM-04", "Loud", true, SIP_ALERT_OTHER },
	{ "AM-05-empty", "", false, 0 },
	{ "AM-05-two", "Null,Normal", false, 0 },
	{ "AM-05-param", "Null;=", false, 0 },
};

static void
alert_is_decoded(void **state)
{
	const struct alert_row *row = *state;
	enum sip_alert_mode mode;

	assert_int_equal(sip_alert_mode_decode(at_wall(slice_str(row->text)), &mode), row->good);
	if (row->good)
		assert_int_equal(mode, row->mode);
}
GTEST_ROWS(AlertMode, alerts, label, alert_is_decoded);
