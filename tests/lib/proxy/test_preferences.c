/* SPDX-License-Identifier: BSD-3-Clause */
/** What a caller prefers, and what becomes of the contacts: RFC 3841 §7.2 and §9. */
#include "lib/sip/support.h"
#include "proxy/preferences.h"

enum { TARGETS = 6 };

/* Headers of an INVITE, a contact's parameters for each digit, and what is left in which order. */
static const struct row {
	const char *label;
	const char *headers;
	const char *contacts[TARGETS]; /* number 1 and on; "Q parameters" */
	const char *want;              /* "NUMBER:QA", those that are left, best first */
} rows[] = {
	/* clang-format off */
	{ "RFC3841-7.2.5-example",
	  "Reject-Contact: *;actor=\"msg-taker\";video\r\n"
	  "Accept-Contact: *;audio;require\r\n"
	  "Accept-Contact: *;video;explicit\r\n"
	  "Accept-Contact: *;methods=\"BYE\";class=\"business\";q=1.0\r\n",
	  { "200 audio;video;methods=\"INVITE,BYE\";q=0.2",
	    "200 audio=\"FALSE\";methods=\"INVITE\";actor=\"msg-taker\";q=0.2",
	    "300 audio;actor=\"msg-taker\";methods=\"INVITE\";video;q=0.3",
	    "200 audio;methods=\"INVITE,OPTIONS\";q=0.2", "500 q=0.5" },
	  "5:1000000 1:833333 4:500000" },
	{ "RFC3841-7.2.5-in-one-line-compact",
	  "j: *;actor=\"msg-taker\";video\r\n"
	  "a: *;audio;require, *;video;explicit,*;methods=\"BYE\";class=\"business\"\r\n",
	  { "200 audio;video;methods=\"INVITE,BYE\"",
	    "200 audio=\"FALSE\";methods=\"INVITE\";actor=\"msg-taker\"",
	    "300 audio;actor=\"msg-taker\";methods=\"INVITE\";video",
	    "200 audio;methods=\"INVITE,OPTIONS\"", "500 " },
	  "5:1000000 1:833333 4:500000" },

	/* §5.2: what each pair of flags is for; has it, says nothing of it, has it not */
	{ "RFC3841-5.2-mobile", "Accept-Contact: *;mobility=\"mobile\";methods=\"INVITE\"\r\n",
	  { "0 mobility=\"mobile\";methods=\"INVITE,BYE\"", "0 methods=\"INVITE\"",
	    "0 mobility=\"fixed\";methods=\"INVITE\"" },
	  "1:1000000 2:500000 3:0" },
	{ "RFC3841-5.2-neither", "Accept-Contact: *;video\r\n",
	  { "0 audio;video=\"FALSE\"", "0 audio", "0 video" }, "3:1000000 1:0 2:0" },
	{ "RFC3841-5.2-require", "Accept-Contact: *;video;require\r\n",
	  { "0 audio;video=\"FALSE\"", "0 audio", "0 video" }, "3:1000000 2:0" },
	{ "RFC3841-5.2-explicit", "Accept-Contact: *;video;audio;explicit\r\n",
	  { "0 video=\"FALSE\";audio", "0 audio", "0 video;audio" }, "3:1000000 1:0 2:0" },
	{ "RFC3841-5.2-both", "Accept-Contact: *;video;audio;require;explicit\r\n",
	  { "0 video=\"FALSE\";audio", "0 audio", "0 video;audio" }, "3:1000000" },
	{ "RFC3841-7.2.4-half", "Accept-Contact: *;video;audio\r\n",
	  { "0 class=\"personal\"", "0 audio", "0 video;audio" },
	  "3:1000000 2:500000 1:0" },

	{ "RFC3841-7.2.3-immune", "Accept-Contact: *;video;require;explicit\r\n",
	  { "0 ", "0 audio", "0 expires=60;q=0.5;reg-id=1;x-other=\"a\"", "0 video" },
	  "1:1000000 3:1000000 4:1000000" },
	{ "RFC3841-7.2.4-q-before-qa", "Accept-Contact: *;video\r\n",
	  { "500 video", "501 audio", "501 video", "0 " },
	  "3:1000000 2:0 1:1000000 4:1000000" },
	{ "RFC3841-7.2.4-all-dropped", "Accept-Contact: *;video;require\r\n",
	  { "0 video=\"FALSE\"" }, "" },
	{ "RFC3841-7.2.4-average-of-those-that-match",
	  "Accept-Contact: *;video, *;audio;text, *;data\r\n",
	  { "0 audio;video;data=\"FALSE\"", "0 data" }, "1:750000 2:333333" },

	{ "RFC3841-7.2.4-reject", "Reject-Contact: *;actor=\"msg-taker\"\r\n",
	  { "0 actor=\"msg-taker\";audio", "0 actor=\"principal\"", "0 audio", "0 " },
	  "2:1000000 3:1000000 4:1000000" },
	{ "RFC3841-7.2.4-reject-all-tags", "Reject-Contact: *;video;audio\r\n",
	  { "0 video", "0 video;audio", "0 video;audio=\"FALSE\"" }, "1:1000000 3:1000000" },
	{ "RFC3841-7.2.4-reject-any-value", "Reject-Contact: *;video, *;class=\"business\"\r\n",
	  { "0 video", "0 class=\"business\"", "0 class=\"business,personal\"",
	    "0 class=\"personal\"" },
	  "4:1000000" },
	{ "RFC3841-7.2.4-reject-and-accept", "j: *;automata\r\na: *;audio\r\n",
	  { "0 automata;audio", "0 audio", "0 text" }, "2:1000000 3:0" },

	/* §8: one tag, whatever it is called */
	{ "RFC3841-8-plus-sip", "Accept-Contact: *;+sip.video;require;explicit\r\n",
	  { "0 video", "0 +sip.video", "0 +video" }, "1:1000000 2:1000000" },
	{ "RFC3841-8-case", "Accept-Contact: *;VIDEO;require;explicit;Methods=\"invite\"\r\n",
	  { "0 video;methods=\"INVITE\"" }, "1:1000000" },
	{ "RFC3841-8-language", "Accept-Contact: *;language=\"de\";require;explicit\r\n",
	  { "0 language=\"en,de\"", "0 +language=\"DE\"", "0 +sip.language=\"de\"" },
	  "1:1000000 2:1000000" },

	/* what is no value is not heeded, and the others are */
	{ "no-star", "Accept-Contact: sip:a@b;video;require\r\nAccept-Contact: *;audio\r\n",
	  { "0 audio", "0 text" }, "1:1000000 2:0" },
	{ "RFC3841-10-require-twice", "Accept-Contact: *;video;require;require, *;audio\r\n",
	  { "0 video=\"FALSE\"", "0 audio" }, "2:1000000 1:0" },
	{ "RFC3841-10-tag-twice", "Accept-Contact: *;video;+sip.video=\"FALSE\";require, *;audio\r\n",
	  { "0 video=\"FALSE\"", "0 audio" }, "2:1000000 1:0" },
	{ "bad-feature", "Reject-Contact: *;mobility=fixed, *;audio\r\n",
	  { "0 mobility=\"fixed\"", "0 audio", "0 text" }, "1:1000000 3:1000000" },
	{ "bad-feature-of-many", "Reject-Contact: *;audio;class=\"a,,b\"\r\n", { "0 audio" },
	  "1:1000000" },
	{ "nothing-to-reject", "Reject-Contact: *, *;q=1\r\n", { "0 audio" }, "1:1000000" },
	{ "nothing-to-accept", "Accept-Contact: *;require;explicit\r\n", { "0 audio" },
	  "1:1000000" },
	{ "empty-elements", "Accept-Contact: ,*;audio,\r\nAccept-Contact:\r\n",
	  { "0 text", "0 audio" }, "2:1000000 1:0" },
	{ "folded", "Accept-Contact: *\r\n ;audio\r\n\t; require ,\r\n *;text\r\n",
	  { "0 audio=\"FALSE\"", "0 audio;text" }, "2:1000000" },
	{ "all-malformed-is-not-implicit", "Accept-Contact: video\r\n",
	  { "0 methods=\"BYE\"", "0 methods=\"INVITE\"" }, "1:1000000 2:1000000" },

	/* what a contact says badly it does not say */
	{ "contact-bad-feature", "Accept-Contact: *;video;require;explicit\r\n",
	  { "0 video=TRUE", "0 video=TRUE;audio", "0 video" }, "1:1000000 3:1000000" },
	{ "RFC3840-9-contact-tag-twice", "Accept-Contact: *;video;require\r\n",
	  { "0 video=\"FALSE\";+sip.video=\"FALSE\"", "0 video=\"FALSE\"" }, "1:0" },
	{ "contact-bad-end", "Accept-Contact: *;video\r\n", { "0 video;\"", "0 audio;;video" },
	  "1:1000000 2:0" },

	/* §7.2.2 */
	{ "RFC3841-7.2.2.1-method", "",
	  { "0 methods=\"BYE\"", "0 methods=\"BYE,INVITE\"", "0 audio", "0 ",
	    "0 methods=\"!INVITE\"", "0 methods=\"!BYE\"" },
	  "2:1000000 4:1000000 6:1000000 3:0" },
	{ "RFC3841-7.2.4-implicit-none-left", "",
	  { "100 methods=\"BYE\"", "200 methods=\"!INVITE\"" }, "2:1000000 1:1000000" },
	{ "RFC3841-7.2.2-none-beside-explicit", "Accept-Contact: *;audio\r\n",
	  { "0 methods=\"BYE\";audio" }, "1:1000000" },
	{ "RFC3841-7.2.2.2-invite-has-no-event", "Event: presence\r\n",
	  { "0 methods=\"INVITE\";events=\"dialog\"" }, "1:1000000" },
	/* clang-format on */
};

