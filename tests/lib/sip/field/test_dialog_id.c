/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/field/dialog_id.h"

static const struct target_row {
	const char *label;
	const char *text;
	bool good;
	const char *call_id, *local_tag, *remote_tag;
} targets[] = {
	/* clang-format off */
	{ "TD-12", "fa77as7dad8-sd98ajzz@host.example.com ;local-tag=kkaz- ;remote-tag=6544", true,
	  "fa77as7dad8-sd98ajzz@host.example.com", "kkaz-", "6544" },
	{ "TD-12-order", "a;remote-tag=r;x=\";local-tag=z\";Local-Tag=l", true, "a", "l", "r" },
	{ "TD-12-quote-in-call-id", "\"<{a@b\";local-tag=l;remote-tag=r", true, "\"<{a@b\"", "l",
	  "r" },
	{ "TD-12-folded", "a@b\r\n ; local-tag\r\n = l\r\n ;remote-tag=r", true, "a@b", "l", "r" },
	{ "TD-13-no-local", "a@b;remote-tag=r", false, NULL, NULL, NULL },
	{ "TD-13-no-remote", "a@b;local-tag=l", false, NULL, NULL, NULL },
	{ "TD-13-neither", "a@b", false, NULL, NULL, NULL },
	{ "TD-14-twice", "a@b;local-tag=l;remote-tag=r;local-tag=l", false, NULL, NULL, NULL },
	{ "TD-07-empty-tag", "a@b;local-tag=;remote-tag=r", false, NULL, NULL, NULL },
	{ "TD-07-quoted-tag", "a@b;local-tag=\"l\";remote-tag=r", false, NULL, NULL, NULL },
	{ "TD-07-two-at", "a@b@c;local-tag=l;remote-tag=r", false, NULL, NULL, NULL },
	{ "TD-07-no-host", "a@;local-tag=l;remote-tag=r", false, NULL, NULL, NULL },
	{ "TD-07-no-word", "@b;local-tag=l;remote-tag=r", false, NULL, NULL, NULL },
	{ "TD-07-no-call-id", ";local-tag=l;remote-tag=r", false, NULL, NULL, NULL },
	{ "TD-07-two-values", "a,b;local-tag=l;remote-tag=r", false, NULL, NULL, NULL },
	{ "TD-07-empty", "", false, NULL, NULL, NULL },
	/* clang-format on */
};

static void
target_is_decoded(void **state)
{
	const struct target_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	struct sip_target_dialog target;

	assert_int_equal(sip_target_dialog_decode(text, &target), row->good);
	if (!row->good)
		return;
	assert_slice(target.call_id, row->call_id);
	assert_slice(target.local_tag, row->local_tag);
	assert_slice(target.remote_tag, row->remote_tag);
}
GTEST_ROWS(TargetDialog, targets, label, target_is_decoded);

static const struct replaces_row {
	const char *label;
	const char *text;
	bool good, join_good;
	const char *call_id, *to_tag, *from_tag;
	bool early_only;
} replaces_values[] = {
	/* clang-format off */
	{ "RFC3891-6.1", "98732@sip.example.com\r\n ;from-tag=r33th4x0r\r\n ;to-tag=ff87ff", true,
	  true, "98732@sip.example.com", "ff87ff", "r33th4x0r", false },
	{ "RFC3891-6.1-early", "12adf2f34456gs5;to-tag=12345;from-tag=54321;early-only", true, true,
	  "12adf2f34456gs5", "12345", "54321", true },
	{ "RFC3891-6.1-names", "87134@171.161.34.23;TO-TAG=24796;FROM-tag=0;Early-Only", true, true,
	  "87134@171.161.34.23", "24796", "0", true },
	{ "RFC3891-6.1-extension", "a;to-tag=1;x=y;from-tag=2", true, true, "a", "1", "2", false },
	{ "RFC3911-7.1-flag-unknown", "a;to-tag=1;from-tag=2;early-only=x", false, true, "a", "1",
	  "2", false },
	{ "RFC3911-7.1-flags-unknown", "a;to-tag=1;from-tag=2;early-only;early-only", false, true,
	  "a", "1", "2", false },
	{ "RFC3891-3-no-to-tag", "a;from-tag=2", false, false, NULL, NULL, NULL, false },
	{ "RFC3891-3-no-from-tag", "a;to-tag=2", false, false, NULL, NULL, NULL, false },
	{ "RFC3891-3-to-tags", "a;to-tag=1;to-tag=1;from-tag=2", false, false, NULL, NULL, NULL,
	  false },
	{ "RFC3891-3-from-tags", "a;to-tag=1;from-tag=3;from-tag=2", false, false, NULL, NULL, NULL,
	  false },
	{ "call-id", "a b;to-tag=1;from-tag=2", false, false, NULL, NULL, NULL, false },
	{ "empty", "", false, false, NULL, NULL, NULL, false },
	/* clang-format on */
};

static void
replaces_is_decoded(void **state)
{
	const struct replaces_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	struct sip_replaces got;

	assert_int_equal(sip_replaces_decode(text, &got), row->good);
	if (row->good) {
		assert_slice(got.call_id, row->call_id);
		assert_slice(got.to_tag, row->to_tag);
		assert_slice(got.from_tag, row->from_tag);
		assert_int_equal(got.early_only, row->early_only);
	}
	assert_int_equal(sip_join_decode(text, &got), row->join_good);
	if (row->join_good) {
		assert_slice(got.call_id, row->call_id);
		assert_slice(got.to_tag, row->to_tag);
		assert_slice(got.from_tag, row->from_tag);
		assert_false(got.early_only);
	}
}
GTEST_ROWS(Replaces, replaces_values, label, replaces_is_decoded);

GTEST(Replaces, RFC3891_3_zero_tag)
{
	assert_true(sip_replaces_tag_matches(SLICE("0"), SLICE_ABSENT));
	assert_true(sip_replaces_tag_matches(SLICE("0"), SLICE("0")));
	assert_true(sip_replaces_tag_matches(SLICE("a"), SLICE("a")));
	assert_false(sip_replaces_tag_matches(SLICE("a"), SLICE("A")));
	assert_false(sip_replaces_tag_matches(SLICE("a"), SLICE_ABSENT));
	assert_false(sip_replaces_tag_matches(SLICE("0"), SLICE("a")));
}

static const struct reply_row {
	const char *label;
	const char *text;
	unsigned int count;
	bool good;
	const char *last;
} replies[] = {
	{ "RFC3261-20.21", "70710@saturn.bell-tel.com, 17320@saturn.bell-tel.com", 2, true,
	  "17320@saturn.bell-tel.com" },
	{ "RFC3261-25.1-quotes", "a\"b@c,d\"e , <f@g", 3, true, "<f@g" },
	{ "RFC3261-25.1-empty-element", "a@b,,c@d", 1, false, "a@b" },
	{ "RFC3261-25.1-comma-last", "a@b,", 1, false, "a@b" },
	{ "RFC3261-25.1-params", "a@b;c", 0, false, NULL },
	{ "RFC3261-25.1-empty", "", 0, false, NULL },
};

static void
reply_is_walked(void **state)
{
	const struct reply_row *row = *state;
	struct slice rest = at_wall(slice_str(row->text)), call_id, last = SLICE_ABSENT;
	unsigned int count = 0;

	for (; sip_in_reply_to_next(&rest, &call_id); count++)
		last = call_id;
	assert_int_equal(count, row->count);
	assert_int_equal(rest.ptr == NULL, row->good);
	assert_slice(last, row->last);
}
GTEST_ROWS(InReplyTo, replies, label, reply_is_walked);
