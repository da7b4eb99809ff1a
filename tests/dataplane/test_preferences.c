/* SPDX-License-Identifier: BSD-3-Clause */
/** Caller preferences (RFC 3841): which contacts a request goes to, in which order, and how. */
#include "preferences.h"

static const char by_q[] = FORK_CONFIG("fork: by_q", "");
static const char parallel[] = FORK_CONFIG("fork: parallel", "");
static const char sequential[] = FORK_CONFIG("fork: sequential", "");
static const char redirect[] = FORK_CONFIG("caller_preferences: redirect", "");
static const char off[] = FORK_CONFIG("caller_preferences: off", "");
static const char stateless[] = FORK_CONFIG("fork: by_q", "state: never");

#define U5 "sip:u5@203.0.113.55"

#define FIVE                                                                                       \
	{                                                                                          \
		"sip:u1@203.0.113.51||200|audio;video;methods=\"INVITE,BYE\"",                     \
			"sip:u2@203.0.113.52||200|audio=\"FALSE\";methods=\"INVITE\";actor=\"msg-" \
			"taker\"",                                                                 \
			"sip:u3@203.0.113.53||300|audio;actor=\"msg-taker\";methods=\"INVITE\";"   \
			"video",                                                                   \
			"sip:u4@203.0.113.54||200|audio;methods=\"INVITE,OPTIONS\"", U5 "||500",   \
	}

/* 1 has video, 2 says that it has none, 3 says something else, and 4 nothing. */
#define FOUR                                                                                       \
	{                                                                                          \
		"sip:u1@203.0.113.51||1000|audio;video",                                           \
			"sip:u2@203.0.113.52||1000|video=\"FALSE\"",                               \
			"sip:u3@203.0.113.53||1000|audio", "sip:u4@203.0.113.54",                  \
	}
#define VIDEO_ONE                                                                                  \
	{                                                                                          \
		"sip:u1@203.0.113.51||1000|video"                                                  \
	}
#define AUDIO_ONE                                                                                  \
	{                                                                                          \
		"sip:u1@203.0.113.51||1000|audio;video=\"FALSE\""                                  \
	}
#define METHODS_TWO                                                                                \
	{                                                                                          \
		"sip:u1@203.0.113.51||1000|methods=\"INVITE,ACK,BYE\"",                            \
			"sip:u2@203.0.113.52||1000|methods=\"INVITE,ACK,BYE,REFER\"",              \
	}
#define EVENTS_TWO                                                                                 \
	{                                                                                          \
		"sip:u1@203.0.113.51||1000|methods=\"SUBSCRIBE\";events=\"dialog\"",               \
			"sip:u2@203.0.113.52||1000|methods=\"SUBSCRIBE\";events=\"presence,reg\"", \
	}
#define Q_THREE                                                                                    \
	{                                                                                          \
		"sip:u1@203.0.113.51||300", "sip:u2@203.0.113.52||1000",                           \
			"sip:u3@203.0.113.53||1000",                                               \
	}