static char text[65536];

/* Indexed at the wall. */
static void
request(const char *method, const char *headers, struct sip_message *msg)
{
	int n = snprintf(text, sizeof(text), "%s sip:b@h SIP/2.0\r\n%s\r\n", method, headers);

	assert_in_range(n, 0, sizeof(text) - 1);
	assert_int_equal(sip_message_index(at_wall(slice_of(text, (size_t)n)), msg),
			 SIP_FAULT_NONE);
}

static struct preferences prefs;

static void
read_request(const char *method, const char *headers)
{
	struct sip_message msg;

	request(method, headers, &msg);
	assert_true(preferences_read(&msg, &prefs));
}

/* Into those that are left, best first; of equals the first. */
static void
describe(const struct preferences_target *target, unsigned int count, char out[256])
{
	bool done[TARGETS] = { false };

	out[0] = '\0';
	for (;;) {
		unsigned int best = count;
		size_t n = strlen(out);

		for (unsigned int i = 0; i < count; i++)
			if (!done[i] && !target[i].dropped &&
			    (best == count || preferences_before(&target[i], &target[best])))
				best = i;
		if (best == count)
			return;
		done[best] = true;
		snprintf(out + n, 256 - n, "%s%u:%u", n > 0 ? " " : "", best + 1, target[best].qa);
	}
}

static unsigned int
take_targets(const char *const contacts[], struct preferences_target target[TARGETS])
{
	unsigned int n = 0;

	for (; n < TARGETS && contacts[n] != NULL; n++)
		target[n] = (struct preferences_target){
			.features = slice_str(strchr(contacts[n], ' ') + 1),
			.q = (uint16_t)atoi(contacts[n]),
			.qa = 4711,
			.dropped = true,
		};
	return n;
}

static void
contacts_are_chosen(void **state)
{
	const struct row *row = *state;
	struct preferences_target target[TARGETS];
	unsigned int n = take_targets(row->contacts, target);
	char got[256];

	read_request("INVITE", row->headers);
	preferences_apply(&prefs, target, n);
	describe(target, n, got);
	assert_string_equal(got, row->want);
}
GTEST_ROWS(Preferences, rows, label, contacts_are_chosen);

/* A feature that is wanted, and one that a contact has: required. */
static const struct match_row {
	const char *label;
	const char *wanted, *contact;
	bool matches;
} matches[] = {
	/* clang-format off */
	{ "RFC3841-8-boolean", "video", "video", true },
	{ "RFC3841-8-boolean-TRUE", "video=\"true\"", "video", true },
	{ "RFC3841-8-boolean-FALSE", "video", "video=\"FALSE\"", false },
	{ "RFC3841-8-boolean-not", "video=\"!TRUE\"", "video", false },
	{ "RFC3841-8-boolean-not-FALSE", "video=\"!TRUE\"", "video=\"FALSE\"", true },
	{ "RFC3841-8-boolean-any", "video=\"TRUE,FALSE\"", "video=\"FALSE\"", true },
	{ "RFC3841-7.2.4-token", "class=\"business\"", "class=\"Business\"", true },
	{ "RFC3841-7.2.4-token-other", "class=\"business\"", "class=\"busines\"", false },
	{ "RFC3841-8-list", "language=\"en,de\"", "language=\"fr,de\"", true },
	{ "RFC3841-8-list-apart", "language=\"en,de\"", "language=\"fr,es\"", false },
	{ "RFC3841-8-not", "events=\"!presence\"", "events=\"presence\"", false },
	{ "RFC3841-8-not-that-one", "events=\"!presence\"", "events=\"dialog\"", true },
	{ "RFC3841-8-not-and-more", "events=\"!presence\"", "events=\"presence,dialog\"", true },
	{ "RFC3841-8-not-contact", "events=\"presence\"", "events=\"!presence,message-summary\"",
	  false },
	{ "RFC3841-8-not-contact-other", "events=\"dialog\"",
	  "events=\"!presence,message-summary\"", true },
	{ "RFC3841-8-not-both", "events=\"!presence\"", "events=\"!presence\"", true },
	{ "RFC3841-7.2.4-string", "description=\"<PC>\"", "description=\"<PC>\"", true },
	{ "RFC3841-7.2.4-string-case", "description=\"<PC>\"", "description=\"<pc>\"", false },
	{ "RFC3841-7.2.4-string-is-no-token", "description=\"<PC>\"", "description=\"PC\"", false },
	{ "string-empty", "description=\"<>\"", "description=\"<>\"", true },
	{ "string-escapes", "description=\"<a\\\\b\\c>\"", "description=\"<\\a\\\\bc>\"", true },
	{ "string-escapes-other", "description=\"<a\\b>\"", "description=\"<ac>\"", false },
	{ "string-comma", "description=\"<a,b>\"", "description=\"<a,b>\"", true },
	{ "RFC3841-8-number", "priority=\"#=20\"", "priority=\"#=20.0\"", true },
	{ "RFC3841-8-number-other", "priority=\"#=20\"", "priority=\"#=21\"", false },
	{ "RFC3840-10.13-priority", "priority=\"#=40\"", "priority=\"#>=30\"", true },
	{ "RFC3840-10.13-priority-low", "priority=\"#=20\"", "priority=\"#>=30\"", false },
	{ "RFC3841-8-at-most", "priority=\"#<=20\"", "priority=\"#>=20\"", true },
	{ "RFC3841-8-at-most-apart", "priority=\"#<=19.9\"", "priority=\"#>=20\"", false },
	{ "RFC3841-8-range", "+rangeparam=\"#-4:+5.125\"", "+rangeparam=\"#=5.125\"", true },
	{ "RFC3841-8-range-below", "+rangeparam=\"#-4:+5.125\"", "+rangeparam=\"#=-4.01\"", false },
	{ "RFC3841-8-range-above", "+rangeparam=\"#-4:+5.125\"", "+rangeparam=\"#>=5.126\"", false },
	{ "RFC3841-8-ranges", "+r=\"#1:3\"", "+r=\"#3:9\"", true },
	{ "RFC3841-8-ranges-listed", "+r=\"#1:2,#7:8\"", "+r=\"#3:6,#8:9\"", true },
	{ "RFC3841-8-ranges-apart", "+r=\"#1:2,#7:8\"", "+r=\"#3:6,#9:10\"", false },
	{ "range-empty", "+r=\"#3:1\"", "+r=\"#1:3\"", false },
	{ "range-empty-not", "+r=\"!#3:1\"", "+r=\"#2:2\"", true },
	{ "range-not-an-empty-one", "+r=\"!#5:6\"", "+r=\"#3:1\"", false },
	{ "RFC3841-8-range-not", "+r=\"!#1:3\"", "+r=\"#1:3\"", false },
	{ "RFC3841-8-range-not-inside", "+r=\"!#1:3\"", "+r=\"#2:2.5\"", false },
	{ "RFC3841-8-range-not-below", "+r=\"!#1:3\"", "+r=\"#0:2\"", true },
	{ "RFC3841-8-range-not-above", "+r=\"#2:4\"", "+r=\"!#1:3\"", true },
	{ "RFC3841-8-range-not-both", "+r=\"!#1:3\"", "+r=\"!#2:9\"", true },
	{ "RFC3841-8-range-not-both-open", "+r=\"!#1:3\"", "+r=\"!#>=2\"", true },
	{ "RFC3841-8-range-not-all", "+r=\"!#<=3\"", "+r=\"!#>=3\"", false },
	{ "RFC3841-8-range-not-all-but", "+r=\"!#<=3\"", "+r=\"!#>=3.1\"", true },
	{ "types-apart", "+r=\"5\"", "+r=\"#=5\"", false },
	{ "types-not", "+r=\"!five\"", "+r=\"#=5\"", true },
	{ "RFC5626-4.1-instance", "+sip.instance=\"<urn:uuid:0000-A>\"",
	  "+sip.instance=\"<URN:UUID:0000-a>\"", true },
	{ "RFC5626-4.1-instance-other", "+sip.instance=\"<urn:uuid:0000-A>\"",
	  "+sip.instance=\"<urn:uuid:0000-b>\"", false },
	{ "RFC5626-4.1-instance-bad", "+sip.instance=\"<>\"", "+sip.instance=\"<>\"", false },
	/* clang-format on */
};