static const struct row {
	const char *name, *config, *method, *lines, *contacts[6], *want;
} rows[] = {
	/* clang-format off */
	{ "CP-46_example_of_7_2_5", by_q, NULL, J "*;actor=\"msg-taker\";video\r\n"
	  A "*;audio;require\r\n" A "*;video;explicit\r\n"
	  A "*;methods=\"BYE\";class=\"business\";q=1.0\r\n", FIVE, "5 1 4 486 Busy Here" },
	{ "CP-46_on_one_line", by_q, NULL, "j: *;actor=\"msg-taker\";video\r\n"
	  "a: *;audio;require, *;video;explicit, *;methods=\"BYE\";class=\"business\";q=1.0\r\n",
	  FIVE, "5 1 4 486 Busy Here" },
	{ "CP-22_without_any", by_q, NULL, "", FOUR, "4,3,2,1 486 Busy Here" },
	{ "CP-38_CP-43_require_explicit", by_q, NULL, A "*;video;require;explicit\r\n", FOUR,
	  "4,1 486 Busy Here" },
	{ "CP-35_require", by_q, NULL, A "*;video;require\r\n", FOUR, "4,1 3 486 Busy Here" },
	{ "CP-36_no_require", by_q, NULL, A "*;video\r\n", FOUR, "4,1 3,2 486 Busy Here" },
	{ "CP-39_explicit", by_q, NULL, A "*;video;audio;explicit\r\n", FOUR,
	  "4,1 3,2 486 Busy Here" },
	{ "CP-37_part_of_it", by_q, NULL, A "*;video;audio\r\n", FOUR, "4,1 3 2 486 Busy Here" },
	{ "CP-34_reject", by_q, NULL, J "*;video\r\n", FOUR, "4,3,2 486 Busy Here" },
	{ "CP-33_reject_what_it_does_not_say", by_q, NULL, J "*;video;class=\"business\"\r\n", FOUR,
	  "4,3,2,1 486 Busy Here" },
	{ "CP-30_immune", by_q, NULL, A "*;+sip.x;require;explicit\r\n", Q_THREE,
	  "3,2 1 486 Busy Here" },
	{ "CP-48_compact_fold", by_q, NULL, "A:\r\n *;VIDEO;Require\r\n ;explicit\r\n", FOUR,
	  "4,1 486 Busy Here" },
	{ "CP-23_other_parameters", by_q, NULL, A "*;video;q=0.5;foo=bar;require;explicit\r\n",
	  FOUR, "4,1 486 Busy Here" },
	{ "CP-41_q_before_qa", by_q, NULL, A "*;video\r\n",
	  { "sip:u1@203.0.113.51||100|video", "sip:u2@203.0.113.52||200|audio" },
	  "2 1 486 Busy Here" },
	{ "CP-41_parallel", parallel, NULL, A "*;video\r\n", FOUR, "4,1,3,2 486 Busy Here" },
	{ "CP-41_sequential", sequential, NULL, A "*;video\r\n", FOUR, "4 1 3 2 486 Busy Here" },
	{ "CP-43_one_contact_of_all_dropped", by_q, NULL, A "*;video;require;explicit\r\n",
	  AUDIO_ONE, NONE },
	{ "CP-43_one_contact_rejected", by_q, NULL, J "*;audio\r\n", AUDIO_ONE, NONE },
	{ "CP-43_all_rejected", by_q, NULL, J "*;audio, *;video=\"TRUE,FALSE\"\r\n",
	  { "sip:u1@203.0.113.51||1000|audio;video", "sip:u2@203.0.113.52||1000|video=\"FALSE\"" },
	  NONE },
	{ "CP-43_MESSAGE", by_q, "MESSAGE", J "*;audio\r\n", AUDIO_ONE, NONE },
	{ "CP-35_one_contact", by_q, NULL, A "*;video;require;explicit\r\n", VIDEO_ONE,
	  "1 486 Busy Here" },
	{ "CP-26_methods", by_q, "REFER", "", METHODS_TWO, "2 486 Busy Here" },
	{ "CP-26_methods_of_both", by_q, NULL, "", METHODS_TWO, "2,1 486 Busy Here" },
	{ "CP-26_order_alone", by_q, NULL, "",
	  { "sip:u1@203.0.113.51||1000|methods=\"INVITE\"", "sip:u2@203.0.113.52||1000|audio" },
	  "1,2 486 Busy Here" },
	{ "CP-42_none_has_the_method", by_q, "OPTIONS", "", METHODS_TWO, "2,1 486 Busy Here" },
	{ "CP-42_one_contact", by_q, "OPTIONS", "", { "sip:u1@203.0.113.51||1000|methods=\"BYE\"" },
	  "1 486 Busy Here" },
	{ "CP-27_events", by_q, "SUBSCRIBE", "Event: presence\r\n", EVENTS_TWO, "2 486 Busy Here" },
	{ "CP-27_events_of_none", by_q, "SUBSCRIBE", "Event: conference\r\n", EVENTS_TWO,
	  "2,1 486 Busy Here" },
	{ "CP-27_PUBLISH_is_no_SUBSCRIBE", by_q, "PUBLISH", "Event: presence\r\n",
	  { "sip:u1@203.0.113.51||1000|events=\"dialog\"", "sip:u2@203.0.113.52||1000|events=\"reg\"" },
	  "2,1 486 Busy Here" },
	{ "CP-25_explicit_alone", by_q, "REFER", A "*;audio\r\n", METHODS_TWO,
	  "2,1 486 Busy Here" },
	{ "CP-25_with_disposition", by_q, "REFER", D "proxy\r\n", METHODS_TWO,
	  "2 486 Busy Here" },
	{ "CP-22_off", off, NULL, A "*;video;require;explicit\r\n" D "no-fork\r\n", FOUR,
	  "4,3,2,1 486 Busy Here" },
	{ "CP-22_off_implicit", off, "REFER", "", METHODS_TWO, "2,1 486 Busy Here" },
	/* ---- Request-Disposition ---- */
	{ "CP-13_no_fork", by_q, NULL, D "no-fork\r\n", Q_THREE, "3 486 Busy Here" },
	{ "CP-13_CP-14_no_fork_best_for_caller", by_q, NULL, D "no-fork\r\n" A "*;video;require\r\n",
	  { "sip:u1@203.0.113.51||1000|video", "sip:u2@203.0.113.52||1000|audio" },
	  "1 486 Busy Here" },
	{ "CP-13_no_fork_parallel", parallel, NULL, D "parallel, no-fork\r\n", Q_THREE,
	  "3 486 Busy Here" },
	{ "CP-12_fork", by_q, NULL, D "fork\r\n", Q_THREE, "3,2 1 486 Busy Here" },
	{ "CP-17_parallel", by_q, NULL, "d: parallel\r\n", Q_THREE, "3,2,1 486 Busy Here" },
	{ "CP-17_not_sequential", sequential, NULL, D "Parallel\r\n", Q_THREE,
	  "3,2,1 486 Busy Here" },
	{ "CP-18_sequential", by_q, NULL, D "proxy,sequential\r\n", Q_THREE, "3 2 1 486 Busy Here" },
	{ "CP-18_not_parallel", parallel, NULL, D "sequential\r\n", Q_THREE, "3 2 1 486 Busy Here" },
	{ "CP-20_both", by_q, NULL, D "sequential, parallel\r\n", Q_THREE, "3,2 1 486 Busy Here" },
	{ "CP-20_on_two_lines", by_q, NULL, D "no-fork\r\n" D "fork\r\n", Q_THREE,
	  "3,2 1 486 Busy Here" },
	{ "CP-20_unknown_word", by_q, NULL, D "no-fork, x\r\n", Q_THREE, "3,2 1 486 Busy Here" },
	{ "CP-19_queue", by_q, NULL, D "queue\r\n", Q_THREE, "3,2 1 486 Busy Here" },
	{ "CP-08_CP-15_redirect_is_not_allowed", by_q, NULL, D "redirect, no-fork\r\n", Q_THREE,
	  "3,2 1 486 Busy Here" },
	{ "CP-08_redirect", redirect, NULL, D "redirect\r\n", Q_THREE, "302 Moved Temporarily" },
	{ "CP-08_redirect_one", redirect, "MESSAGE", D "redirect\r\n", VIDEO_ONE,
	  "302 Moved Temporarily" },
	{ "CP-08_redirect_to_nobody", redirect, NULL, D "redirect\r\n" J "*;audio\r\n", AUDIO_ONE,
	  NONE },
	{ "CP-07_proxy", redirect, NULL, D "proxy\r\n", Q_THREE, "3,2 1 486 Busy Here" },
	/* ---- without state ---- */
	{ "CP-34_stateless", stateless, NULL, J "*;audio\r\n", FOUR, "4 486 Busy Here" },
	{ "CP-35_stateless", stateless, NULL, A "*;video;require;explicit\r\n",
	  { "sip:u1@203.0.113.51||1000|video", "sip:u2@203.0.113.52||1000|audio" },
	  "1 486 Busy Here" },
	{ "CP-43_stateless", stateless, NULL, J "*;audio\r\n", AUDIO_ONE, NONE },
	{ "CP-26_stateless", stateless, "INVITE", "",
	  { "sip:u1@203.0.113.51||1000|audio", "sip:u2@203.0.113.52||1000|methods=\"REFER\"" },
	  "1 486 Busy Here" },
	{ "CP-08_stateless_redirect", stateless, NULL, D "redirect\r\n", VIDEO_ONE,
	  "1 486 Busy Here" },
	/* ---- bad syntax: not heeded ---- */
	{ "CP-49_require_twice", by_q, NULL, A "*;video;require;require;explicit\r\n", FOUR,
	  "4,3,2,1 486 Busy Here" },
	{ "CP-49_a_tag_twice", by_q, NULL, A "*;video;video=\"FALSE\";require;explicit\r\n", FOUR,
	  "4,3,2,1 486 Busy Here" },
	{ "CP-49_the_other_value_is_heeded", by_q, NULL, A "*;video;video, *;video;require;explicit\r\n",
	  FOUR, "4,1 486 Busy Here" },
	{ "CP-49_no_star", by_q, NULL, A "sip:x@example.com;require;explicit;video\r\n", FOUR,
	  "4,3,2,1 486 Busy Here" },
	{ "CP-49_nothing_to_reject", by_q, NULL, J "*\r\n", FOUR, "4,3,2,1 486 Busy Here" },
	{ "CP-49_empty", by_q, NULL, A "\r\n" J "\r\n" D "\r\n", FOUR, "4,3,2,1 486 Busy Here" },
	{ "CP-49_quotes_in_quotes", by_q, NULL,
	  A "*;class=\"\\\"<\\\\\\\";video=\\\"FALSE\\\"\";require;explicit\r\n", FOUR,
	  "4,3,2,1 486 Busy Here" },
	/* clang-format on */
};

static void
check_row(void **state)
{
	const struct row *r = *state;
	const struct call c = { .method = r->method, .user = "p", .lines = r->lines };

	open_with(r->config, r->contacts);
	assert_string_equal(everybody_busy(&c), r->want);
	finish();
}
GTEST_ROWS(Preferences, rows, name, check_row);

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