static bool
is_kept(const char *wanted, struct slice features, struct slice instance)
{
	struct preferences_target target = { .features = features, .instance = instance };
	char headers[512];

	snprintf(headers, sizeof(headers), "Accept-Contact: *;%s;require\r\n", wanted);
	read_request("INVITE", headers);
	preferences_apply(&prefs, &target, 1);
	return !target.dropped;
}

static void
features_match(void **state)
{
	const struct match_row *row = *state;

	assert_int_equal(is_kept(row->wanted, slice_str(row->contact), SLICE_ABSENT), row->matches);
	/* what both have is the same from either side */
	assert_int_equal(is_kept(row->contact, slice_str(row->wanted), SLICE_ABSENT), row->matches);
}
GTEST_ROWS(Preferences, matches, label, features_match);

/* What the registrar knows of an instance counts, though it is not among the features. */
GTEST(Preferences, RFC5626_4_1_instance_of_a_binding)
{
	const char *wanted = "+sip.instance=\"<urn:uuid:0000-A>\";explicit";

	assert_true(is_kept(wanted, SLICE_ABSENT, SLICE("urn:uuid:0000-a")));
	assert_true(is_kept(wanted, SLICE("audio"), SLICE("urn:uuid:0000-a")));
	assert_false(is_kept(wanted, SLICE_ABSENT, SLICE("urn:uuid:0000-b")));
	assert_true(is_kept(wanted, SLICE_ABSENT, SLICE_ABSENT));
	assert_false(is_kept("video;explicit", SLICE_ABSENT, SLICE("urn:uuid:0000-b")));
}

static const struct implicit_row {
	const char *label;
	const char *method, *headers;
	const char *contact;
	bool dropped; /* another contact, of any method and event, is left */
} implicit[] = {
	/* clang-format off */
	{ "RFC3841-7.2.2.1-other-method", "X-NEW", "", "methods=\"x-new\"", false },
	{ "RFC3841-7.2.2.1-other-method-not", "X-NEW", "", "methods=\"INVITE\"", true },
	{ "method-that-looks-negated", "!BYE", "", "methods=\"BYE\"", true },
	{ "RFC3841-7.2.2.2-event", "SUBSCRIBE", "Event: presence;id=1\r\n",
	  "methods=\"SUBSCRIBE\";events=\"dialog,presence\"", false },
	{ "RFC3841-7.2.2.2-event-compact", "SUBSCRIBE", "o: presence\r\n", "events=\"dialog\"",
	  true },
	{ "RFC3841-7.2.2.2-template", "SUBSCRIBE", "Event: presence.winfo\r\n",
	  "events=\"presence\"", true },
	{ "RFC3841-7.2.2.2-template-same", "SUBSCRIBE", "Event: presence.winfo\r\n",
	  "events=\"presence.winfo\"", false },
	{ "RFC3841-7.2.2.2-method-too", "SUBSCRIBE", "Event: presence\r\n",
	  "methods=\"INVITE\";events=\"presence\"", true },
	{ "RFC3841-7.2.2.2-bad-event", "SUBSCRIBE", "Event: ;\r\n", "events=\"presence\"", false },
	{ "RFC3841-7.2.2.2-no-event", "SUBSCRIBE", "", "events=\"presence\"", false },
	{ "RFC3841-7.2.2.2-notify", "NOTIFY", "Event: presence\r\n", "events=\"dialog\"", false },
	{ "RFC3841-9-register", "REGISTER", "Accept-Contact: *;video;require\r\n",
	  "methods=\"INVITE\";video=\"FALSE\"", false },
	/* clang-format on */
};

static void
method_and_event_count(void **state)
{
	const struct implicit_row *row = *state;
	struct preferences_target target[2] = { { .features = slice_str(row->contact) } };

	read_request(row->method, row->headers);
	preferences_apply(&prefs, target, 2);
	assert_int_equal(target[0].dropped, row->dropped);
	assert_false(target[1].dropped);
	assert_int_equal(target[1].qa, PREFERENCES_QA_ONE);
}
GTEST_ROWS(Preferences, implicit, label, method_and_event_count);

GTEST(Preferences, no_targets)
{
	read_request("INVITE", "");
	preferences_apply(&prefs, NULL, 0);
}

static const struct disposition_row {
	const char *label;
	const char *headers;
	unsigned int directives;
} dispositions[] = {
	/* clang-format off */
	{ "RFC3841-9.1-none", "", 0 },
	{ "RFC3841-9.1-example", "Request-Disposition: proxy, recurse, parallel\r\n",
	  SIP_DIRECTIVE_PROXY | SIP_DIRECTIVE_RECURSE | SIP_DIRECTIVE_PARALLEL },
	{ "RFC3841-9.1-lines", "d: no-fork\r\nRequest-Disposition: No-Cancel,queue\r\n",
	  SIP_DIRECTIVE_NO_FORK | SIP_DIRECTIVE_NO_CANCEL | SIP_DIRECTIVE_QUEUE },
	{ "RFC3841-9.1-one-of-each-type", "d: fork, no-fork, sequential\r\n",
	  SIP_DIRECTIVE_SEQUENTIAL },
	{ "RFC3841-9.1-redirect", "d: redirect, no-fork, no-recurse, parallel, no-queue, cancel\r\n",
	  SIP_DIRECTIVE_REDIRECT | SIP_DIRECTIVE_NO_QUEUE | SIP_DIRECTIVE_CANCEL },
	{ "RFC3841-9.1-redirect-and-proxy", "d: redirect, proxy, no-fork\r\n",
	  SIP_DIRECTIVE_NO_FORK },
	{ "RFC3841-9.1-unknown", "d: no-fork, sideways\r\nd: sequential\r\n",
	  SIP_DIRECTIVE_SEQUENTIAL },
	/* clang-format on */
};

static void
directives_are_read(void **state)
{
	const struct disposition_row *row = *state;

	read_request("INVITE", row->headers);
	assert_int_equal(prefs.directives, row->directives);
	read_request("REGISTER", row->headers);
	assert_int_equal(prefs.directives, row->directives);
}
GTEST_ROWS(Preferences, dispositions, label, directives_are_read);

/* `count` times `what`, with numbers in place of %u. */
static char *
repeat(char *at, const char *what, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		at += sprintf(at, what, i);
	return at;
}

static const struct much_row {
	const char *label;
	const char *before, *each, *behind;
	unsigned int most; /* one more is too many */
} much[] = {
	{ "RFC3841-11-values", "a: *;audio", ",*;audio", "\r\n", PREFERENCES_RULES - 1 },
	{ "RFC3841-11-lines", "", "j: *;+f%u\r\na: *\r\n", "", PREFERENCES_RULES / 2 },
	{ "RFC3841-11-features", "a: *", ";+f%u", "\r\n", FEATURE_TERMS },
	{ "RFC3841-11-features-of-all", "a: *;audio", ",*;a;b;c;d;video;text;data;class=\"a\"",
	  "\r\n", (FEATURE_TERMS - 1) / 4 },
	{ "RFC3841-11-alternatives", "a: *;class=\"x", ",a%u", "\"\r\n", FEATURE_VALUES - 1 },
	{ "malformed-ones-do-not-count", "a: *;audio", ",audio%u,*;audio;audio", "\r\n", 1000 },
};

static void
too_much_is_refused(void **state)
{
	const struct much_row *row = *state;
	static char headers[60000];
	struct sip_message msg;

	for (unsigned int more = 0; more < 2; more++) {
		char *at = headers + sprintf(headers, "d: no-fork\r\n%s", row->before);

		strcpy(repeat(at, row->each, row->most + more), row->behind);
		request("INVITE", headers, &msg);
		assert_int_equal(preferences_read(&msg, &prefs), more == 0 || row->most == 1000);
		assert_int_equal(prefs.directives, SIP_DIRECTIVE_NO_FORK);
	}
}
GTEST_ROWS(Preferences, much, label, too_much_is_refused);

/* A contact that says too much is taken by its word as far as there is room. */
GTEST(Preferences, contact_with_too_much)
{
	static char features[4096];
	char *at = repeat(features, "+f%u;", FEATURE_TERMS - 2);

	strcpy(repeat(at + sprintf(at, "class=\"x"), ",a%u", FEATURE_VALUES), "\";video");
	assert_true(is_kept("+f61;video;explicit", slice_str(features), SLICE_ABSENT));
	assert_false(is_kept("class=\"x\";explicit", slice_str(features), SLICE_ABSENT));
	assert_true(is_kept("class=\"x\"", slice_str(features), SLICE_ABSENT));
	repeat(features, "+f%u;", FEATURE_TERMS + 1);
	assert_true(is_kept("+f63;explicit", slice_str(features), SLICE_ABSENT));
	assert_false(is_kept("+f64;explicit", slice_str(features), SLICE_ABSENT));
}
